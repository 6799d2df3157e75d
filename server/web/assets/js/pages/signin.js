// SPDX-License-Identifier: GPL-3.0-or-later
// Signing in: the code of the second step is asked for only where the account has one.
import { call } from "../api.js";
import { clearProblems, fieldsOf, showProblem } from "../form.js";

const form = document.getElementById("signin");
const codeField = document.getElementById("code-field");
const code = document.getElementById("code");

function askForCode(problem) {
  const typed = !codeField.hidden && code.value !== "";
  codeField.hidden = false;
  code.disabled = false;
  code.required = true;
  code.value = "";
  if (typed) showProblem(form, problem);
  code.focus();
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("button");
  clearProblems(form);
  button.disabled = true;
  try {
    await call("POST", "/api/v1/session", fieldsOf(form));
    location.assign(form.dataset.next);
  } catch (problem) {
    if (problem.type === "urn:hearth:problem:code-needed") askForCode(problem);
    else showProblem(form, problem);
  } finally {
    button.disabled = false;
  }
});
