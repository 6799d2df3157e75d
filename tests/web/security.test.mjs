// SPDX-License-Identifier: GPL-3.0-or-later
// People who mean harm: what they type, what they ask for, and how they connect.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import tls from "node:tls";
import { fileURLToPath } from "node:url";
import { call, newAccount, noTroubles, openBrowser, openPerson, startGrid } from "./harness.mjs";

const SOURCE = path.join(path.dirname(fileURLToPath(import.meta.url)), "../..");
const MARKUP = `"'><img src=x onerror=alert(1)><script>alert(2)</script>{{project}}`;

let grid;
let browser;
let ada;
let eve;
let draft;
let marked;

before(async () => {
  grid = await startGrid({ agents: 1 });
  browser = await openBrowser();
  ada = await newAccount(grid, "ada");
  eve = await newAccount(grid, "eve");
});
after(async () => {
  await browser?.close();
  await grid?.end();
});

/** Every operation of the description: { method, path, open }. */
function operations() {
  const script = "import json,sys,yaml; json.dump(yaml.safe_load(open(sys.argv[1])), sys.stdout)";
  const description = JSON.parse(execFileSync("python3", ["-c", script, path.join(SOURCE, "server/api/openapi.yaml")], { maxBuffer: 1e8 }));
  const all = [];
  for (const [pattern, methods] of Object.entries(description.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      if (!/^(get|put|post|delete|head|patch)$/.test(method)) continue;
      const open = Array.isArray(operation.security) && operation.security.some((one) => Object.keys(one).length === 0) || operation.security?.length === 0;
      all.push({ method: method.toUpperCase(), pattern, open });
    }
  }
  return all;
}

async function adasDraft() {
  if (draft) return draft;
  const made = await call(grid, "POST", "/api/v1/drafts", { token: ada.token, body: {} });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  draft = made.body.id;
  return draft;
}

/** A batch of one task whose names, arguments and printed words are all markup. The admin's: { id, outputs }. */
async function markedBatch() {
  const folder = path.join(grid.folder, "bundles", "marked");
  await mkdir(folder, { recursive: true });
  await grid.hearth("pack", "/bin/echo", "--name", "echo", "--version", "1", "-o", path.join(folder, "package"));
  await writeFile(path.join(folder, "hearth.toml"), `name = ${JSON.stringify(MARKUP)}\npackage = "package"\ncommand = ["echo", ${JSON.stringify(MARKUP)}, "{n}"]\n` +
    `stdout = "<img src=x onerror=alert(1)>.txt"\n[environment]\nWORDS = ${JSON.stringify(MARKUP)}\n[sweep]\nn = ["<img src=x onerror=alert(3)>"]\n`);
  const { id } = JSON.parse(await grid.hearth("submit", folder, "--json"));
  await grid.hearth("watch", String(id));
  return id;
}

test("without an account no call that needs one answers, whatever its path names", async () => {
  for (const { method, pattern, open } of operations()) {
    if (open || pattern.startsWith("/agent/")) continue;
    const target = pattern.replace(/\{[^}]+\}/g, "1");
    const answer = await call(grid, method, target, { token: null, body: method === "GET" || method === "HEAD" ? undefined : {} });
    assert.ok([401, 403].includes(answer.status), `${method} ${target}: ${answer.status}`);
  }
});

test("what belongs to one account does not exist for another, by whatever call it is asked for", async () => {
  const id = await adasDraft();
  const own = await call(grid, "GET", `/api/v1/drafts/${id}`, { token: ada.token });
  assert.equal(own.status, 200);
  for (const { method, pattern } of operations()) {
    if (!/\/api\/v1\/drafts\/\{/.test(pattern)) continue;
    const target = pattern.replace(/\{[^}]+\}/, id).replace(/\{[^}]+\}/g, "1");
    const answer = await call(grid, method, target, { token: eve.token, body: method === "GET" || method === "HEAD" ? undefined : {} });
    assert.ok([400, 403, 404, 411, 415, 422].includes(answer.status), `${method} ${target}: ${answer.status}`);
    assert.ok(!JSON.stringify(answer.body).includes("ada"), `${method} ${target} tells of its owner`);
  }
  assert.equal((await call(grid, "GET", `/api/v1/drafts/${id}`, { token: ada.token })).status, 200, "and nothing of it was changed");
});

