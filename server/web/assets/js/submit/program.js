// SPDX-License-Identifier: GPL-3.0-or-later
// What is run and who vouches for it: a published application, or a package of the scientist's own that this browser
// signs. A program among the files becomes a package here.
import { call } from "../api.js";
import { element, problemBox } from "../dom.js";
import { programKind } from "./elf.js";
import { Signing, sha256 } from "./signing.js";

const FOLDER = "package";

export class Program {
  /** `usePackage(folder, program, platform)` puts a package that was made into the form. */
  constructor(draft, root, usePackage) {
    this.draft = draft;
    this.usePackage = usePackage;
    this.signing = new Signing(root.dataset.account, root.dataset.rootKey);
    this.places = { said: document.getElementById("program-said"), signing: document.getElementById("signing") };
    this.candidates = new Map();
  }

  /** Files that come in: which of them are programs. */
  async look(files) {
    for (const { path, file } of files) {
      if (path.startsWith(`${FOLDER}/`)) continue;
      const kind = await programKind(file).catch(() => null);
      if (kind) this.candidates.set(path, kind);
    }
  }

  async show(answer) {
    const { program } = answer;
    const state = `${program.kind} ${program.digest ?? ""} ${program.name ?? ""} ${program.programs.join()} ${[...this.candidates.keys()].join()}`;
    if (state === this.shown) return;
    this.shown = state;
    this.digest = program.digest;
    this.places.signing.replaceChildren();
    if (program.kind === "application") {
      const known = program.name ? `${program.name} ${program.version} for ${program.platform}` : "";
      this.#say(known ? element("p", { class: "success" }, `${known}, signed by the project. Its programs: ${program.programs.join(", ")}.`) : null);
    } else if (program.digest && program.name) {
      this.#say(element("p", { class: "note" }, `Your own package ${program.name} ${program.version} (${program.runtime}, ${program.platform}). Its programs: ${program.programs.join(", ")}.`));
      await this.#showKey();
    } else {
      this.#say(...[...this.candidates].map(([path, kind]) => this.#offer(path, kind)));
    }
  }

  #say(...nodes) { this.places.said.replaceChildren(...nodes.filter(Boolean)); }

  #offer(path, kind) {
    if (kind.kind === "wasm") return element("p", { class: "note" }, `${path} is a WebAssembly module. hearth pack ${path} makes native programs of it for every platform, which is what volunteers run; drop the folder it makes. It is signed with your key, as native code is, since the module cannot be seen in it.`);
    if (kind.kind === "script") return null;
    if (!kind.isStatic) {
      return element("p", { class: "note" }, `${path} is a program that needs libraries of your system, which volunteers' computers may not have. Build it with -static, or pack it with its libraries: hearth pack ./${path}, and drop the folder "package" that this makes.`);
    }
    return element("p", { class: "note" }, `${path} is a program for ${kind.platform} that stands alone. `,
      element("button", { type: "button", onclick: () => this.#pack(path, kind) }, `Make a package of ${path}`));
  }

  /** A package of one program: its list is written here, so that what is signed later is what this browser saw. */
  async #pack(path, kind) {
    try {
      const file = this.draft.files.find((one) => one.path === path);
      if (!file) throw new Error(`${path} is not among the files yet.`);
      const name = path.split("/").pop();
      const place = `usr/bin/${name}`;
      const list = JSON.stringify({ name, version: file.digest.slice(0, 12), platform: kind.platform, programs: [{ name, path: place }],
        files: [{ path: place, digest: file.digest, size: file.size, executable: true }] });
      await call("POST", `${this.draft.path}/files`, { files: [{ path: `${FOLDER}/${place}`, digest: file.digest, executable: true }] });
      const kept = await call("POST", `${this.draft.path}/texts`, { path: `${FOLDER}/package.json`, text: list });
      if (kept.file.digest !== await sha256(list)) throw new Error("The server keeps another list than this page wrote.");
      await this.draft.readFiles();
      this.draft.dispatchEvent(new Event("files"));
      this.usePackage(FOLDER, name, kind.platform);
    } catch (problem) {
      this.#say(problemBox(problem));
    }
  }

  async #showKey() {
    const place = this.places.signing;
    if (!Signing.isPossible) {
      place.replaceChildren(element("p", { class: "problem" }, "This browser cannot sign. Submit with hearth submit, or use a newer browser."));
      return;
    }
    const why = "Native code of your own runs on volunteers' computers only if your key signed it and the project approved that key. WebAssembly packages carry native code, too. Published applications need none of this.";
    try {
      const { state, publicKey } = await this.signing.look();
      if (state === "approved") {
        place.replaceChildren(element("p", { class: "success" }, "This browser signs the package with your key when you submit. ", element("span", { class: "mono small" }, publicKey.slice(0, 16))));
      } else if (state === "waiting") {
        place.replaceChildren(element("div", { class: "note" }, element("p", {}, `Your key ${publicKey.slice(0, 16)}… waits for the project's approval. An admin gives it with:`),
          element("pre", { class: "wrap" }, `hearth key approve ${this.signing.account} --root-key FILE`),
          element("button", { type: "button", onclick: () => this.#showKey() }, "Look again")));
      } else {
        place.replaceChildren(element("div", { class: "note" }, element("p", {}, why),
          element("button", { type: "button", onclick: () => this.#makeKey() }, "Make a signing key in this browser")));
      }
    } catch (problem) {
      place.replaceChildren(problemBox(problem));
    }
  }

  async #makeKey() {
    try {
      await this.signing.begin();
      await this.#showKey();
    } catch (problem) {
      this.places.signing.replaceChildren(problemBox(problem.name === "NotSupportedError"
        ? { message: "This browser has no Ed25519 keys.", hint: "Use a newer one, or submit with hearth submit." } : problem));
    }
  }

  /** What a submission's body says of the signature. */
  async signature(answer) {
    if (!answer.program.needsSignature) return {};
    return { signature: await this.signing.sign(answer.program.digest) };
  }
}
