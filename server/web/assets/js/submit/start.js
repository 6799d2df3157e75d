// SPDX-License-Identifier: GPL-3.0-or-later
// Ways to begin: a drop, an example, an earlier batch, a draft that is there.
import { call } from "../api.js";
import { count, element, problemBox } from "../dom.js";
import { receive } from "./drop.js";

function choice(label, about, take) {
  return element("li", {}, element("button", { type: "button", onclick: take }, label), about ? element("div", { class: "muted small" }, about) : null);
}

function fill(id, rows, none) {
  document.getElementById(id).replaceChildren(...(rows.length ? rows : [element("li", { class: "muted" }, none)]));
}

/** Shows the ways to begin. `open(from, files)` makes a draft of one; `goOn(id)` opens one that is there. */
export async function showStart(open, goOn) {
  const start = document.getElementById("start");
  start.hidden = false;
  const guarded = (take) => async (...given) => {
    try { await take(...given); } catch (problem) { start.prepend(problemBox(problem)); }
  };
  receive(document.getElementById("start-drop"), [document.getElementById("start-folder"), document.getElementById("start-files")], guarded((files) => open({}, files)));
  document.getElementById("start-empty").onclick = guarded(() => open({ manifest: "" }));
  const [examples, batches, drafts] = await Promise.allSettled([call("GET", "/api/v1/examples"), call("GET", "/api/v1/batches?limit=8"), call("GET", "/api/v1/drafts")]);
  fill("examples", (examples.value?.examples ?? []).map((one) => choice(one.title || one.name, one.about + (one.ready ? "" : " Its program or some of its files are not on this server yet: you bring them."), guarded(() => open({ example: one.name })))), "There are none.");
  fill("earlier", (batches.value?.batches ?? []).map((one) => choice(one.name, `batch ${one.id}, ${count(one.tasks)} tasks`, guarded(() => open({ batch: one.id })))), "You have none yet.");
  fill("drafts", (drafts.value?.drafts ?? []).filter((one) => !one.batch).slice(0, 8).map((one) => choice(one.name || "without a name", `${count(one.files)} files, changed ${new Date(one.changed).toLocaleString()}`, guarded(() => goOn(one.id)))), "You have none.");
}
