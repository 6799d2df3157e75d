// SPDX-License-Identifier: GPL-3.0-or-later
// What it would take, its first task alone, and all of it.
import { call, idempotencyKey } from "../api.js";
import { bytes, count, duration, element, problemBox } from "../dom.js";

const LOOK_MS = 1000;
const SETTLE_MS = 500;
const NEEDS = { presence: "have not been heard of lately", place: "are of a group that it may not use", sandbox: "confine tasks less well than is asked", platform: "have another platform", runtime: "cannot run this kind of program",
  processors: "have too few processors", memory: "have too little memory", disk: "have too little disk", gpus: "lack the devices" };
const BASES = { trial: "the dry run", application: "what tasks of this application took before", person: "your guess", guess: "a guess of an hour a task, since nothing is known yet" };
const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

function milliseconds(text) {
  const match = /^\s*(\d+(?:\.\d+)?)\s*(ms|s|min|m|h|d)\s*$/.exec(text);
  return match ? Math.round(Number(match[1]) * UNITS[match[2] === "min" ? "m" : match[2]]) : null;
}

const wait = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

export class Run {
  constructor(draft, program) {
    this.draft = draft;
    this.program = program;
    const at = (id) => document.getElementById(id);
    this.places = { estimate: at("estimate"), guess: at("guess"), try: at("try"), trial: at("trial"), send: at("send"), blocked: at("blocked"), sent: at("sent") };
    this.places.guess.addEventListener("input", () => this.#estimateLater());
    this.places.try.addEventListener("click", () => this.#try());
    this.places.send.addEventListener("click", () => this.#submit());
    if (draft.trial) this.#follow(draft.trial);
    if (draft.batch) this.#showBatch(draft.batch);
  }

  show(answer) {
    const isGood = answer.problems.length === 0;
    this.places.try.disabled = !isGood;
    this.places.send.disabled = !isGood;
    this.places.blocked.textContent = isGood ? "" : `${answer.problems.length === 1 ? "One thing stands" : `${answer.problems.length} things stand`} against it: see beside the text and at the fields.`;
    if (isGood) this.#estimateLater();
  }

  #estimateLater() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#estimate(), SETTLE_MS);
  }

  async #estimate() {
    const guess = milliseconds(this.places.guess.value);
    try {
      const told = await call("POST", `${this.draft.path}/estimate`, { manifest: this.draft.manifest, ...(guess ? { taskMs: guess } : {}) });
      this.#showEstimate(told);
    } catch (problem) {
      this.places.estimate.replaceChildren(problemBox(problem));
    }
  }

  #showEstimate(told) {
    const { hosts } = told;
    const soon = told.halfMs === undefined ? "No computer that is here can run it." : `half in ${duration(told.halfMs / 1000)}, nine tenths in ${duration(told.mostMs / 1000)}`;
    const fact = (name, value) => [element("dt", {}, name), element("dd", {}, value)];
    this.places.estimate.className = "";
    this.places.estimate.replaceChildren(
      element("dl", { class: "facts" },
        ...fact("Computing", `${count(Math.ceil(told.computingMs / 36_000) / 100)} CPU-hours: ${count(told.attempts)} runs of ${duration(told.taskMs / 1000)}`),
        ...fact("Done", soon), ...fact("To move", `${bytes(told.bytesToHosts)} to volunteers`),
        ...fact("Computers", `${count(hosts.matching)} of ${count(hosts.all)} match, ${count(hosts.idle)} of them idle now`),
        ...fact("Price", "nothing: volunteers give their time")),
      element("p", { class: "muted small" }, `This rests on ${BASES[told.basis]}, and on nobody else wanting the same computers.`),
      element("ul", { class: "small" }, ...hosts.excluded.map((one) => element("li", {},
        `${count(one.hosts)} ${NEEDS[one.need]}${one.alone ? `; ${count(one.alone)} would match without that` : ""}.`))));
  }

  async #order(path) {
    await this.draft.settled();
    if (this.draft.answer.problems.length > 0) throw new Error("The form has problems: they are shown at its fields.");
    const body = await this.program.signature(this.draft.answer);
    this.key ??= idempotencyKey();
    return call("POST", `${this.draft.path}/${path}`, body, { headers: { "idempotency-key": `${this.key}-${path}` } });
  }

  async #try() {
    this.places.try.disabled = true;
    this.places.trial.replaceChildren(element("p", { class: "muted" }, "Handing it out…"));
    try {
      const batch = await this.#order("trial");
      this.key = null;
      this.draft.trial = batch.id;
      await this.#follow(batch.id);
    } catch (problem) {
      this.places.trial.replaceChildren(problemBox(problem));
    } finally {
      this.places.try.disabled = false;
    }
  }

  /** Looks at the dry run until it is over, then shows what it left. */
  async #follow(id) {
    for (;;) {
      const batch = await call("GET", `/api/v1/batches/${id}`).catch(() => null);
      if (!batch || this.draft.trial !== id) return;
      if (batch.state === "done" || batch.state === "cancelled") { await this.#showTrial(batch); return; }
      this.places.trial.replaceChildren(element("p", { class: "note" }, batch.active > 0 ? "Task 0 is running on a volunteer's computer…" : batch.state === "paused" ? `It is paused: ${batch.reason}` : "Task 0 waits for a volunteer's computer…"));
      await wait(LOOK_MS);
    }
  }

  async #showTrial(batch) {
    const task = await call("GET", `/api/v1/batches/${batch.id}/tasks/0`);
    const attempt = task.attempts.at(-1);
    const isGood = task.state === "certified";
    const log = async (name, digest) => {
      if (!digest) return null;
      const text = await fetch(`/api/v1/batches/${batch.id}/tasks/0/blobs/${digest}`, { credentials: "same-origin" }).then((answer) => answer.text());
      return element("details", { open: !isGood }, element("summary", {}, name), element("pre", { class: "wrap" }, text.slice(-20_000) || "(empty)"));
    };
    const outputs = (attempt?.outputs ?? []).map((file) => element("li", {}, element("a", { href: `/api/v1/batches/${batch.id}/tasks/0/blobs/${file.digest}`, download: file.path }, file.path), ` ${bytes(file.size)}`));
    this.places.trial.replaceChildren(
      element("p", { class: isGood ? "success" : "problem" }, isGood ? `It worked, in ${duration((attempt.usage?.wallMs ?? 0) / 1000)}.` : `It failed: ${attempt?.reason || task.reason || "no reason is known"}.`),
      outputs.length ? element("ul", {}, ...outputs) : "",
      await log("Standard output", attempt?.standardOutput) ?? "", await log("Standard error", attempt?.standardError) ?? "");
    if (isGood) this.#estimate();
  }

  async #submit() {
    this.places.send.disabled = true;
    this.places.sent.replaceChildren();
    try {
      const batch = await this.#order("submit");
      this.draft.batch = batch.id;
      this.#showBatch(batch.id, batch);
    } catch (problem) {
      this.places.sent.replaceChildren(problemBox(problem));
      this.places.send.disabled = false;
    }
  }

  #showBatch(id, batch) {
    const what = batch ? `Batch ${id} is submitted: ${count(batch.tasks)} ${batch.tasks === 1 ? "task" : "tasks"}. ` : `Batch ${id} was made of this draft. `;
    this.places.sent.replaceChildren(element("p", { class: "success", role: "status" }, what, element("a", { href: `/batches/${id}` }, "Follow it")));
  }
}
