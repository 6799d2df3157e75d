// SPDX-License-Identifier: GPL-3.0-or-later
// Forms that call the API:
//   <form data-call="POST /api/v1/session" data-next="/batches">   sends its named fields as a JSON object
//   data-confirm="End this batch?" data-verb="End it"              asks first
//   data-type="number" on a field sends a number, times data-times (of MiB bytes, of days milliseconds), or nothing where
//   it is empty; data-omit-empty leaves an empty field out
// After success: the event "answered" (detail: the JSON); if nobody prevents it, the browser goes to data-next, or loads
// the page again.
import { call } from "./api.js";
import { confirmed, element, problemBox } from "./dom.js";

function valueOf(field) {
  if (field.type === "checkbox") return field.checked;
  if (field.dataset.type === "number") return field.value === "" ? undefined : Math.round(Number(field.value) * Number(field.dataset.times || 1));
  if (field.dataset.omitEmpty !== undefined && field.value === "") return undefined;
  return field.value;
}

/** The named fields of a form as an object; fields of one name that end in [] become a list. */
export function fieldsOf(form) {
  const values = {};
  for (const field of form.elements) {
    if (!field.name || field.disabled || (field.type === "radio" && !field.checked)) continue;
    if (field.name.endsWith("[]")) {
      const list = (values[field.name.slice(0, -2)] ??= []);
      if (field.type !== "checkbox" || field.checked) list.push(field.value);
    } else {
      const value = valueOf(field);
      if (value !== undefined) values[field.name] = value;
    }
  }
  return values;
}

/** Takes away what showProblem showed. */
export function clearProblems(form) {
  for (const shown of form.querySelectorAll(".problem, .wrong")) shown.remove();
  for (const field of form.querySelectorAll("[aria-invalid]")) {
    field.removeAttribute("aria-invalid");
    const described = (field.getAttribute("aria-describedby") || "").split(" ").filter((id) => id && !id.endsWith("-wrong"));
    if (described.length > 0) field.setAttribute("aria-describedby", described.join(" "));
    else field.removeAttribute("aria-describedby");
  }
}

/** The field that a problem is about: of that name, or one whose data-member names it. */
function fieldOf(form, member) {
  if (!member) return null;
  const names = [member, member.split(/[.[]/)[0]];
  const isMeant = (field, name) => field.name === name || field.name === `${name}[]` || (field.dataset.member || "").split(" ").includes(name);
  for (const name of names) {
    const found = [...form.elements].find((field) => field.type !== "hidden" && !field.disabled && isMeant(field, name));
    if (found) return found;
  }
  return null;
}

/** What is wrong, as a sentence. */
export function sentenceOf(text) {
  return text[0].toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? "" : ".");
}

/** The same at a field: which member it is shows there, and what is said to programs is left out. */
function sentenceAt(problem) {
  const sentence = sentenceOf(problem.message.replace(`member '${problem.member}': `, ""));
  return problem.hint && !problem.hint.includes("docs/protocol.md") ? `${sentence} ${problem.hint}` : sentence;
}

/** Shows a problem at the field that it names, or above the form. What was typed stays. */
export function showProblem(form, problem) {
  const field = fieldOf(form, problem.member);
  if (!field) {
    form.prepend(problemBox(problem));
    form.querySelector(".problem").scrollIntoView({ block: "nearest" });
    return;
  }
  const id = `${field.id || field.name.replace("[]", "")}-wrong`;
  const described = [field.getAttribute("aria-describedby"), id].filter(Boolean).join(" ");
  field.setAttribute("aria-invalid", "true");
  field.setAttribute("aria-describedby", described);
  const place = field.closest(".field, fieldset") ?? form;
  place.append(element("p", { class: "wrong", id, role: "alert" }, sentenceAt(problem)));
  for (let folded = field.closest("details"); folded; folded = folded.parentElement.closest("details")) folded.open = true;
  field.focus();
}

async function send(form) {
  const [method, path] = form.dataset.call.split(" ");
  if (form.dataset.confirm && !(await confirmed(form.dataset.confirm, form.dataset.verb || "Go on"))) return;
  const buttons = [...form.querySelectorAll("button")].filter((button) => !button.disabled);
  clearProblems(form);
  for (const button of buttons) button.disabled = true;
  try {
    const fields = fieldsOf(form);
    const bodiless = method === "DELETE" && Object.keys(fields).length === 0;
    const answer = await call(method, path, bodiless ? undefined : fields);
    const event = new CustomEvent("answered", { detail: answer, cancelable: true, bubbles: true });
    if (!form.dispatchEvent(event)) return;
    if (form.dataset.next) location.assign(form.dataset.next);
    else location.reload();
  } catch (problem) {
    showProblem(form, problem);
  } finally {
    for (const button of buttons) button.disabled = false;
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.dataset.call) return;
  event.preventDefault();
  send(form);
});
