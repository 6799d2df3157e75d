// SPDX-License-Identifier: GPL-3.0-or-later
// How many tasks there are, and what any one of them runs.
import { call } from "../api.js";
import { count, element, problemBox } from "../dom.js";

export class Preview {
  constructor(draft) {
    this.draft = draft;
    this.tasks = 0;
    const at = (id) => document.getElementById(id);
    this.places = { total: at("total"), which: at("which"), expanded: at("expanded"), last: at("last-task") };
    this.places.which.addEventListener("input", () => this.expand());
    this.places.last.addEventListener("click", () => { this.places.which.value = String(Math.max(0, this.tasks - 1)); this.expand(); });
  }

  show(answer) {
    this.tasks = answer.tasks;
    this.places.total.textContent = answer.tasks === 0 ? "The sweep is not complete yet." : `${count(answer.tasks)} ${answer.tasks === 1 ? "task" : "tasks"}`;
    this.places.which.max = String(Math.max(0, answer.tasks - 1));
    this.places.last.hidden = answer.tasks < 2;
    const index = Number(this.places.which.value);
    const shown = answer.first.find((task) => task.index === index);
    if (shown) this.#draw(shown);
    else if (answer.tasks > 0) this.expand();
    else this.places.expanded.replaceChildren();
  }

  async expand() {
    const index = Number(this.places.which.value);
    if (!Number.isInteger(index) || index < 0) return;
    this.asking?.abort();
    this.asking = new AbortController();
    try {
      const { task } = await call("POST", "/api/v1/manifests/expand", { draft: this.draft.id, manifest: this.draft.manifest, index }, { signal: this.asking.signal });
      this.#draw(task);
    } catch (problem) {
      if (problem.name !== "AbortError") this.places.expanded.replaceChildren(problemBox(problem));
    }
  }

  #draw(task) {
    const parameters = Object.entries(task.parameters).filter(([name]) => name !== "index");
    const missing = task.inputs.filter((input) => !input.there);
    this.places.expanded.replaceChildren(
      element("p", {}, `Task ${count(task.index)} of ${count(this.tasks)} runs:`),
      element("pre", { class: "wrap" }, task.line || "the image's own command"),
      element("dl", { class: "facts" },
        ...parameters.flatMap(([name, value]) => [element("dt", {}, name), element("dd", { class: "mono" }, value)]),
        ...(task.inputs.length ? [element("dt", {}, "finds"), element("dd", { class: "mono" }, task.inputs.map(({ from, to }) => (from === to ? to : `${to} (${from})`)).join(", "))] : []),
        ...(task.outputs.length ? [element("dt", {}, "leaves"), element("dd", { class: "mono" }, task.outputs.map(({ path, optional }) => (optional ? `${path} (if it is there)` : path)).join(", "))] : [])),
      missing.length ? element("p", { class: "problem" }, `The bundle lacks ${missing.map(({ from }) => from).join(", ")}.`) : "");
  }
}
