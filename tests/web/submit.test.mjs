// SPDX-License-Identifier: GPL-3.0-or-later
// From a folder and a command to a running batch, in a real browser on a real grid.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { axe, call, newAccount, noTroubles, openBrowser, openPerson, shoot, startGrid } from "./harness.mjs";

const run = promisify(execFile);
const SOURCE = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
const BIN = process.env.HEARTH_BIN_DIR || path.join(SOURCE, "build/dev/bin");
const PATIENCE = 60_000;

let grid;
let browser;
let ada;
before(async () => {
  grid = await startGrid({ agents: 2 });
  browser = await openBrowser();
  ada = await newAccount(grid, "ada");
});
after(async () => {
  await browser?.close();
  await grid?.end();
});

async function openSubmit(token = ada.token) {
  const person = await openPerson(browser, grid, { token });
  const page = await person.newPage();
  page.setDefaultTimeout(PATIENCE);
  await page.goto("/submit");
  await page.getByRole("heading", { name: "New batch" }).waitFor();
  return { person, page };
}

const allWell = (page) => page.getByText("All is well: it can be submitted.").waitFor();
const saved = (page) => page.locator("#saved", { hasText: "Saved" }).waitFor();
const toml = (page) => page.locator("#toml");

const draftId = (page) => new URL(page.url()).searchParams.get("draft");

async function emptyForm() {
  const opened = await openSubmit();
  await opened.page.getByRole("button", { name: "Begin with an empty form" }).click();
  await opened.page.locator("#editor").waitFor();
  return opened;
}

async function dropFiles(page, files) {
  await page.locator("#add-files").setInputFiles(files.map(([name, content]) => ({ name, mimeType: "application/octet-stream", buffer: Buffer.from(content) })));
}

async function untilDone(batch) {
  const end = Date.now() + 180_000;
  for (;;) {
    const { body } = await call(grid, "GET", `/api/v1/batches/${batch}`, { token: ada.token });
    if (["done", "paused", "cancelled"].includes(body.state)) return body;
    assert.ok(Date.now() < end, JSON.stringify(body));
    await new Promise((resolve) => { setTimeout(resolve, 250); });
  }
}

/** A bundle of ours that runs the probe, with its package. */
async function probeBundle(name, manifest) {
  const folder = path.join(grid.folder, "bundles", name);
  await mkdir(folder, { recursive: true });
  await grid.hearth("pack", path.join(BIN, "probe"), "--name", "probe", "--version", "1", "-o", path.join(folder, "package"));
  await writeFile(path.join(folder, "hearth.toml"), manifest);
  return folder;
}

async function makeKey(page) {
  const make = page.getByRole("button", { name: "Make a signing key in this browser" });
  const ready = page.getByText("This browser signs the package with your key");
  await make.or(ready).first().waitFor();
  if (await ready.isVisible()) return;
  await make.click();
  await page.getByText("waits for the project's approval").waitFor();
  await shoot(page, "submit-key-waits");
  await grid.hearth("key", "approve", ada.name, "--root-key", path.join(grid.folder, "server", "keys", "root.key"));
  await page.getByRole("button", { name: "Look again" }).click();
  await ready.waitFor();
}

test("the page to begin on is usable by everyone and looks right", async () => {
  const { person, page } = await openSubmit();
  await page.getByRole("button", { name: "ecm: 2^257-1" }).waitFor();
  await shoot(page, "submit-start");
  noTroubles(person);
});

test("three example bundles go from their folder to a batch that is done", async () => {
  const { person, page } = await openSubmit();
  const sweeps = { ecm: ["to = 245", "to = 7"], povray: ["to = 0.1599", "to = 0.0041"], hmmer: [/profile = \[.*\]/, 'profile = ["fn3"]'] };
  for (const [name, [from, to]] of Object.entries(sweeps)) {
    const folder = path.join(grid.folder, "examples", name);
    await cp(path.join(SOURCE, "docs/examples", name), folder, { recursive: true, filter: (file) => !file.endsWith("/package") });
    await run(path.join(folder, "prepare.sh"), { env: { ...process.env, PATH: `${BIN}:${process.env.PATH}` } });
    await page.goto("/submit");
    await page.locator("#start-folder").setInputFiles(folder);
    await makeKey(page);
    await allWell(page);
    await toml(page).fill((await toml(page).inputValue()).replace(from, to));
    await saved(page);
    await allWell(page);
    if (name === "ecm") {
      await page.getByText(/half in/).waitFor();
      await shoot(page, "submit-ready");
    }
    await page.getByRole("button", { name: "Submit the batch" }).click();
    await page.getByText(/Batch \d+ is submitted/).waitFor();
    const batch = Number(/Batch (\d+)/.exec(await page.locator("#sent").textContent())[1]);
    const state = await untilDone(batch);
    assert.equal(state.state, "done", JSON.stringify(state));
    assert.equal(state.failed, 0, JSON.stringify(state));
  }
  noTroubles(person);
});

