// SPDX-License-Identifier: GPL-3.0-or-later
// A batch while it runs: counts by server-sent events, the rest of the page a little later; forms that need a unit or two.
import { call } from "../api.js";
import { count } from "../dom.js";
import { showTimes } from "../base.js";
import { clearProblems, fieldsOf, showProblem } from "../form.js";
import { plotValues } from "../values.js";

const root = document.querySelector("[data-batch]");
const id = root.dataset.batch;
// After a change the rest of the page is read anew: soon at first, ever less often for one that stays open.
const SOON = 2000;
const LATER = 60_000;
let due = 0;
let refreshes = 0;
let ended = root.dataset.over === "true";

function showCounts(batch) {
  const pending = Math.max(0, batch.tasks - batch.certified - batch.failed - batch.active);
  const counts = { certified: batch.certified, failed: batch.failed, active: batch.active, pending };
  for (const cell of root.querySelectorAll("[data-count]")) cell.textContent = count(counts[cell.dataset.count]);
  root.querySelector("[data-percent]").textContent = `${(Math.floor((1000 * batch.certified) / batch.tasks) / 10).toFixed(1)} %`;
  let at = 0;
  for (const part of root.querySelectorAll(".bar [data-part]")) {
    const width = Math.min(1000 - at, (1000 * counts[part.dataset.part]) / batch.tasks);
    part.setAttribute("x", at.toFixed(1));
    part.setAttribute("width", width.toFixed(1));
    at += width;
  }
}

function showState(batch) {
  const badge = document.querySelector("[data-state]");
  if (badge.textContent === batch.state) return false;
  badge.textContent = batch.state;
  badge.className = `state state-${batch.state}`;
  return true;
}

/** Reads the page again and takes over what is not shown live. What somebody is at is left alone. */
async function refresh() {
  due = 0;
  refreshes += 1;
  const response = await fetch(location.href, { credentials: "same-origin" }).catch(() => null);
  if (!response?.ok) return;
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
  for (const place of root.querySelectorAll("[data-fresh]")) {
    const found = fresh.querySelector(`[data-fresh="${place.dataset.fresh}"]`);
    if (!found || place.contains(document.activeElement)) continue;
    place.replaceChildren(...found.childNodes);
    showTimes(place);
  }
}

function refreshIn(milliseconds) {
  if (due) return;
  due = setTimeout(refresh, milliseconds * (0.75 + Math.random() / 2));
}

function take(event) {
  const batch = JSON.parse(event.data);
  showCounts(batch);
  if (showState(batch)) refreshIn(1000);
  else refreshIn(Math.min(LATER, SOON * 2 ** refreshes));
}

if (!ended) {
  const stream = new EventSource(`/api/v1/batches/${id}/events`);
  stream.addEventListener("progress", take);
  stream.addEventListener("end", (event) => {
    ended = true;
    stream.close();
    clearTimeout(due);
    due = 0;
    take(event);
    refreshIn(1000);
  });
  addEventListener("pagehide", () => stream.close());
}

document.getElementById("share")?.addEventListener("answered", (event) => {
  event.preventDefault();
  document.getElementById("share-link").textContent = new URL(event.detail.path, location.href).href;
  const made = document.getElementById("share-made");
  made.hidden = false;
  made.querySelector("button").focus();
});

// A day is sent as its end.
document.getElementById("keep")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  const { day } = fieldsOf(form);
  clearProblems(form);
  try {
    await call("POST", `/api/v1/batches/${id}/keep`, day ? { until: new Date(`${day}T23:59:59Z`).toISOString() } : {});
    location.reload();
  } catch (problem) {
    showProblem(form, problem);
  }
});

document.querySelector(".values")?.addEventListener("toggle", (event) => {
  if (event.target.open) plotValues(event.target.querySelector("[data-values]"));
});
