// SPDX-License-Identifier: GPL-3.0-or-later
// The sweep: axes of ranges and of values, multiplied, or a CSV file that lists the tasks.
import { call } from "../api.js";
import { count, element, problemBox } from "../dom.js";

function splitValues(text) {
  return text.split(/[\n,]/).map((value) => value.trim()).filter(Boolean);
}

export class Sweep {
  /** `onEdit` is called when an axis was edited; `useList(path)` puts a CSV file in the sweep's place. */
  constructor(draft, onEdit, useList) {
    this.draft = draft;
    this.onEdit = onEdit;
    this.axes = [];
    const at = (id) => document.getElementById(id);
    this.places = { axes: at("axes"), box: at("csv-box"), text: at("csv-text"), said: at("csv-said"), list: at("f-list") };
    at("add-range").addEventListener("click", () => this.#add({ name: "", kind: "range", from: "", to: "", step: "" }));
    at("add-list").addEventListener("click", () => this.#add({ name: "", kind: "list", values: [] }));
    at("add-csv").addEventListener("click", () => { this.places.box.hidden = false; this.places.list.focus(); });
    at("csv-keep").addEventListener("click", () => this.#keepLines(useList));
    at("csv-drop").addEventListener("click", () => { this.places.box.hidden = true; this.places.said.replaceChildren(); useList(""); });
  }

  show(form) {
    const axes = form.sweep ?? [];
    if (form.list) this.places.box.hidden = false;
    if (this.places.axes.contains(document.activeElement) || JSON.stringify(axes) === JSON.stringify(this.axes)) return;
    this.axes = structuredClone(axes);
    this.#draw();
  }

  read() { return this.axes; }

  /** Says problems of axes at them; returns the others. */
  mark(problems) {
    for (const shown of this.places.axes.querySelectorAll(".wrong")) shown.remove();
    return problems.filter((problem) => {
      const [outer, name] = problem.member.split(".");
      if (outer !== "sweep" || name === "list") return true;
      const index = this.axes.findIndex((axis) => axis.name === name);
      const place = this.places.axes.children[index] ?? this.places.axes;
      place.append(element("p", { class: "wrong" }, `${problem.message} `, element("span", { class: "muted" }, problem.hint)));
      return false;
    });
  }

  #add(axis) {
    const taken = new Set(this.axes.map(({ name }) => name));
    axis.name = ["x", "y", "z", "n", "m", "k"].find((name) => !taken.has(name)) ?? `p${this.axes.length}`;
    this.axes.push(axis);
    this.#draw();
    this.places.axes.lastElementChild.querySelector("input").focus();
    this.onEdit();
  }

  #draw() {
    this.places.axes.replaceChildren(...this.axes.map((axis, index) => this.#rowOf(axis, index)));
  }

  #input(axis, index, key, label, placeholder) {
    const id = `axis-${index}-${key}`;
    const input = element("input", { id, class: "mono", autocomplete: "off", placeholder, value: axis[key] ?? "" });
    input.addEventListener("input", () => { axis[key] = input.value.trim(); this.onEdit(); });
    return element("div", {}, element("label", { for: id }, label), input);
  }

  #rowOf(axis, index) {
    let values;
    if (axis.kind === "range") {
      values = element("div", { class: "ends" }, this.#input(axis, index, "from", "from", "1"), this.#input(axis, index, "to", "to", "100"),
        this.#input(axis, index, "step", "step", "1"));
    } else {
      const id = `axis-${index}-values`;
      const input = element("input", { id, class: "mono", autocomplete: "off", placeholder: "small, large", value: axis.values.join(", ") });
      input.addEventListener("input", () => { axis.values = splitValues(input.value); this.onEdit(); });
      values = element("div", {}, element("label", { for: id }, "values, between commas"), input);
    }
    const remove = () => { this.axes.splice(index, 1); this.#draw(); document.getElementById("add-range").focus(); this.onEdit(); };
    return element("div", { class: "axis", role: "group", "aria-label": `Parameter ${axis.name}` }, this.#input(axis, index, "name", "parameter", "name"), values,
      element("button", { type: "button", class: "quiet", onclick: remove, "aria-label": `Remove parameter ${axis.name}` }, "Remove"));
  }

  async #keepLines(useList) {
    const path = this.places.list.value.trim() || "tasks.csv";
    this.places.said.replaceChildren();
    try {
      const kept = await call("POST", `${this.draft.path}/texts`, { path, text: this.places.text.value, list: true });
      this.places.said.append(element("p", { class: "success" }, `${path}: ${count(kept.lines)} tasks, parameters ${kept.columns.join(", ")}.`));
      await this.draft.readFiles();
      this.draft.dispatchEvent(new Event("files"));
      useList(path);
    } catch (problem) {
      this.places.said.append(problemBox(problem));
    }
  }
}
