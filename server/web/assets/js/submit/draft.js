// SPDX-License-Identifier: GPL-3.0-or-later
// The draft that is being edited: what was typed goes to the server a moment later, and what the server makes of it
// comes back as an event. Nothing is kept in the browser alone.
import { call } from "../api.js";

const SETTLE_MS = 250;

/**
 * Events: "checked" (detail: the answer of manifests/check), "files", "saved", "trouble" (detail: a Problem).
 */
export class Draft extends EventTarget {
  constructor(view) {
    super();
    this.id = view.id;
    this.manifest = view.manifest;
    this.files = view.list;
    this.moreFiles = view.next || "";
    this.totals = { files: view.files, bytes: view.bytes };
    this.unfinished = view.uploads;
    this.trial = view.trial;
    this.batch = view.batch;
    this.answer = null;
    this.saved = view.manifest;
    this.#flushOnLeave();
  }

  static async open(id) { return new Draft(await call("GET", `/api/v1/drafts/${encodeURIComponent(id)}`)); }
  static async begin(from = {}) { return new Draft(await call("POST", "/api/v1/drafts", from)); }

  /** The form as it was typed into when the page was left before the server had answered; null: all was answered. */
  leftForm() {
    const kept = sessionStorage.getItem(`form of ${this.id}`);
    sessionStorage.removeItem(`form of ${this.id}`);
    return kept && JSON.parse(kept);
  }

  get path() { return `/api/v1/drafts/${this.id}`; }

  /** The text was edited. */
  editText(manifest) {
    this.manifest = manifest;
    this.#later({ draft: this.id, manifest });
  }
  /** The form was edited: the server writes the text anew. */
  editForm(form) { this.#later({ draft: this.id, manifest: this.manifest, form }); }
  /** Files came or went: what is checked is the same, an edit of the form that was not answered yet among it. */
  checkAgain() { this.#later({ ...(this.pending ?? this.unanswered ?? { draft: this.id, manifest: this.manifest }) }, 0); }

  async readFiles() {
    const view = await call("GET", this.path);
    this.files = view.list;
    this.moreFiles = view.next || "";
    this.totals = { files: view.files, bytes: view.bytes };
    this.unfinished = view.uploads;
    return view;
  }
  /** Reads the files again, and takes the manifest that an archive may have brought. */
  async filesChanged({ takeManifest = false } = {}) {
    const view = await this.readFiles();
    if (takeManifest) {
      this.manifest = view.manifest;
      this.saved = view.manifest;
      this.pending = null;
      this.unanswered = null;
    }
    this.dispatchEvent(new Event("files"));
    this.checkAgain();
  }

  /** Resolves once what was typed is on the server and checked. */
  async settled() {
    if (this.pending) { clearTimeout(this.timer); await this.#check(); }
    await this.#save();
  }

  #later(question, after = SETTLE_MS) {
    this.pending = question;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#check(), after);
  }

  async #check() {
    const question = this.pending;
    this.pending = null;
    this.unanswered = question;
    this.asking?.abort();
    this.asking = new AbortController();
    try {
      const answer = await call("POST", "/api/v1/manifests/check", question, { signal: this.asking.signal });
      if (this.unanswered !== question || this.pending) return;  // more was typed meanwhile
      this.unanswered = null;
      this.manifest = answer.manifest;
      this.answer = answer;
      this.dispatchEvent(new CustomEvent("checked", { detail: { ...answer, fromForm: Boolean(question.form) } }));
      await this.#save();
    } catch (problem) {
      if (problem.name !== "AbortError") this.dispatchEvent(new CustomEvent("trouble", { detail: problem }));
    }
  }

  async #save() {
    const text = this.manifest;
    if (text === this.saved) return;
    await call("PUT", this.path, { manifest: text });
    this.saved = text;
    this.dispatchEvent(new Event("saved"));
  }

  #flushOnLeave() {
    addEventListener("pagehide", () => {
      const form = (this.pending ?? this.unanswered)?.form;
      if (form) sessionStorage.setItem(`form of ${this.id}`, JSON.stringify(form));
      if (this.manifest === this.saved) return;
      fetch(this.path, { method: "PUT", keepalive: true, credentials: "same-origin",
        headers: { "content-type": "application/json" }, body: JSON.stringify({ manifest: this.manifest }) });
    });
  }
}
