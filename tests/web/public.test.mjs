// SPDX-License-Identifier: GPL-3.0-or-later
// Pages that anybody may see.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { axe, call, newAccount, noTroubles, openBrowser, openPerson, shoot, startGrid, tabStops } from "./harness.mjs";

let grid;
let browser;
before(async () => {
  grid = await startGrid({ agents: 1, about: "Primes <b>for</b> everybody." });
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await grid?.end();
});

test("every public page says what it is, is usable by everyone, and looks right in each size and scheme", async () => {
  const person = await openPerson(browser, grid);
  const page = await person.newPage();
  for (const [path, heading, name] of [["/", "e2e", "front"], ["/join", "Lend a computer", "join"], ["/status", "Status", "status"], ["/about", "What e2e computes", "about"]]) {
    const answer = await page.goto(path);
    assert.equal(answer.status(), 200);
    assert.equal(await page.locator("h1").textContent(), heading);
    await shoot(page, name);
  }
  noTroubles(person);
});

test("a page that does not exist is an error page with a way out", async () => {
  const person = await openPerson(browser, grid);
  const page = await person.newPage();
  const answer = await page.goto("/no/such/page");
  assert.equal(answer.status(), 404);
  assert.match(await page.locator("h1").textContent(), /no such page/i);
  await shoot(page, "error");
});

test("the figures of the front page move without a reload", async () => {
  const person = await openPerson(browser, grid);
  const page = await person.newPage();
  await page.goto("/");
  await page.getByText("Computers that help").waitFor();
  assert.equal(await page.locator("[data-figure=hosts]").textContent(), "1");
  await grid.order({ do: "agent", name: "second" });
  await page.locator("[data-figure=hosts]", { hasText: "2" }).waitFor({ timeout: 30_000 });
  noTroubles(person);
});

test("pages are readable without JavaScript", async () => {
  const person = await openPerson(browser, grid, { javaScriptEnabled: false });
  const page = await person.newPage();
  await page.goto("/status");
  assert.match(await page.locator("main").textContent(), /All is well/);
});

test("the first Tab offers to skip the menu, and every link of it can be reached", async () => {
  const person = await openPerson(browser, grid);
  const page = await person.newPage();
  await page.goto("/");
  const stops = await tabStops(page);
  assert.equal(stops[0], "Skip to the content");
  for (const link of ["Lend a computer", "Status", "Sign in"]) assert.ok(stops.includes(link), stops.join(", "));
});

test("an invitation's token becomes the link that an agent takes, and nothing else does", async () => {
  const person = await openPerson(browser, grid);
  const page = await person.newPage();
  await page.goto("/join?token=hjoin_abc");
  assert.match(await page.locator("#join-command").textContent(), /^hearth-agent join 'hearth:\/\/join\?server=127\.0\.0\.1:\d+&token=hjoin_abc&ca=[0-9a-f]{64}&root=[0-9a-f]{64}'$/);
  assert.match(await page.locator("#open-invitation").getAttribute("href"), /^hearth:\/\/join\?server=127\.0\.0\.1:\d+&token=hjoin_abc&ca=/);
  await axe(page);
  await shoot(page, "join-invited");
  await page.goto("/join?token=%27%3E%3Cscript%3Ealert(1)%3C/script%3E");
  assert.equal(await page.locator("#join-command").count(), 0);
  noTroubles(person);
});

test("an invitation comes as a package, and packages that the admin put there are offered", async () => {
  const folder = path.join(grid.folder, "server/downloads");
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, "hearth-agent_0.1.0_amd64.deb"), "a package");
  await writeFile(path.join(folder, "setup.exe"), "for others");
  const person = await openPerson(browser, grid);
  const page = await person.newPage();
  await page.goto("/join?token=hjoin_abc");
  assert.equal(await page.locator("#downloads").innerText(), "hearth-agent_0.1.0_amd64.deb (1 KiB)");
  await axe(page);
  await shoot(page, "join-downloads");
  const [file] = await Promise.all([page.waitForEvent("download"), page.locator("#downloads a").click()]);
  assert.equal(await readFile(await file.path(), "utf8"), "a package");
  const [invitation] = await Promise.all([page.waitForEvent("download"), page.locator("#invitation-package").click()]);
  assert.match(invitation.suggestedFilename(), /^hearth-project-e2e_[0-9.]+_all\.deb$/);
  const offer = execFileSync("sh", ["-c", 'dpkg-deb --fsys-tarfile "$1" | tar -xO ./usr/share/hearth/projects.d/e2e.json', "sh", await invitation.path()]);
  assert.match(JSON.parse(offer).link, /^hearth:\/\/join\?.*token=hjoin_abc&/);
  noTroubles(person);
});

