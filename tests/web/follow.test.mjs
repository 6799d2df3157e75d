// SPDX-License-Identifier: GPL-3.0-or-later
// Following a batch: real agents, a real browser; progress, failures, actions, tasks, results, links.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { call, newAccount, noTroubles, openBrowser, openPerson, shoot, startGrid, tabStops } from "./harness.mjs";

let grid;
let browser;
let admin;
let batch;

async function bundle(name, tasks, milliseconds, settings = "") {
  const folder = path.join(grid.folder, "bundles", name);
  await mkdir(folder, { recursive: true });
  await grid.hearth("pack", path.join(process.env.HEARTH_BIN_DIR, "frames"), "--name", "frames", "--version", "1", "-o", path.join(folder, "package"));
  await writeFile(path.join(folder, "hearth.toml"), `name = "${name}"\npackage = "package"\ncommand = ["frames", "{n}", "${milliseconds}"]\n` +
    `outputs = ["frame.png", "table.csv"]\nretries = 0\n${settings}\n[sweep]\nn = { from = 1, to = ${tasks} }\n`);
  return folder;
}

const submit = async (folder) => JSON.parse(await grid.hearth("submit", folder, "--json")).id;
const stateOf = async (id) => (await call(grid, "GET", `/api/v1/batches/${id}`)).body;

async function until(condition, what, seconds = 120) {
  const end = Date.now() + seconds * 1000;
  while (Date.now() < end) {
    if (await condition()) return;
    await new Promise((resolve) => { setTimeout(resolve, 200); });
  }
  assert.fail(`after ${seconds} s still not true: ${what}`);
}

before(async () => {
  grid = await startGrid({ agents: 2 });
  await grid.hearth("key", "new");
  await grid.hearth("key", "approve", "--root-key", path.join(grid.folder, "server/keys/root.key"));
  browser = await openBrowser();
  admin = await openPerson(browser, grid, { token: grid.token });
});
after(async () => {
  await browser?.close();
  await grid?.end();
});

test("without a batch the list says how to make one", async () => {
  const page = await admin.newPage();
  await page.goto("/batches");
  assert.match(await page.locator("main").textContent(), /You have no batches yet/);
  await shoot(page, "batches-none");
});

test("the counts of a batch move without a reload, and its end is told", async () => {
  batch = await submit(await bundle("Frames <b>of</b> a film", 24, 700));
  const page = await admin.newPage();
  await page.goto(`/batches/${batch}`);
  assert.equal(await page.locator("h1").textContent().then((text) => text.includes("Frames <b>of</b> a film")), true);
  await page.evaluate(() => { window.stillHere = true; });
  const certified = () => page.locator("[data-count=certified]").textContent().then(Number);
  await until(async () => (await certified()) > 0, "the first results are counted");
  const first = await certified();
  await until(async () => (await certified()) > first, "further results are counted");
  assert.ok(await page.locator(".bar [data-part=certified]").evaluate((part) => Number(part.getAttribute("width")) > 0));
  await shoot(page, "batch-running");
  await page.locator("[data-state]", { hasText: "done" }).waitFor({ timeout: 120_000 });
  assert.equal(await page.evaluate(() => window.stillHere), true);
  noTroubles(admin);
});

