// SPDX-License-Identifier: GPL-3.0-or-later
// On every page: forms, where we are in the menu, times in the reader's own zone, copying.
import "./form.js";

for (const link of document.querySelectorAll(".top-nav a")) {
  const path = new URL(link.href).pathname;
  if (location.pathname === path || location.pathname.startsWith(`${path}/`)) link.setAttribute("aria-current", "page");
}

/** <time datetime="2026-11-26T04:37:00Z">: shown as local time, with the exact one as its title. */
export function showTimes(root) {
  for (const time of root.querySelectorAll("time[datetime]")) {
    const when = new Date(time.dateTime);
    if (Number.isNaN(when.getTime())) continue;
    time.title = time.dateTime;
    time.textContent = when.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
  }
}
showTimes(document);

// <button data-copy="#id">: copies the text of another element.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(document.querySelector(button.dataset.copy).textContent);
  const before = button.textContent;
  button.textContent = "Copied";
  button.addEventListener("blur", () => { button.textContent = before; }, { once: true });
});