test("a program that stands alone is packed and signed in the browser, tried on a volunteer, and submitted", async () => {
  const { person, page } = await emptyForm();
  await page.locator("#add-files").setInputFiles(path.join(BIN, "probe"));
  await page.getByRole("button", { name: "Make a package of probe" }).click();
  await makeKey(page);
  await page.getByLabel("Name of the batch").fill("packed here");
  await page.getByLabel("Command").fill("probe echo {word}");
  await page.getByLabel("Standard output to").fill("out");
  await page.getByRole("button", { name: "Add a list of values" }).click();
  await page.getByRole("group", { name: "Parameter x" }).getByLabel("parameter", { exact: true }).fill("word");
  await page.getByLabel("values, between commas").fill("one, two, three");
  await page.locator("#total", { hasText: "3 tasks" }).waitFor();
  await allWell(page);
  await page.getByLabel("Show task").fill("2");
  await page.locator("#expanded", { hasText: "probe echo three" }).waitFor();
  await page.getByRole("button", { name: "Run task 0" }).click();
  await page.getByText(/It worked, in/).waitFor();
  await page.getByText("This rests on the dry run").waitFor();
  await shoot(page, "submit-tried");
  await page.getByRole("button", { name: "Submit the batch" }).click();
  await page.getByText(/Batch \d+ is submitted: 3 tasks/).waitFor();
  const batch = Number(/Batch (\d+)/.exec(await page.locator("#sent").textContent())[1]);
  const state = await untilDone(batch);
  assert.equal(state.certified, 3, JSON.stringify(state));
  noTroubles(person);
});

test("the form and the text edit each other, and what was typed survives a reload and another browser", async () => {
  const { page } = await emptyForm();
  await page.getByLabel("Name of the batch").fill("a name");
  await page.getByLabel("Command").fill("prog --x {x}");
  await page.getByRole("button", { name: "Add a range" }).click();
  await page.getByLabel("from", { exact: true }).fill("1");
  await page.getByLabel("to", { exact: true }).fill("10000000");
  await page.locator("#total", { hasText: "10,000,000 tasks" }).waitFor();
  assert.match(await toml(page).inputValue(), /x = \{ from = 1, to = 10000000 \}/);
  await toml(page).fill(`${(await toml(page).inputValue()).replace("a name", "another name")}\n[limits]\ntime = "5 parsecs"\n`);
  await page.locator("#f-name").and(page.locator("input")).waitFor();
  await page.waitForFunction(() => document.getElementById("f-name").value === "another name");
  await page.locator("#f-time-wrong").waitFor();
  assert.match(await page.locator("#f-time-wrong").textContent(), /5 parsecs/);
  await shoot(page, "submit-problems");
  await saved(page);
  const id = draftId(page);
  await page.reload();
  await page.waitForFunction(() => document.getElementById("f-name")?.value === "another name");
  assert.equal(await page.getByLabel("Time", { exact: true }).inputValue(), "5 parsecs");
  const elsewhere = await openPerson(browser, grid, { token: ada.token });
  const other = await elsewhere.newPage();
  await other.goto(`/submit?draft=${id}`);
  await other.waitForFunction(() => document.getElementById("f-command")?.value === "prog --x {x}");
  await page.getByLabel("Show task").fill("4710");
  await page.locator("#expanded", { hasText: "prog --x 4711" }).waitFor();
});

