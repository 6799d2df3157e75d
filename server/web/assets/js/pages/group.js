// SPDX-License-Identifier: GPL-3.0-or-later
// Members and machines of a group: their names stand in the paths of the calls.
import { call } from "../api.js";
import { clearProblems, showProblem } from "../form.js";

/** Sends what `request` makes of the form, then shows the page anew. */
function sends(id, request) {
  const form = document.getElementById(id);
  form?.addEventListener("submit", async (event) => {
    event.preventDefault();
    clearProblems(form);
    try {
      await call(...request(form));
      location.reload();
    } catch (problem) {
      showProblem(form, problem);
    }
  });
}

sends("add-member", (form) => ["PUT", `/api/v1/groups/${encodeURIComponent(form.dataset.group)}/members/${encodeURIComponent(form.elements.account.value)}`]);
sends("move-host", (form) => ["POST", `/api/v1/hosts/${form.elements.host.value}/group`, { group: form.dataset.group }]);

document.getElementById("join-link").addEventListener("answered", (event) => {
  event.preventDefault();
  document.getElementById("join-text").textContent = `hearth-agent join '${event.detail.link}'`;
  document.getElementById("join-made").hidden = false;
});
