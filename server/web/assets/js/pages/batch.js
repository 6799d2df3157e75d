// SPDX-License-Identifier: GPL-3.0-or-later
// A batch while it runs: counts by server-sent events, the rest of the page a little later; forms that need a unit or two.
import { call } from "../api.js";
import { count } from "../dom.js";
import { showTimes } from "../base.js";
import { fieldsOf, showProblem } from "../form.js";
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

// Forms in people's units.
async function send(event, method, path, body, done) {
  event.preventDefault();
  event.stopImmediatePropagation();
  const form = event.target;
  try {
    done(await call(method, path, body));
  } catch (problem) {
    showProblem(form, problem);
  }
}

// Before the document's own listener, and also for a form that came with a refresh.
document.addEventListener("submit", (event) => {
  if (event.target.id !== "retry-all") return;
  const { memoryMiB, timeMinutes } = fieldsOf(event.target);
  const body = {};
  if (memoryMiB) body.memoryBytes = memoryMiB * 1024 * 1024;
  if (timeMinutes) body.timeMs = timeMinutes * 60_000;
  send(event, "POST", `/api/v1/batches/${id}/retry`, body, () => location.reload());
}, true);

document.getElementById("share")?.addEventListener("submit", (event) => {
  const { label, days } = fieldsOf(event.target);
  send(event, "POST", `/api/v1/batches/${id}/shares`, { label, ttlMs: days * 86_400_000 }, (share) => {
    document.getElementById("share-link").textContent = new URL(share.path, location.href).href;
    const made = document.getElementById("share-made");
    made.hidden = false;
    made.querySelector("button").focus();
  });
});

document.getElementById("keep")?.addEventListener("submit", (event) => {
  const { day } = fieldsOf(event.target);
  const until = day ? { until: new Date(`${day}T23:59:59Z`).toISOString() } : {};
  send(event, "POST", `/api/v1/batches/${id}/keep`, until, () => location.reload());
});

document.querySelector(".values")?.addEventListener("toggle", (event) => {
  if (event.target.open) plotValues(event.target.querySelector("[data-values]"));
});
