// SPDX-License-Identifier: GPL-3.0-or-later
// A real grid, a real browser, and what every test of a page asks: is it usable by everyone, and how does it look.
import { spawn } from "node:child_process";
import { mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import https from "node:https";
import path from "node:path";
import readline from "node:readline";
import { fileURLToPath } from "node:url";
import assert from "node:assert/strict";
import { chromium } from "playwright-core";

const HERE = path.dirname(fileURLToPath(import.meta.url));
const SHOTS = process.env.HEARTH_SHOTS || path.join(HERE, "../../build/screenshots");
const PATIENCE = 60_000;  // with a condition: what a machine that has other things to do may take
const axePath = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

/** A server with agents on loopback, and an admin's CLI that is logged in. End it with `await grid.end()`. */
export async function startGrid({ agents = 0, settings = "", about = "" } = {}) {
  const child = spawn("python3", [path.join(HERE, "serve_grid.py"), JSON.stringify({ agents, settings, about })],
    { stdio: ["pipe", "pipe", "inherit"] });
  const lines = readline.createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ended = new Promise((resolve) => { child.once("exit", resolve); });
  const first = await lines.next();
  if (first.done) throw new Error("the grid did not start: its error is above");
  const grid = JSON.parse(first.value);
  grid.order = async (order) => {
    child.stdin.write(`${JSON.stringify(order)}\n`);
    const answer = JSON.parse((await lines.next()).value);
    if (!answer.ok) throw new Error(answer.error);
    return answer;
  };
  /** The hearth command, as the admin; its standard output. */
  grid.hearth = async (...args) => {
    const { code, out, err } = await grid.order({ do: "hearth", arguments: args });
    assert.equal(code, 0, err);
    return out;
  };
  grid.end = async () => { child.stdin.end(); await ended; };
  grid.token = grid.told.adminToken;
  return grid;
}

/** A call of the API from outside of the browser: { status, headers, body (JSON or text) }. */
export function call(grid, method, target, { token = grid.token, headers = {}, body } = {}) {
  const payload = body === undefined || typeof body === "string" || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  // Node frames no body of a DELETE by itself.
  const length = payload === undefined ? {} : { "content-length": Buffer.byteLength(payload) };
  const all = { ...length, ...(token ? { authorization: `Bearer ${token}` } : {}), ...headers };
  return new Promise((resolve, reject) => {
    const request = https.request(`${grid.url}${target}`, { method, headers: all, rejectUnauthorized: false }, (response) => {
      const pieces = [];
      response.on("data", (piece) => pieces.push(piece));
      response.on("end", () => {
        const bytes = Buffer.concat(pieces);
        const json = /json/.test(response.headers["content-type"] || "") && bytes.length > 0;
        resolve({ status: response.statusCode, headers: response.headers, bytes, body: json ? JSON.parse(bytes) : bytes.toString() });
      });
    });
    request.on("error", reject);
    request.end(payload);
  });
}

/** A new account with a token: { name, token }. */
export async function newAccount(grid, name, roles = ["scientist"]) {
  const made = await call(grid, "POST", "/api/v1/accounts", { body: { name, roles } });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  return { name, token: made.body.token };
}

export function openBrowser() {
  return chromium.launch({ executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-proxy-server"] });
}

/** A browser of one person. Fails the test when a page throws, or when the content policy stops something. */
export async function openPerson(browser, grid, { token, ...options } = {}) {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, baseURL: grid.url, viewport: { width: 1280, height: 900 }, ...options });
  context.setDefaultTimeout(PATIENCE);
  if (token) await signIn(context, grid, token);
  context.troubles = [];
  context.on("weberror", (error) => context.troubles.push(String(error.error())));
  context.on("console", (message) => {
    if (message.type() === "error" && !/Failed to load resource/.test(message.text())) context.troubles.push(message.text());
  });
  return context;
}

/** Signs in by an access token, without the page. */
export async function signIn(context, grid, token = grid.token) {
  await context.addCookies([{ name: "__Host-hearth", value: token, url: grid.url, httpOnly: true, secure: true, sameSite: "Lax" }]);
}

export function noTroubles(context) {
  assert.deepEqual(context.troubles, []);
}

/** No violation that axe-core knows, as the page is now. */
export async function axe(page) {
  // By the debugger, since the page's own policy rightly refuses a script that is not the server's.
  const source = await readFile(axePath, "utf8");
  const session = await page.context().newCDPSession(page);
  await session.send("Runtime.evaluate", { expression: `${source};0` });
  const { result, exceptionDetails } = await session.send("Runtime.evaluate",
    { expression: "axe.run(document, { resultTypes: ['violations'] }).then((r) => JSON.stringify(r.violations))", awaitPromise: true });
  await session.detach();
  assert.equal(exceptionDetails, undefined, JSON.stringify(exceptionDetails));
  const told = JSON.parse(result.value).map((found) => `${found.id}: ${found.help}: ${found.nodes.map((node) => node.html).join(" | ")}`);
  assert.deepEqual(told, [], page.url());
}

const SIZES = { phone: { width: 390, height: 844 }, wide: { width: 1280, height: 900 } };

/** Pictures of the page, light and dark, phone and wide, in the folder that tests/web/run prints; each passes axe. */
export async function shoot(page, name) {
  await mkdir(SHOTS, { recursive: true });
  const before = page.viewportSize();
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    for (const [size, viewport] of Object.entries(SIZES)) {
      await page.setViewportSize(viewport);
      await page.screenshot({ path: path.join(SHOTS, `${name}-${colorScheme}-${size}.png`), fullPage: true });
      await noSidewaysScroll(page);
    }
    await axe(page);
  }
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize(before);
}

/** Nobody has to scroll sideways: what is wide scrolls in a box of its own. */
export async function noSidewaysScroll(page) {
  const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
  assert.ok(content <= window + 1, `${page.url()} is ${content} wide in a window of ${window}`);
}

/** The texts of what the Tab key reaches, in order, from the top of the page. */
export async function tabStops(page, most = 60) {
  await page.evaluate(() => { document.activeElement?.blur(); window.scrollTo(0, 0); });
  const stops = [];
  for (let i = 0; i < most; i += 1) {
    await page.keyboard.press("Tab");
    const stop = await page.evaluate(() => {
      const at = document.activeElement;
      return at && at !== document.body ? (at.getAttribute("aria-label") || at.labels?.[0]?.textContent || at.textContent || at.name || at.id || at.tagName).trim() : null;
    });
    if (stop === null) break;
    stops.push(stop);
  }
  return stops;
}

/** What can be used on the page by a pointer and is not reached by the Tab key; radio buttons of one name count as one. */
export async function beyondTab(page) {
  const mark = () => {
    const all = [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']")]
      .filter((one) => !one.disabled && one.type !== "hidden" && one.checkVisibility({ visibilityProperty: true }) && !one.closest("[inert]"));
    window.unreached = new Set(all);
    document.activeElement?.blur();
    return all.length;
  };
  const count = await page.evaluate(mark);
  for (let i = 0; i < count + 10; i += 1) {
    await page.keyboard.press("Tab");
    const isOver = await page.evaluate(() => { window.unreached.delete(document.activeElement); return window.unreached.size === 0; });
    if (isOver) break;
  }
  return page.evaluate(() => [...window.unreached].map((one) => one.outerHTML.slice(0, 200)));
}
