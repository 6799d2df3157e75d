// SPDX-License-Identifier: GPL-3.0-or-later
// The ten-minute tutorial of docs/scientists.md, done as a new user would do it, against the clock.
// HEARTH_PICTURES=docs/pictures tests/web/run tutorial   makes the guide's pictures anew.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { call, noTroubles, openBrowser, openPerson, startGrid } from "./harness.mjs";

const PICTURES = process.env.HEARTH_PICTURES;
const NUMBER = "432862656469423142931042426214547535783388063929571229938474969";

let grid;
let browser;
let work;
before(async () => {
  grid = await startGrid({ agents: 2 });
  browser = await openBrowser();
  work = await mkdtemp(path.join(os.tmpdir(), "hearth-tutorial-"));
  // What an admin did before: published gmp-ecm for everybody.
  const folder = path.join(grid.folder, "ecm-package");
  await grid.hearth("pack", "/usr/bin/ecm", "--name", "ecm", "--version", "7", "-o", folder);
  await grid.hearth("app", "publish", folder, "--key", path.join(grid.folder, "server/keys/root.key"));
});
after(async () => {
  await browser?.close();
  await grid?.end();
  if (work) await rm(work, { recursive: true, force: true });
});

async function picture(page, name) {
  if (!PICTURES) return;
  await mkdir(PICTURES, { recursive: true });
  await page.screenshot({ path: path.join(PICTURES, `${name}.png`) });
}

test("a scientist who never saw Hearth goes from an invitation to verified results in under ten minutes", async () => {
  const begun = Date.now();
  const person = await openPerson(browser, grid, { acceptDownloads: true, viewport: { width: 1200, height: 860 } });
  const page = await person.newPage();
  page.setDefaultTimeout(60_000);

  const { body: invitation } = await call(grid, "POST", "/api/v1/invitations", { body: { roles: ["scientist"], uses: 1, label: "tutorial" } });
  await page.goto(invitation.link);
  await page.getByLabel("Name", { exact: true }).fill("marie");
  await page.getByLabel("Password", { exact: true }).fill("pitchblende and patience");
  await picture(page, "1-signup");
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => url.pathname === "/account");

  await page.goto("/submit");
  await page.getByRole("heading", { name: "New batch" }).waitFor();
  await picture(page, "2-start");
  const input = path.join(work, "number.txt");
  await writeFile(input, `${NUMBER}\n`);
  await page.locator("#start-files").setInputFiles(input);
  await page.locator("#file-table", { hasText: "number.txt" }).waitFor();
  await page.getByLabel("Name of the batch").fill("curves for 2^257-1");
  await page.getByLabel("Published application").fill("ecm");
  await page.getByLabel("Command").fill("ecm -q -sigma 1:{sigma} -inp number.txt 110000");
  await page.getByLabel("Inputs, one a line").fill("number.txt");
  await page.getByLabel("Standard output to").fill("factors.txt");
  await page.getByRole("button", { name: "Add a range" }).click();
  await page.getByRole("group", { name: "Parameter x" }).getByLabel("parameter", { exact: true }).fill("sigma");
  await page.getByLabel("from", { exact: true }).fill("6");
  await page.getByLabel("to", { exact: true }).fill("45");
  await page.locator("#total", { hasText: "40 tasks" }).waitFor();
  await page.getByText("5. Needs, limits and trust").click();
  await page.getByLabel("Exit codes that are good").fill("0, 2, 6, 8, 10, 14");
  await page.getByText("All is well: it can be submitted.").waitFor();
  await page.locator("#saved", { hasText: "Saved" }).waitFor();
  await page.getByText("2. Program", { exact: true }).evaluate((legend) => legend.scrollIntoView());
  await picture(page, "3-form");
  await page.getByRole("button", { name: "Run task 0" }).click();
  await page.getByText(/It worked, in/).waitFor();
  await page.getByText("This rests on the dry run").waitFor();
  await page.locator("#go").evaluate((section) => section.scrollIntoView({ block: "end" }));
  await picture(page, "4-tried");
  await page.getByRole("button", { name: "Submit the batch" }).click();
  await page.getByText(/Batch \d+ is submitted: 40 tasks/).waitFor();
  const batch = Number(/Batch (\d+)/.exec(await page.locator("#sent").textContent())[1]);

  await page.goto(`/batches/${batch}`);
  await page.waitForFunction(() => Number(document.querySelector("[data-count=certified]")?.textContent) > 0);
  await picture(page, "5-follow");
  await page.locator("[data-state]", { hasText: "done" }).waitFor({ timeout: 180_000 });
  await page.getByText(/^Ended/).waitFor();
  await page.getByRole("heading", { name: "Results", exact: true }).waitFor();
  await picture(page, "6-done");

  const coming = page.waitForEvent("download");
  await page.getByRole("link", { name: /Download/ }).first().click();
  const archive = path.join(work, "results.zip");
  await (await coming).saveAs(archive);
  execFileSync("python3", ["-c", "import sys,zipfile; z=zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; z.extractall(sys.argv[2])", archive, work]);
  const seconds = (Date.now() - begun) / 1000;
  await checkResults(work);
  assert.ok(seconds < 600, `${seconds} s`);
  console.log(JSON.stringify({ figure: "tutorial", seconds: Math.round(seconds) }));
  noTroubles(person);
});

/** Every file is what the archive's own manifest says, and the number is a product of what was found. */
async function checkResults(folder) {
  const names = (await readdir(folder, { recursive: true })).filter((name) => /MANIFEST/i.test(name));
  assert.equal(names.length, 1, names.join());
  const text = await readFile(path.join(folder, names[0]), "utf8");
  const outputs = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith("factors.txt"));
  assert.equal(outputs.length, 40);
  let factors = "";
  for (const name of outputs) {
    const bytes = await readFile(path.join(folder, name));
    assert.ok(text.includes(createHash("sha256").update(bytes).digest("hex")), name);
    factors += bytes;
  }
  const found = [...factors.matchAll(/\d{5,}/g)].map(([digits]) => BigInt(digits));
  assert.ok(found.some((factor) => factor > 1n && factor < BigInt(NUMBER) && BigInt(NUMBER) % factor === 0n), "no factor was found");
}
