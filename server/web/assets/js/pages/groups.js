// SPDX-License-Identifier: GPL-3.0-or-later
document.getElementById("make-group").addEventListener("answered", (event) => {
  event.preventDefault();
  location.assign(`/groups/${encodeURIComponent(event.detail.name)}`);
});
