// SPDX-License-Identifier: GPL-3.0-or-later
// An invitation's link, which is shown this once.
document.getElementById("invite").addEventListener("answered", (event) => {
  event.preventDefault();
  event.target.hidden = true;
  document.getElementById("link-text").textContent = event.detail.link;
  const made = document.getElementById("made-link");
  made.hidden = false;
  made.querySelector("button").focus();
});
