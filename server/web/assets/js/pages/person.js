// SPDX-License-Identifier: GPL-3.0-or-later
// The link to set a password, which is shown this once.
document.getElementById("reset").addEventListener("answered", (event) => {
  event.preventDefault();
  event.target.hidden = true;
  document.getElementById("reset-text").textContent = event.detail.link;
  const made = document.getElementById("reset-made");
  made.hidden = false;
  made.querySelector("button").focus();
});