test("a batch that is done shows its pictures, its failures by group and its numbers as a plot", async () => {
  const page = await admin.newPage();
  await page.goto(`/batches/${batch}`);
  const rows = page.locator("[data-fresh=failures] tbody tr");
  assert.equal(await rows.count(), 1);
  assert.match(await rows.first().textContent(), /exit code 3/);
  assert.match(await rows.first().textContent(), /no convergence after # steps/);
  assert.match(await rows.first().locator("td").first().textContent(), /^\s*4\s*$/);
  const pictures = page.locator(".pictures img");
  assert.equal(await pictures.count(), 20);
  await pictures.first().scrollIntoViewIfNeeded();
  await until(() => pictures.first().evaluate((img) => img.complete && img.naturalWidth === 48), "a picture is drawn");
  await page.locator(".values summary").click();
  await page.locator(".values .plot-dot").first().waitFor({ state: "attached" });
  assert.equal(await page.locator(".values .plot-dot").count(), 20);
  await page.locator("#values-column").selectOption("step");
  await page.getByRole("img", { name: /^step of table.csv over n/ }).waitFor();
  assert.match(await page.locator("[data-fresh=pace]").innerHTML(), /plot-area/);
  await shoot(page, "batch-done");
  noTroubles(admin);
});

test("everything that was computed comes down in one archive whose digests hold", async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), "hearth-follow-"));
  const page = await admin.newPage();
  await page.goto(`/batches/${batch}`);
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "Download all" }).click()]);
  const file = path.join(folder, "all.zip");
  await download.saveAs(file);
  execFileSync("sh", ["-c", `cd '${folder}' && unzip -q all.zip && cd batch-${batch} && sha256sum --quiet -c manifest.sha256 && test $(wc -l < tasks.csv) = 21`]);
  // And by curl, cut off in the middle and resumed.
  const curl = (...options) => execFileSync("curl", ["-sk", "--noproxy", "*", "-H", `Authorization: Bearer ${grid.token}`, "-o", path.join(folder, "part.zip"), ...options, `${grid.url}/api/v1/batches/${batch}/results.zip`]);
  curl("-r", "0-70000");
  curl("-C", "-");
  execFileSync("cmp", [file, path.join(folder, "part.zip")]);
});

test("one group of failures is taken up again by the keyboard alone", async () => {
  const page = await admin.newPage();
  await page.goto(`/batches/${batch}`);
  const button = page.getByRole("button", { name: /^Retry the 4 tasks: exit code 3/ });
  await button.focus();
  await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
  await until(async () => (await stateOf(batch)).state === "done", "the batch is done again");
  const task = await call(grid, "GET", `/api/v1/batches/${batch}/tasks/2`);
  assert.equal(task.body.revision, 1);
  noTroubles(admin);
});

test("a task shows what it ran, where, and what it left", async () => {
  const page = await admin.newPage();
  await page.goto(`/batches/${batch}/tasks?state=failed`);
  assert.equal(await page.locator("tbody tr").count(), 4);
  await shoot(page, "tasks");
  await page.getByRole("link", { name: "2", exact: true }).click();
  const text = await page.locator("main").textContent();
  assert.match(text, /frames 3 700/);
  assert.match(text, /no convergence after 33 steps/);
  await shoot(page, "task-failed");
  await page.getByRole("link", { name: "Task 3" }).click();
  assert.equal(await page.locator(".outputs li").count(), 2);
  await until(() => page.locator(".outputs img").evaluate((img) => img.naturalWidth === 48), "its picture is drawn");
  await shoot(page, "task-certified");
  noTroubles(admin);
});

test("a batch that no host can run says why, is paused, resumed, given another priority and cancelled", async () => {
  const large = await submit(await bundle("too large", 5, 1, '[requirements]\nmemory = "9TiB"'));
  const page = await admin.newPage();
  await page.goto(`/batches/${large}`);
  assert.match(await page.locator(".why").textContent(), /None of the 2 hosts/);
  assert.match(await page.locator(".why").textContent(), /2 hosts have less than 9TiB of memory, which is all that keeps them from it/);
  await shoot(page, "batch-stuck");
  await Promise.all([page.waitForNavigation(), page.getByRole("button", { name: "Pause" }).click()]);
  assert.match(await page.locator(".why").textContent(), /It is paused/);
  await Promise.all([page.waitForNavigation(), page.getByRole("button", { name: "Resume" }).click()]);
  await page.getByLabel("Priority").fill("7");
  await Promise.all([page.waitForNavigation(), page.getByRole("button", { name: "Set" }).first().click()]);
  assert.equal(await page.getByLabel("Priority").inputValue(), "7");
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("button", { name: "Keep it as it is" }).click();
  assert.notEqual((await stateOf(large)).state, "cancelled");
  await page.getByRole("button", { name: "Cancel" }).click();
  await Promise.all([page.waitForNavigation(), page.getByRole("button", { name: "Cancel the batch" }).click()]);
  assert.equal((await stateOf(large)).state, "cancelled");
  noTroubles(admin);
});

