// SPDX-License-Identifier: GPL-3.0-or-later
// The fields of the form and the members of the manifest's form: texts as they are typed, right or wrong.
import { element } from "../dom.js";
import { sentenceOf } from "../form.js";

const lines = (text) => text.split("\n").map((line) => line.trim()).filter(Boolean);

/** A word as a command line has it. */
function quoted(word) {
  if (/^[\w\-+=./,:@%^{}]+$/.test(word)) return word;
  return `'${word.replaceAll("'", "'\\''")}'`;
}

// How each member that is no plain text stands in its field, and back.
const SHAPES = {
  command: { show: (value) => (Array.isArray(value) ? value.map(quoted).join(" ") : value), read: (text) => text },
  inputs: {
    show: (rules) => rules.map(({ from, to }) => (from === to ? from : `${from} -> ${to}`)).join("\n"),
    read: (text) => lines(text).map((line) => {
      const [from, to] = line.split(/\s*(?:->|→)\s*/);
      return { from, to: to || from };
    }),
  },
  outputs: {
    show: (rules) => rules.map(({ path, optional }) => (optional ? `${path} ?` : path)).join("\n"),
    read: (text) => lines(text).map((line) => ({ path: line.replace(/\s+\?$/, ""), optional: /\s\?$/.test(line) })),
  },
  files: { show: (paths) => paths.join("\n"), read: lines },
  exit_codes: { show: (codes) => codes.join(", "), read: (text) => text.split(/[\s,]+/).filter(Boolean) },
  environment: {
    show: (variables) => variables.map(({ name, value }) => `${name}=${value}`).join("\n"),
    read: (text) => lines(text).map((line) => {
      const at = line.indexOf("=");
      return at < 0 ? { name: line, value: "" } : { name: line.slice(0, at).trim(), value: line.slice(at + 1) };
    }),
  },
};

function memberOf(form, key) {
  return key.split(".").reduce((at, part) => at?.[part], form);
}

function setMember(form, key, value) {
  const [outer, inner] = key.split(".");
  if (inner === undefined) form[outer] = value;
  else form[outer] = { ...form[outer], [inner]: value };
}

export class Fields {
  constructor(root, onEdit) {
    this.fields = [...root.querySelectorAll("[data-key]")];
    for (const field of this.fields) field.addEventListener("input", onEdit);
  }

  /** Fills the fields in, but for the one that is being typed into. */
  show(form) {
    for (const field of this.fields) {
      if (field === document.activeElement && field.tagName !== "SELECT") continue;
      const value = memberOf(form, field.dataset.key);
      const text = value === undefined ? "" : (SHAPES[field.dataset.key]?.show(value) ?? String(value));
      if (field.value !== text) field.value = text;
    }
  }

  /** The form with what the fields say; what they do not know of it stays. */
  read(before) {
    const form = structuredClone(before);
    for (const field of this.fields) {
      const { key } = field.dataset;
      setMember(form, key, SHAPES[key] ? SHAPES[key].read(field.value) : field.value);
    }
    return form;
  }

  get(key) { return this.fields.find((field) => field.dataset.key === key); }

  /** Says each problem at its field. Returns those that have none. */
  mark(problems) {
    for (const field of this.fields) this.#unmark(field);
    return problems.filter((problem) => {
      const field = this.get(problem.member) ?? this.fields.find((one) => one.closest("[data-of]")?.dataset.of.split(" ").includes(problem.member));
      if (!field) return true;
      const id = `${field.id}-wrong`;
      field.setAttribute("aria-invalid", "true");
      field.setAttribute("aria-describedby", id);
      field.closest(".field").append(element("p", { class: "wrong", id }, `${sentenceOf(problem.message)} `, element("span", { class: "muted" }, problem.hint)));
      const folded = field.closest("details");
      if (folded && field !== document.activeElement) folded.open = true;
      return false;
    });
  }

  #unmark(field) {
    field.removeAttribute("aria-invalid");
    field.removeAttribute("aria-describedby");
    field.closest(".field").querySelector(".wrong")?.remove();
  }
}
