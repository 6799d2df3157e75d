// SPDX-License-Identifier: GPL-3.0-or-later
// Signing in by another party, a real OpenID provider on loopback.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import http from "node:http";
import os from "node:os";
import path from "node:path";
import Provider from "oidc-provider";
import { call, noTroubles, openBrowser, openPerson, shoot, startGrid } from "./harness.mjs";

const SECRET = "a secret with: colons, spaces & signs%";
let grid;
let browser;
let folder;
const server = http.createServer();

function keys() {
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ format: "jwk" });
  const ec = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ format: "jwk" });
  return { keys: [{ ...rsa, use: "sig", kid: "rsa" }, { ...ec, use: "sig", kid: "ec" }] };
}

function client(id, algorithm) {
  return {
    client_id: id, client_secret: SECRET, redirect_uris: [`${grid.url}/signin/oidc/${id}/callback`],
    grant_types: ["authorization_code"], response_types: ["code"], id_token_signed_response_alg: algorithm,
  };
}

before(async () => {
  await new Promise((resolve) => { server.listen(0, "127.0.0.1", resolve); });
  const issuer = `http://127.0.0.1:${server.address().port}`;
  folder = await mkdtemp(path.join(os.tmpdir(), "hearth-oidc-"));
  await writeFile(path.join(folder, "secret"), `${SECRET}\n`, { mode: 0o600 });
  const party = (id, name) => `\n[[oidc]]\nid = "${id}"\nname = "${name}"\nissuer = "${issuer}"\nclient_id = "${id}"\nsecret_file = "${path.join(folder, "secret")}"\n`;
  grid = await startGrid({ settings: `\n[accounts]\nsignup = "open"\n${party("rs", "University of Example")}${party("es", "Example Laboratory")}` });
  const provider = new Provider(issuer, {
    clients: [client("rs", "RS256"), client("es", "ES256")],
    jwks: keys(),
    pkce: { required: () => true, methods: ["S256"] },
    claims: { openid: ["sub"], profile: ["preferred_username"] },
    cookies: { keys: ["for tests"] },
    findAccount: async (context, id) => ({ accountId: id, claims: async () => ({ sub: id, preferred_username: `${id} Lovelace` }) }),
  });
  server.on("request", provider.callback());
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await grid?.end();
  server.closeAllConnections();
  server.close();
  if (folder) await rm(folder, { recursive: true });
});