test("two people in two browsers do not see each other's batches", async () => {
  const mallory = await newAccount(grid, "mallory");
  const person = await openPerson(browser, grid, { token: mallory.token });
  const page = await person.newPage();
  await page.goto("/batches");
  assert.match(await page.locator("main").textContent(), /You have no batches yet/);
  for (const hidden of [`/batches/${batch}`, `/batches/${batch}/tasks`, `/batches/${batch}/tasks/0`]) {
    assert.equal((await page.goto(hidden)).status(), 404);
    assert.doesNotMatch(await page.locator("body").textContent(), /Frames/);
  }
  const nobody = await openPerson(browser, grid);
  const stranger = await nobody.newPage();
  await stranger.goto(`/batches/${batch}`);
  assert.match(stranger.url(), /\/signin\?next=/);
});

test("a link shows the batch to who has it, also without JavaScript, and nothing once it is taken back", async () => {
  const page = await admin.newPage();
  await page.goto(`/batches/${batch}`);
  await page.getByLabel("For whom").fill("the reviewers");
  await page.getByRole("button", { name: "Make a link" }).click();
  await page.locator("#share-made:not([hidden])").waitFor();
  const link = await page.locator("#share-link").textContent();
  const reviewer = await openPerson(browser, grid, { javaScriptEnabled: false });
  const shared = await reviewer.newPage();
  assert.equal((await shared.goto(link)).status(), 200);
  assert.match(await shared.locator("main").textContent(), /20 of|20/);
  assert.equal(await shared.locator("main form").count(), 0);
  const zip = await shared.getByRole("link", { name: "Download all" }).getAttribute("href");
  assert.equal((await call(grid, "GET", zip, { token: "" })).status, 200);
  const drawn = await openPerson(browser, grid);
  const looked = await drawn.newPage();
  await looked.goto(link);
  await shoot(looked, "share");
  await page.reload();
  await page.getByRole("button", { name: "Take back the reviewers" }).click();
  await Promise.all([page.waitForNavigation(), page.getByRole("button", { name: "Take it back" }).click()]);
  assert.equal((await shared.goto(link)).status(), 404);
  noTroubles(admin);
});

test("who helps is named once they agree, and no more once they do not", async () => {
  const page = await admin.newPage();
  await page.goto("/leaders");
  assert.match(await page.locator("main").textContent(), /Nobody is on this list yet/);
  await shoot(page, "leaders-none");
  await page.getByLabel(/Name me/).check();
  await Promise.all([page.waitForNavigation(), page.getByRole("button", { name: "Save" }).click()]);
  await until(async () => (await call(grid, "GET", "/api/v1/leaders", { token: null })).body.leaders.length === 1, "what the hosts gave is counted");
  await page.reload();
  assert.match(await page.locator("tbody tr").textContent(), /1\s*admin/);
  await shoot(page, "leaders");
  await page.getByLabel(/Name me/).uncheck();
  await Promise.all([page.waitForNavigation(), page.getByRole("button", { name: "Save" }).click()]);
  assert.equal(await page.locator("tbody tr").count(), 0);
});

test("lists are filtered by name and state, and everything is reached by Tab", async () => {
  const page = await admin.newPage();
  await page.goto("/batches");
  await shoot(page, "batches");
  await page.getByLabel("Name contains").fill("film");
  await page.getByLabel("State").selectOption("done");
  await Promise.all([page.waitForNavigation(), page.getByRole("button", { name: "Show" }).click()]);
  assert.equal(await page.locator(".batch-list li").count(), 1);
  await page.goto(`/batches/${batch}`);
  const stops = (await tabStops(page, 120)).join("|");
  for (const control of ["Download all", "Retry all failed", "Make a link", "Clone", "Plot a number of each result"]) {
    assert.ok(stops.includes(control), `${control} is not among ${stops}`);
  }
});

test("notifications are chosen in place, and what is wrong is said at the field", async () => {
  const page = await admin.newPage();
  await page.goto("/account/notifications");
  await page.getByLabel("Webhook").fill("https://127.0.0.1/hook");
  await page.getByRole("button", { name: "Save" }).click();
  await page.locator(".wrong, .problem").first().waitFor();
  assert.match(await page.locator("form").last().textContent(), /not on the public internet/);
  assert.equal(await page.getByLabel("Webhook").inputValue(), "https://127.0.0.1/hook");
  await page.getByLabel("Webhook").fill("https://example.org/hook");
  await page.getByRole("button", { name: "Save" }).click();
  await page.locator("#secret-made:not([hidden])").waitFor();
  assert.match(await page.locator("#secret").textContent(), /^hhook_/);
  await shoot(page, "notifications");
  noTroubles(admin);
});
