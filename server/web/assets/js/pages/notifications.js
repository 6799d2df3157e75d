// SPDX-License-Identifier: GPL-3.0-or-later
document.getElementById("notifications").addEventListener("answered", (event) => {
  event.preventDefault();
  const secret = event.detail.secret;
  document.getElementById("saved").hidden = false;
  if (!secret) return;
  document.getElementById("secret").textContent = secret;
  const made = document.getElementById("secret-made");
  made.hidden = false;
  made.querySelector("button").focus();
});
