// SPDX-License-Identifier: GPL-3.0-or-later
const go = document.getElementById("go");
go.addEventListener("submit", (event) => {
  event.preventDefault();
  location.assign(go.dataset.tasks + Number(go.elements.namedItem("index").value));
});
