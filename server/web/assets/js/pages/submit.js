// SPDX-License-Identifier: GPL-3.0-or-later
// The page on which a batch is put together: /submit, or /submit?draft=… for one that is under way.
import { call } from "../api.js";
import { confirmed, element, problemBox } from "../dom.js";
import { clearProblems, sentenceOf, showProblem } from "../form.js";
import { Draft } from "../submit/draft.js";
import { receive } from "../submit/drop.js";
import { Fields } from "../submit/fields.js";
import { Files } from "../submit/files.js";
import { Preview } from "../submit/preview.js";
import { Program } from "../submit/program.js";
import { Run } from "../submit/run.js";
import { showStart } from "../submit/start.js";
import { Sweep } from "../submit/sweep.js";

const at = (id) => document.getElementById(id);

class Editor {
  constructor(draft) {
    this.draft = draft;
    this.form = {};
    at("start").hidden = true;
    at("editor").hidden = false;
    history.replaceState(null, "", `/submit?draft=${draft.id}`);
    this.fields = new Fields(at("manifest-form"), () => this.#formEdited());
    this.sweep = new Sweep(draft, () => this.#formEdited(), (path) => this.#change((form) => { form.list = path; if (path) form.sweep = []; }));
    this.preview = new Preview(draft);
    this.program = new Program(draft, at("submit"), (folder, program, platform) => this.#change((form) => this.#usePackage(form, folder, program, platform)));
    this.files = new Files(draft, { said: at("files-said"), total: at("files-total"), table: at("file-table"), uploads: at("uploads") });
    this.run = new Run(draft, this.program);
    receive(at("files-drop"), [at("add-folder"), at("add-files")], (files) => this.take(files));
    at("toml").addEventListener("input", () => { at("saved").textContent = "…"; draft.editText(at("toml").value); });
    at("fetch-form").addEventListener("submit", (event) => this.#fetch(event));
    at("another").addEventListener("click", () => location.assign("/submit"));
    at("throw").addEventListener("click", () => this.#throwAway());
    at("manifest-form").addEventListener("submit", (event) => event.preventDefault());
    draft.addEventListener("checked", (event) => this.#show(event.detail));
    draft.addEventListener("saved", () => { at("saved").textContent = "Saved"; });
    draft.addEventListener("trouble", (event) => at("said").replaceChildren(problemBox(event.detail)));
    at("toml").value = draft.manifest;
    const left = draft.leftForm();
    if (left) draft.editForm(left);
    else draft.checkAgain();
  }

  async take(files) {
    await this.program.look(files);
    await this.files.take(files);
  }

  #usePackage(form, folder, program, platform) {
    form.package = folder;
    form.application = "";
    if (!form.command || form.command.length === 0) form.command = program;
    if (platform !== (form.requirements?.platform || "linux-x86_64")) form.requirements = { ...form.requirements, platform };
    form.name ||= program;
  }

  #formEdited() {
    at("saved").textContent = "…";
    this.form = this.fields.read(this.form);
    this.form.sweep = this.sweep.read();
    this.draft.editForm(this.form);
  }

  #change(edit) {
    this.form = this.fields.read(this.form);
    this.form.sweep = this.sweep.read();
    edit(this.form);
    document.activeElement?.blur();
    this.draft.editForm(this.form);
  }

  #show(answer) {
    at("said").replaceChildren(answer.form ? "" : element("p", { class: "note" }, "The text is no TOML at the moment. The form waits until it is again."));
    const toml = at("toml");
    if (toml.value !== answer.manifest && (answer.fromForm || document.activeElement !== toml)) toml.value = answer.manifest;
    at("manifest-form").inert = !answer.form;  // a text that is no TOML is mended as text
    if (answer.form) {
      this.form = answer.form;
      this.fields.show(answer.form);
      this.sweep.show(answer.form);
    }
    this.#showProblems(answer.problems);
    this.preview.show(answer);
    this.program.show(answer);
    this.run.show(answer);
    at("submit-title").textContent = answer.form?.name || "New batch";
    const names = answer.parameters.map((name) => `{${name}}`).join(", ");
    at("command-hint").textContent = `The program and its arguments. Parameters: ${names}. {index} is the number of the task.`;
  }

  #showProblems(problems) {
    this.sweep.mark(this.fields.mark(problems));
    const list = at("problems");
    const isUntouched = at("toml").value.trim() === "" && this.draft.files.length === 0;
    list.replaceChildren(...(isUntouched ? [] : problems).map((problem) => element("li", {}, element("button", { type: "button", class: "problem", onclick: () => this.#goTo(problem) },
      element("span", {}, element("span", { class: "where" }, problem.line ? `Line ${problem.line}: ` : ""), `${sentenceOf(problem.message)} `, element("span", { class: "muted" }, problem.hint))))));
    if (problems.length === 0) list.replaceChildren(element("li", { class: "success" }, "All is well: it can be submitted."));
  }

  #goTo(problem) {
    const toml = at("toml");
    const lines = toml.value.split("\n");
    const line = Math.max(problem.line, 1);
    const begin = lines.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
    const field = problem.line ? null : this.fields.get(problem.member);
    if (field) { field.focus(); return; }
    toml.focus();
    toml.setSelectionRange(begin, begin + (lines[line - 1]?.length ?? 0));
    toml.scrollTop = (line - 3) * parseFloat(getComputedStyle(toml).lineHeight);
  }

  async #fetch(event) {
    event.preventDefault();
    const form = event.target;
    const button = form.querySelector("button");
    clearProblems(form);
    button.disabled = true;
    button.textContent = "Fetching…";
    try {
      await call("POST", `${this.draft.path}/fetches`, { url: form.elements.url.value, digest: form.elements.digest.value.trim().toLowerCase(), path: form.elements.path.value });
      form.reset();
      await this.draft.filesChanged();
    } catch (problem) {
      showProblem(form, problem);
    } finally {
      button.disabled = false;
      button.textContent = "Fetch it";
    }
  }

  async #throwAway() {
    if (!(await confirmed("Throw this draft and its files away?", "Throw it away"))) return;
    await call("DELETE", this.draft.path);
    this.draft.saved = this.draft.manifest;
    location.assign("/submit");
  }
}

async function begin(from, files) {
  const editor = new Editor(await Draft.begin(from));
  if (files) await editor.take(files);
}

const asked = new URLSearchParams(location.search);
const id = asked.get("draft");
const openDraft = async (draft) => { new Editor(await Draft.open(draft)); };
const goBack = (problem) => { at("submit").prepend(problemBox(problem)); return showStart(begin, openDraft); };
if (id) await openDraft(id).catch(goBack);
else if (asked.get("batch")) await begin({ batch: Number(asked.get("batch")) }).catch(goBack);
else if (asked.get("example")) await begin({ example: asked.get("example") }).catch(goBack);
else await showStart(begin, openDraft);