test("what the admin wrote is shown as text, never as markup", async () => {
  const person = await openPerson(browser, grid);
  const page = await person.newPage();
  await page.goto("/about");
  assert.match(await page.locator("main").textContent(), /Primes <b>for<\/b> everybody\./);
});

test("a signed-in volunteer makes an invitation on the page", async () => {
  const { token } = await newAccount(grid, "vera", ["volunteer"]);
  const person = await openPerson(browser, grid, { token });
  const page = await person.newPage();
  await page.goto("/join");
  await page.getByRole("button", { name: /Make an invitation/ }).click();
  await page.locator("#made").waitFor();
  assert.match(await page.locator("#join-command").textContent(), /^hearth-agent join 'hearth:\/\/join\?/);
  await axe(page);
  noTroubles(person);
});

test("a form of another site is refused although the browser sends the cookie along", async () => {
  const cookie = `__Host-hearth=${grid.token}`;
  const body = { uses: 1 };
  const foreign = await call(grid, "POST", "/api/v1/join-tokens", { token: null, body, headers: { cookie, origin: "https://evil.example" } });
  assert.equal(foreign.status, 403);
  const crossSite = await call(grid, "POST", "/api/v1/join-tokens", { token: null, body, headers: { cookie, "sec-fetch-site": "cross-site", origin: grid.url } });
  assert.equal(crossSite.status, 403);
  const bare = await call(grid, "POST", "/api/v1/join-tokens", { token: null, body, headers: { cookie } });
  assert.equal(bare.status, 403);
  const own = await call(grid, "POST", "/api/v1/join-tokens", { token: null, body, headers: { cookie, "sec-fetch-site": "same-origin" } });
  assert.equal(own.status, 201);
});

test("pages have what a browser, a search engine and a thumb ask of them", async () => {
  const person = await openPerson(browser, grid, { viewport: { width: 390, height: 844 } });
  const page = await person.newPage();
  await page.addInitScript(() => {
    window.shifted = 0;
    new PerformanceObserver((list) => { for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value; }).observe({ type: "layout-shift", buffered: true });
  });
  const titles = new Set();
  for (const path of ["/", "/join", "/status", "/about", "/leaders", "/signin", "/no-such-page"]) {
    const answer = await page.goto(path, { waitUntil: "networkidle" });
    assert.match(answer.headers()["content-type"], /charset=utf-8/);
    const seen = await page.evaluate(() => ({
      title: document.title, lang: document.documentElement.lang, headings: document.querySelectorAll("h1").length,
      viewport: document.querySelector("meta[name=viewport]")?.content, description: document.querySelector("meta[name=description]")?.content,
      blocking: [...document.scripts].filter((script) => script.type !== "module").length,
      unsized: [...document.images].filter((image) => !image.hasAttribute("alt") || !image.width || !image.height).length,
      small: [...document.querySelectorAll("button, .button, input, select, summary")].filter((one) => one.checkVisibility() && one.getBoundingClientRect().height < 24).map((one) => one.outerHTML),
      shifted: window.shifted, old: document.compatMode !== "CSS1Compat",
    }));
    assert.ok(seen.title.length > 0 && !titles.has(seen.title), `${path}: the title '${seen.title}' is its own`);
    titles.add(seen.title);
    assert.equal(seen.lang, "en", path);
    assert.equal(seen.headings, 1, path);
    assert.match(seen.viewport, /width=device-width/, path);
    assert.ok(seen.description.length > 20, path);
    assert.equal(seen.blocking + seen.unsized, 0, path);
    assert.deepEqual(seen.small, [], path);
    assert.ok(seen.shifted < 0.1, `${path} jumps by ${seen.shifted} while it loads`);
    assert.equal(seen.old, false, path);
  }
  const sheet = await page.locator("link[rel=stylesheet]").first().getAttribute("href");
  const { headers } = await call(grid, "GET", sheet, { token: null, headers: { "accept-encoding": "gzip" } });
  assert.match(headers["cache-control"], /immutable/);
  assert.equal(headers["content-encoding"], "gzip");
});

test("the first page weighs little and names no other origin", async () => {
  const person = await openPerson(browser, grid);
  const page = await person.newPage();
  let weight = 0;
  const origins = new Set();
  page.on("response", async (response) => {
    origins.add(new URL(response.url()).origin);
    weight += (await response.request().sizes()).responseBodySize;
  });
  await page.goto("/", { waitUntil: "networkidle" });
  assert.deepEqual([...origins], [grid.url]);
  assert.ok(weight < 60_000, `${weight} bytes`);
});
