// SPDX-License-Identifier: GPL-3.0-or-later
// Forms that call the API:
//   <form data-call="POST /api/v1/session" data-next="/batches">   sends its named fields as a JSON object
//   data-confirm="End this batch?" data-verb="End it"              asks first
//   data-type="number" on a field sends a number; data-omit-empty leaves an empty field out
// After success: the event "answered" (detail: the JSON); if nobody prevents it, the browser goes to data-next, or loads
// the page again.
import { call } from "./api.js";
import { confirmed, element, problemBox } from "./dom.js";

function valueOf(field) {
  if (field.type === "checkbox") return field.checked;
  if (field.dataset.type === "number") return field.value === "" ? undefined : Number(field.value);
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
    field.removeAttribute("aria-errormessage");
  }
}

/** Shows a problem at the field that it names, or above the form. What was typed stays. */
export function showProblem(form, problem) {
  const field = problem.member ? form.elements.namedItem(problem.member) : null;
  if (!(field instanceof Element)) {
    form.prepend(problemBox(problem));
    form.querySelector(".problem").scrollIntoView({ block: "nearest" });
    return;
  }
  const id = `${field.id || field.name}-wrong`;
  field.setAttribute("aria-invalid", "true");
  field.setAttribute("aria-errormessage", id);
  field.closest(".field")?.append(element("p", { class: "wrong", id, role: "alert" }, `${problem.message} ${problem.hint}`.trim()));
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