/** At the other party: any name and password do there. */
async function signInThere(page, name) {
  await page.waitForURL(/127\.0\.0\.1:\d+\/interaction\//);
  await page.locator("input[name=login]").fill(name);
  await page.locator("input[name=password]").fill("x");
  await page.locator("button[type=submit]").click();
  await page.getByRole("button", { name: "Continue" }).click();
}

async function nameHere(page) {
  return page.evaluate(async () => (await (await fetch("/api/v1/me")).json()).name);
}

for (const [id, name] of [["rs", "University of Example"], ["es", "Example Laboratory"]]) {
  test(`who comes by ${name} for the first time gets an account, and is known the next time`, async () => {
    const person = await openPerson(browser, grid);
    const page = await person.newPage();
    await page.goto("/signin?next=/account");
    if (id === "rs") await shoot(page, "signin-oidc");
    await page.getByRole("link", { name: `Sign in with ${name}` }).click();
    await signInThere(page, `${id}-ada`);
    await page.waitForURL(`${grid.url}/account`);
    assert.equal(await nameHere(page), `${id}-adalovelace`);
    await page.locator("#identities", { hasText: `${id}-ada Lovelace` }).waitFor();
    noTroubles(person);

    const again = await openPerson(browser, grid);
    const other = await again.newPage();
    await other.goto("/signin");
    await other.getByRole("link", { name: `Sign in with ${name}` }).click();
    await signInThere(other, `${id}-ada`);
    await other.waitForURL(`${grid.url}/`);
    assert.equal(await nameHere(other), `${id}-adalovelace`);
  });
}

test("an account here is linked from its page, signs in by it, and is unlinked; not when nothing else is left", async () => {
  const person = await openPerson(browser, grid);
  const page = await person.newPage();
  await page.goto("/signup");
  await page.getByLabel("Name", { exact: true }).fill("grace");
  await page.getByLabel("Password", { exact: true }).fill("correct horse battery");
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => url.pathname === "/account");
  await page.getByRole("button", { name: "Link University of Example" }).click();
  await signInThere(page, "hopper");
  await page.waitForURL(`${grid.url}/account#identities`);
  await page.locator("#identities", { hasText: "hopper Lovelace" }).waitFor();
  await shoot(page, "account-linked");

  const again = await openPerson(browser, grid);
  const other = await again.newPage();
  await other.goto("/signin");
  await other.getByRole("link", { name: "Sign in with University of Example" }).click();
  await signInThere(other, "hopper");
  await other.waitForURL(`${grid.url}/`);
  assert.equal(await nameHere(other), "grace");

  await page.getByRole("button", { name: "Unlink" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Unlink it" }).click();
  await page.locator("#identities li").waitFor({ state: "detached" });
});

test("who set up two-step sign-in is asked for the code whoever signs them in", async () => {
  const person = await openPerson(browser, grid);
  const page = await person.newPage();
  await page.goto("/signin");
  await page.getByRole("link", { name: "Sign in with University of Example" }).click();
  await signInThere(page, "emmy");
  await page.waitForURL(`${grid.url}/`);
  await page.goto("/account");
  await page.getByRole("button", { name: "Set it up" }).click();
  await page.locator("#two-step-setup").waitFor();
  const secret = (await page.locator("#two-step-secret").textContent()).replaceAll(" ", "");
  const codeOf = () => execFileSync("oathtool", ["--totp", "--base32", secret], { encoding: "utf8" }).trim();
  await page.getByLabel("The code that it shows now").fill(codeOf());
  await page.keyboard.press("Enter");
  await page.locator("#recovery-list").waitFor();
  const [recovery] = (await page.locator("#recovery-list").textContent()).split("\n");

  const again = await openPerson(browser, grid);
  const other = await again.newPage();
  await other.goto("/signin?next=/groups");
  await other.getByRole("link", { name: "Sign in with University of Example" }).click();
  await signInThere(other, "emmy");
  await other.getByRole("heading", { name: "One more step" }).waitFor();
  await shoot(other, "signin-oidc-code");
  await other.getByLabel("Code of your authenticator").fill("000000");
  await other.keyboard.press("Enter");
  await other.getByRole("alert").waitFor();
  assert.match(await other.getByRole("alert").textContent(), /not right/);
  await other.getByLabel("Code of your authenticator").fill(recovery);
  await other.keyboard.press("Enter");
  await other.waitForURL(`${grid.url}/groups`);
  assert.equal(await nameHere(other), "emmylovelace");
  noTroubles(again);
});

test("an answer that this browser did not ask for signs nobody in", async () => {
  const victim = await openPerson(browser, grid);
  const page = await victim.newPage();
  for (const query of ["code=x&state=y", "code=x", "", "state=&code=x"]) {
    const answer = await page.goto(`/signin/oidc/rs/callback?${query}`);
    assert.equal(answer.status(), 403, query);
    assert.match(await page.locator("h1").textContent(), /no sign-in that was begun in this browser/);
  }
  // An attacker's own answer, carried into another browser.
  const begun = await call(grid, "GET", "/signin/oidc/rs", { token: "" });
  assert.equal(begun.status, 303);
  assert.match(String(begun.headers["set-cookie"]), /__Host-hearth-oidc=.*HttpOnly; SameSite=Lax/);
  const asked = new URL(begun.headers.location).searchParams;
  assert.equal(asked.get("code_challenge_method"), "S256");
  const carried = await page.goto(`/signin/oidc/rs/callback?code=x&state=${asked.get("state")}`);
  assert.equal(carried.status(), 403);
  // In the browser that asked, a made-up code is refused by the party.
  const cookie = String(begun.headers["set-cookie"]).split(";")[0];
  const forged = await call(grid, "GET", `/signin/oidc/rs/callback?code=x&state=${asked.get("state")}`, { token: "", headers: { cookie } });
  assert.equal(forged.status, 503);
  assert.ok(!forged.headers["set-cookie"]);
  const replayed = await call(grid, "GET", `/signin/oidc/rs/callback?code=x&state=${asked.get("state")}`, { token: "", headers: { cookie } });
  assert.equal(replayed.status, 403);
  assert.equal((await call(grid, "GET", "/signin/oidc/nobody", { token: "" })).status, 404);
});
