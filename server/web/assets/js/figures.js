// SPDX-License-Identifier: GPL-3.0-or-later
// Keeps <dd data-figure="name"> of a list true while the page is looked at.
import { call } from "./api.js";
import { count } from "./dom.js";

const EVERY_MS = 5000;

export function keepFigures(list) {
  const look = async () => {
    if (document.hidden) return;
    try {
      const figures = await call("GET", list.dataset.live);
      for (const place of list.querySelectorAll("[data-figure]")) place.textContent = count(figures[place.dataset.figure]);
    } catch {
      // The figures that are there stay; the next look may work.
    }
  };
  setInterval(look, EVERY_MS);
  document.addEventListener("visibilitychange", look);
}
