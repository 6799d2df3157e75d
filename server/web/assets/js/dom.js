// SPDX-License-Identifier: GPL-3.0-or-later
// Small means to build and change a page. Text is always set as text, never as markup.

/** element("p", { class: "hint", hidden: true, onclick: f }, "text", child, …) */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== undefined && child !== null));
  return made;
}

const SVG = "http://www.w3.org/2000/svg";

/** The same for SVG. */
export function drawing(name, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** An icon of icons.svg beside these modules. */
export function icon(name) {
  const use = drawing("use", { href: `${new URL("../icons.svg", import.meta.url).pathname}#${name}` });
  const svg = drawing("svg", { class: "icon", "aria-hidden": "true" }, use);
  return svg;
}

/** A problem with its hint, as a box that a screen reader speaks. */
export function problemBox(problem) {
  return element("div", { class: "problem", role: "alert" }, problem.message,
    problem.hint ? element("p", { class: "hint" }, problem.hint) : null);
}

/** Asks before something is lost. Resolves to true or false. */
export function confirmed(question, verb) {
  return new Promise((resolve) => {
    const title = element("h2", { id: "confirm-title" }, question);
    const dialog = element("dialog", { "aria-labelledby": "confirm-title" }, title,
      element("form", { method: "dialog", class: "row" },
        element("button", { value: "no", autofocus: true }, "Keep it as it is"),
        element("button", { value: "yes", class: "danger" }, verb)));
    dialog.addEventListener("close", () => { resolve(dialog.returnValue === "yes"); dialog.remove(); });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** 1234567 → "1,234,567" */
export function count(number) {
  return Number(number).toLocaleString("en");
}

/** 1536 → "1.5 KiB" */
export function bytes(number) {
  const units = ["bytes", "KiB", "MiB", "GiB", "TiB"];
  let value = Number(number);
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) { value /= 1024; unit += 1; }
  return `${unit === 0 ? value : value.toFixed(value < 10 ? 1 : 0)} ${units[unit]}`;
}

/** 5400 → "1 h 30 min" */
export function duration(seconds) {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 90) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
  return `${Math.round(hours / 24)} days`;
}
