// SPDX-License-Identifier: GPL-3.0-or-later
document.getElementById("make-link")?.addEventListener("answered", (event) => {
  event.preventDefault();
  document.getElementById("join-command").textContent = `hearth-agent join '${event.detail.link}'`;
  document.getElementById("made").hidden = false;
});
