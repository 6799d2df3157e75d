// SPDX-License-Identifier: GPL-3.0-or-later
// Links that are shown this once: an invitation, and one to set a password.
import { call } from "../api.js";
import { clearProblems, showProblem } from "../form.js";

document.getElementById("invite").addEventListener("answered", (event) => {
  event.preventDefault();
  event.target.hidden = true;
  document.getElementById("link-text").textContent = event.detail.link;
  const made = document.getElementById("made-link");
  made.hidden = false;
  made.querySelector("button").focus();
});

const reset = document.getElementById("reset");
reset.addEventListener("submit", async (event) => {
  event.preventDefault();
  clearProblems(reset);
  try {
    const name = encodeURIComponent(reset.elements.account.value);
    const { link } = await call("POST", `/api/v1/accounts/${name}/password-link`);
    document.getElementById("reset-text").textContent = link;
    document.getElementById("reset-made").hidden = false;
  } catch (problem) {
    showProblem(reset, problem);
  }
});
