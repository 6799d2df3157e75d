// SPDX-License-Identifier: GPL-3.0-or-later
// The files of a draft: those that are there, those on their way, and archives that are unpacked.
import { call } from "../api.js";
import { bytes, count, element, icon, problemBox } from "../dom.js";
import { upload } from "./tus.js";

const AT_ONCE = 3;
const ARCHIVE = /\.(zip|tar|tar\.(gz|xz|zst|bz2)|tgz|tbz2)$/i;
const MANIFEST = "hearth.toml";

export class Files {
  constructor(draft, places) {
    this.draft = draft;
    this.places = places;
    this.queue = [];
    this.running = 0;
    this.waiting = [];
    draft.addEventListener("files", () => this.show());
    this.show();
    addEventListener("beforeunload", (event) => { if (this.isBusy) event.preventDefault(); });
  }

  get isBusy() { return this.running > 0 || this.queue.length > 0; }

  /** Takes files in. A hearth.toml becomes the manifest, an archive that comes alone is unpacked. */
  async take(files) {
    this.places.said.replaceChildren();
    const alone = files.length === 1 && ARCHIVE.test(files[0].path);
    for (const { path, file } of files) {
      if (path === MANIFEST) this.draft.editText(await file.text());
      else this.queue.push({ path, file, unpack: alone });
    }
    this.#go();
    return new Promise((resolve) => { if (this.isBusy) this.waiting.push(resolve); else resolve(); });
  }

  #go() {
    while (this.running < AT_ONCE && this.queue.length > 0) {
      this.running += 1;
      this.#send(this.queue.shift()).finally(() => {
        this.running -= 1;
        this.#go();
        if (!this.isBusy) this.#allCame();
      });
    }
  }

  #allCame() {
    for (const resolve of this.waiting.splice(0)) resolve();
    this.draft.filesChanged({ takeManifest: this.gotManifest }).catch((problem) => this.#say(problem));
    this.gotManifest = false;
  }

  async #send({ path, file, unpack }) {
    const stop = new AbortController();
    const bar = element("progress", { max: Math.max(file.size, 1), value: 0, "aria-label": `Upload of ${path}` });
    const state = element("span", { class: "muted small" }, bytes(file.size));
    const row = element("div", { class: "upload" }, element("span", {}, path),
      element("span", {}, state, element("button", { type: "button", class: "quiet", "aria-label": `Stop the upload of ${path}`, onclick: () => stop.abort() }, icon("cross"))), bar);
    this.places.uploads.append(row);
    const known = this.draft.unfinished.find((one) => one.path === path && one.size === file.size);
    try {
      await upload(file, this.draft.id, path, { known, signal: stop.signal, onProgress: (sent) => {
        bar.value = sent;
        state.textContent = `${bytes(sent)} of ${bytes(file.size)}`;
      } });
      if (unpack) await this.#unpack(path, state);
      row.remove();
    } catch (problem) {
      row.remove();
      if (problem.name !== "AbortError") this.#say(problem, path);
    }
  }

  async #unpack(path, state) {
    state.textContent = "Unpacking…";
    const taken = await call("POST", `${this.draft.path}/unpack`, { path }).catch(async (problem) => {
      await call("DELETE", `${this.draft.path}/files?path=${encodeURIComponent(path)}`).catch(() => null);  // it is of no use as it is
      throw problem;
    });
    this.gotManifest ||= taken.hasManifest;
    this.places.said.append(element("p", { class: "success", role: "status" }, `${path}: ${count(taken.files)} files, ${bytes(taken.bytes)}.`));
  }

  #say(problem, path) {
    const box = problemBox(problem);
    if (path) box.prepend(element("strong", {}, `${path}: `));
    this.places.said.append(box);
  }

  async remove(path) {
    try {
      await call("DELETE", `${this.draft.path}/files?path=${encodeURIComponent(path)}`);
      await this.draft.filesChanged();
    } catch (problem) {
      this.#say(problem, path);
    }
  }

  show() {
    const { files, totals } = this.draft;
    this.places.total.textContent = totals.files === 0 ? "" : `${count(totals.files)} files, ${bytes(totals.bytes)}`;
    this.places.table.hidden = files.length === 0;
    this.places.table.tBodies[0].replaceChildren(...files.map((file) => element("tr", {},
      element("td", {}, file.path, file.executable ? element("span", { class: "muted small" }, " program") : null),
      element("td", { class: "number" }, bytes(file.size)),
      element("td", { class: "mono digest", title: file.digest }, file.digest.slice(0, 12)),
      element("td", {}, element("button", { type: "button", class: "quiet", "aria-label": `Remove ${file.path}`, onclick: () => this.remove(file.path) }, icon("cross"))))));
    if (this.draft.moreFiles) {
      this.places.table.tBodies[0].append(element("tr", {}, element("td", { colspan: 4, class: "muted" }, `and ${count(totals.files - files.length)} more`)));
    }
    const half = this.draft.unfinished;
    if (half.length > 0 && !this.isBusy) {
      this.places.uploads.replaceChildren(element("p", { class: "note" },
        `${half.map((one) => `${one.path} (${Math.floor(100 * one.offset / Math.max(one.size, 1))} %)`).join(", ")}: not all of it came. Drop the same again, and it goes on where it was.`));
    } else if (!this.isBusy) {
      this.places.uploads.replaceChildren();
    }
  }
}