test("nothing of one person is seen or changed by another through any id in any path", { timeout: 300_000 }, async () => {
  await grid.hearth("key", "new");
  await grid.hearth("key", "approve", "--root-key", path.join(grid.folder, "server/keys/root.key"));
  marked = await markedBatch();
  const boss = (method, target, body) => call(grid, method, target, { body });
  const { body: results } = await boss("GET", `/api/v1/batches/${marked}/results`);
  const made = async (target, body) => {
    const answer = await boss("POST", target, body);
    assert.ok(answer.status < 300, `${target}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  await made("/api/v1/groups", { name: "lab" });
  await made(`/api/v1/batches/${marked}/shares`, { label: MARKUP });
  await made("/api/v1/tokens", { label: MARKUP });
  await made("/api/v1/invitations", { label: MARKUP, roles: ["scientist"] });
  const upload = await call(grid, "POST", "/api/v1/uploads", { headers: { "tus-resumable": "1.0.0", "upload-length": "5" } });
  const listed = async (target, name) => (await boss("GET", target)).body[name][0].id;
  const ids = {
    batch: marked, index: 0, digest: results.results[0].outputs[0].digest, draft: (await made("/api/v1/drafts", {})).id,
    upload: upload.headers.location.split("/").pop(), group: "lab", account: "admin", host: await listed("/api/v1/hosts", "hosts"),
    share: await listed(`/api/v1/batches/${marked}/shares`, "shares"), token: await listed("/api/v1/tokens", "tokens"),
    session: await listed("/api/v1/tokens", "tokens"), invitation: await listed("/api/v1/invitations", "invitations"), provider: "1",
  };
  const before = JSON.stringify([(await boss("GET", `/api/v1/batches/${marked}`)).body, (await boss("GET", "/api/v1/groups/lab")).body, (await boss("GET", "/api/v1/hosts")).body.hosts.length]);
  for (const { method, pattern } of operations()) {
    const names = [...pattern.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
    if (names.length === 0 || pattern.startsWith("/agent/")) continue;
    const target = pattern.replace(/\{(\w+)\}/g, (_, name) => { assert.ok(ids[name] !== undefined, `no id for ${name}`); return ids[name]; });
    const answer = await call(grid, method, target, { token: eve.token, body: method === "GET" || method === "HEAD" ? undefined : {} });
    assert.ok(answer.status >= 400 && answer.status < 500, `${method} ${target}: ${answer.status}`);
  }
  const after = JSON.stringify([(await boss("GET", `/api/v1/batches/${marked}`)).body, (await boss("GET", "/api/v1/groups/lab")).body, (await boss("GET", "/api/v1/hosts")).body.hosts.length]);
  assert.equal(after, before, "and nothing of it was changed");
});

test("markup in every field that is kept is shown as text, on every page that shows it", async () => {
  const boss = await openPerson(browser, grid, { token: grid.token });
  const page = await boss.newPage();
  let dialogs = 0;
  page.on("dialog", (dialog) => { dialogs += 1; dialog.dismiss(); });
  const { body: kept } = await call(grid, "POST", "/api/v1/drafts", { body: { manifest: `name = ${JSON.stringify(MARKUP)}\napplication = ${JSON.stringify(MARKUP)}\ncommand = [${JSON.stringify(MARKUP)}]\n` } });
  await call(grid, "POST", `/api/v1/drafts/${kept.id}/texts`, { body: { path: "<img src=x onerror=alert(1)>.csv", text: MARKUP } });
  await call(grid, "POST", "/api/v1/session", { token: null, headers: { "user-agent": MARKUP, "sec-fetch-site": "same-origin" }, body: { token: grid.token } });
  const { body: share } = await call(grid, "POST", `/api/v1/batches/${marked}/shares`, { body: { label: MARKUP } });
  const places = ["/", "/account", "/account/notifications", "/people", "/people/admin", "/groups", "/groups/lab", "/leaders", "/about", "/status", "/batches", `/batches?name=${encodeURIComponent("<img")}`,
    `/batches/${marked}`, `/batches/${marked}/tasks`, `/batches/${marked}/tasks/0`, share.path, "/submit", `/submit?draft=${kept.id}`, `/submit?batch=${marked}`];
  for (const place of places) {
    const answer = await page.goto(place);
    assert.equal(answer.status(), 200, place);
    if (place.startsWith("/submit")) await page.locator("#editor:not([hidden]) #problems li, #earlier li:not(.muted)").first().waitFor();
    assert.equal(await page.locator("img[src=x]").count(), 0, place);
    assert.equal(await page.locator("script:not([src])").count(), 0, place);
  }
  await page.goto(`/batches/${marked}/tasks/0`);
  assert.ok((await page.locator("main").textContent()).includes("<script>alert(2)</script>"), "what it printed is there, as text");
  assert.equal(dialogs, 0);
  noTroubles(boss);
});

test("calls of admins are refused to scientists", async () => {
  for (const target of ["/api/v1/accounts", "/api/v1/audit"]) {
    assert.equal((await call(grid, "GET", target, { token: ada.token })).status, 403, target);
  }
  assert.equal((await call(grid, "POST", "/api/v1/accounts", { token: ada.token, body: { name: "mallory", roles: ["admin"] } })).status, 403);
});

test("markup in any query or path is shown as text or not at all", async () => {
  const person = await openPerson(browser, grid, { token: ada.token });
  const page = await person.newPage();
  let dialogs = 0;
  page.on("dialog", (dialog) => { dialogs += 1; dialog.dismiss(); });
  const value = encodeURIComponent(MARKUP);
  const queries = ["next", "token", "invitation", "state", "name", "from", "after", "before", "error", "code", "q", "draft", "example", "batch"];
  const query = queries.map((name) => `${name}=${value}`).join("&");
  for (const place of ["/", "/join", "/status", "/about", "/signin", "/signup", "/account", "/groups", "/submit", "/batches", "/leaders", `/batches/${value}`, `/share/${value}`, `/${value}`]) {
    const answer = await page.goto(`${place}?${query}`);
    assert.ok(answer.status() < 500, `${place}: ${answer.status()}`);
    assert.equal(await page.locator("img[src=x]").count(), 0, place);
    assert.ok(!(await page.content()).includes("<script>alert"), place);
  }
  assert.equal(dialogs, 0);
});

test("a page never redirects to another site", async () => {
  for (const next of ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"]) {
    const person = await openPerson(browser, grid, { token: ada.token });
    const page = await person.newPage();
    await page.goto(`/signin?next=${encodeURIComponent(next)}`);
    assert.equal(new URL(page.url()).origin, grid.url, next);
    await person.close();
  }
});

test("no path leads out of what is served", async () => {
  for (const target of ["/assets/x/../../../../etc/passwd", "/assets/x/%2e%2e/%2e%2e/etc/passwd", "/assets/x/..%2f..%2fetc%2fpasswd", "/..%5c..%5cetc", "/%00", "//etc/passwd"]) {
    const answer = await call(grid, "GET", target, { token: null });
    assert.ok(answer.status >= 300 && answer.status < 500, `${target}: ${answer.status}`);
    assert.ok(!String(answer.body).includes("root:"), target);
  }
});

test("what is too large is refused with a reason, and the server goes on", async () => {
  const big = await call(grid, "POST", "/api/v1/batches", { token: ada.token, body: `{"x":"${"a".repeat(17 << 20)}"}` }).catch((error) => ({ status: error.code }));
  assert.ok([413, "EPIPE", "ECONNRESET"].includes(big.status), String(big.status));
  const long = await call(grid, "GET", `/${"a".repeat(100_000)}`, { token: null }).catch((error) => ({ status: error.code }));
  assert.ok([400, 414, 431, "ECONNRESET", "EPIPE"].includes(long.status), String(long.status));
  const headers = await call(grid, "GET", "/", { token: null, headers: { "x-long": "a".repeat(100_000) } }).catch((error) => ({ status: error.code }));
  assert.ok([400, 431, "ECONNRESET", "EPIPE", "HPE_HEADER_OVERFLOW"].includes(headers.status), String(headers.status));
  assert.equal((await call(grid, "GET", "/healthz", { token: null })).status, 200);
});

function connect() {
  const { hostname, port } = new URL(grid.url);
  return new Promise((resolve, reject) => {
    const socket = tls.connect({ host: hostname, port, rejectUnauthorized: false }, () => resolve(socket));
    socket.on("error", reject);
  });
}

test("requests that drip in byte by byte are cut off, and hold nobody else up", async () => {
  const sockets = [];
  for (let i = 0; i < 50; i += 1) {
    const socket = await connect();
    socket.closedBy = new Promise((resolve) => { socket.once("close", resolve); });
    socket.on("error", () => {});
    socket.write("GET / HTTP/1.1\r\nHost: x\r\nX: ");
    socket.drip = setInterval(() => socket.write("a"), 500);
    sockets.push(socket);
  }
  const begun = Date.now();
  assert.equal((await call(grid, "GET", "/", { token: null })).status, 200);
  assert.ok(Date.now() - begun < 5000, "others are served meanwhile");
  let timer;
  const late = new Promise((_, reject) => { timer = setTimeout(() => reject(new Error("after two minutes a dripping request was still open")), 120_000); });
  await Promise.race([Promise.all(sockets.map((socket) => socket.closedBy)), late]);
  clearTimeout(timer);
  for (const socket of sockets) clearInterval(socket.drip);
});

test("a thousand open connections that say nothing hold nobody up", async () => {
  const sockets = [];
  for (let i = 0; i < 20; i += 1) {
    sockets.push(...await Promise.all(Array.from({ length: 50 }, connect)));
  }
  for (const socket of sockets) socket.on("error", () => {});
  assert.equal(sockets.length, 1000);
  const answer = await call(grid, "GET", "/status", { token: null });
  assert.equal(answer.status, 200);
  for (const socket of sockets) socket.destroy();
});

test("a cookie that somebody planted does not become a session", async () => {
  const planted = "hses_planted-by-somebody-else-0123456789abcdef";
  const headers = { cookie: `__Host-hearth=${planted}`, "sec-fetch-site": "same-origin" };
  const refused = await call(grid, "POST", "/api/v1/session", { token: null, headers, body: { name: "ada", password: "not the password" } });
  assert.ok([401, 403, 422, 429].includes(refused.status), String(refused.status));
  assert.equal((await call(grid, "GET", "/api/v1/me", { token: null, headers })).status, 401);
});

test("wapiti finds nothing of high severity", { timeout: 400_000 }, async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), "hearth-wapiti-"));
  try {
    const report = path.join(folder, "report.json");
    execFileSync("wapiti", ["-u", `${grid.url}/`, "--scope", "domain", "--verify-ssl", "0", "--flush-session", "--store-session", folder, "--depth", "4",
      "--max-scan-time", "150", "--max-attack-time", "25", "-m", "xss,permanentxss,sql,file,exec,crlf,redirect,csp,cookieflags,http_headers,ssrf",
      "-H", `Authorization: Bearer ${ada.token}`, "-f", "json", "-o", report], { stdio: "pipe", timeout: 380_000, env: { ...process.env, HOME: folder } });
    const { vulnerabilities } = JSON.parse(readFileSync(report));
    const high = Object.values(vulnerabilities).flat().filter((found) => found.level >= 2);
    assert.deepEqual(high.map((found) => `${found.method} ${found.path} ${found.info}`), []);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