test("what a person did wrong is said where they did it, and nothing that they typed is lost", async () => {
  const { person, page } = await emptyForm();
  const said = (words) => page.locator("#files-said", { hasText: words }).waitFor();
  await dropFiles(page, [["broken.zip", "PK\x03\x04 not really"]]);
  await said(/broken\.zip:.*damaged/);
  await dropFiles(page, [[`${"n".repeat(300)}.txt`, "x"]]);
  await said(/255/);
  await dropFiles(page, [["empty.bin", ""], ["ελληνικά 日本.txt", "x"]]);
  await page.locator("#file-table", { hasText: "ελληνικά 日本.txt" }).waitFor();
  await page.locator("#file-table", { hasText: "empty.bin" }).waitFor();
  await page.getByRole("button", { name: "Tasks from a CSV file" }).click();
  await page.getByLabel("or paste its lines").fill("x,y\n1,2\n3\n");
  await page.getByRole("button", { name: "Use these lines" }).click();
  await page.locator("#csv-said", { hasText: "line 3" }).waitFor();
  assert.match(await page.locator("#csv-said").textContent(), /column 2 \('y'\)/);
  assert.equal(await page.getByLabel("or paste its lines").inputValue(), "x,y\n1,2\n3\n");
  await page.getByLabel("or paste its lines").fill("x,y\n1,2\n3,4\n");
  await page.getByRole("button", { name: "Use these lines" }).click();
  await page.locator("#total", { hasText: "2 tasks" }).waitFor();
  await toml(page).fill("format = 7\nname = \"from tomorrow\"\n");
  await page.locator("#problems", { hasText: "newer Hearth" }).waitFor();
  await toml(page).fill("name = \"x\"\n[sweep]\na = { from = 1, to = 1000000 }\nb = { from = 1, to = 1000000 }\n");
  await page.locator("#problems", { hasText: "1000000000" }).waitFor();
  await toml(page).fill("name = \"unfinished");
  await page.locator("#problems", { hasText: "Line 1" }).waitFor();
  assert.equal(await toml(page).inputValue(), "name = \"unfinished");
  await shoot(page, "submit-wrong");
  noTroubles(person);
});

test("an upload that was cut is gone on with after the page and the server began anew", async () => {
  const { page } = await emptyForm();
  const id = draftId(page);
  const bytes = Buffer.alloc(40_000_000, "hearth ");
  // What an upload that was cut leaves: the most of it.
  const encoded = (text) => Buffer.from(text).toString("base64");
  const head = { "tus-resumable": "1.0.0" };
  const made = await call(grid, "POST", "/api/v1/uploads", { token: ada.token, headers: { ...head, "upload-length": String(bytes.length), "upload-metadata": `draft ${encoded(id)},path ${encoded("large.bin")}` } });
  const first = Math.floor(bytes.length * 0.99);
  const sent = await call(grid, "PATCH", made.headers.location, { token: ada.token, body: bytes.subarray(0, first),
    headers: { ...head, "upload-offset": "0", "content-type": "application/offset+octet-stream" } });
  assert.equal(sent.status, 204, JSON.stringify(sent.body));
  await grid.order({ do: "kill", name: "server" });
  await grid.order({ do: "server" });
  await page.reload();
  await page.getByText(/large\.bin \(99 %\): not all of it came/).waitFor();
  let uploaded = 0;
  page.on("request", (request) => { if (request.method() === "PATCH") uploaded += Number(request.headers()["content-length"] || request.postDataBuffer()?.length || 0); });
  const file = path.join(grid.folder, "large.bin");
  await writeFile(file, bytes);
  await page.locator("#add-files").setInputFiles(file);
  await page.locator("#file-table", { hasText: "large.bin" }).waitFor();
  assert.ok(uploaded <= bytes.length - first, `${uploaded} bytes were sent again`);
});

test("all of it can be done by keyboard alone", async () => {
  const { page } = await openSubmit();
  await page.getByRole("button", { name: "Begin with an empty form" }).focus();
  await page.keyboard.press("Enter");
  await page.locator("#editor").waitFor();
  await page.getByLabel("Name of the batch").focus();
  await page.keyboard.type("by keyboard");
  await page.keyboard.press("Tab");
  await page.keyboard.type("nothing");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await page.keyboard.type("prog {x}");
  assert.equal(await page.getByLabel("Command").inputValue(), "prog {x}");
  await page.getByRole("button", { name: "Add a range" }).focus();
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.labels?.[0]?.textContent), "parameter");
  await page.keyboard.press("Tab");
  await page.keyboard.type("1");
  await page.keyboard.press("Tab");
  await page.keyboard.type("9");
  await page.locator("#total", { hasText: "9 tasks" }).waitFor();
  await axe(page);
});
