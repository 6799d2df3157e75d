// SPDX-License-Identifier: GPL-3.0-or-later
// Signing up, in and out, two-step sign-in, tokens, groups: by keyboard, in a real browser.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { axe, beyondTab, call, noTroubles, openBrowser, openPerson, shoot, startGrid, tabStops } from "./harness.mjs";

const PASSWORD = "correct horse battery";
let grid;
let browser;
before(async () => {
  grid = await startGrid({ settings: '\n[accounts]\nsignup = "invitation"\n' });
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await grid?.end();
});

/** The code that an authenticator shows now; `after`: a later one than this. */
function codeOf(secret) {
  return execFileSync("oathtool", ["--totp", "--base32", secret], { encoding: "utf8" }).trim();
}

async function newCode(secret, former) {
  for (;;) {
    const code = codeOf(secret);
    if (code !== former) return code;
    await new Promise((resolve) => { setTimeout(resolve, 500); });
  }
}

async function invite(roles = ["scientist", "volunteer"], uses = 1) {
  const made = await call(grid, "POST", "/api/v1/invitations", { body: { roles, uses, label: "test" } });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  return made.body.link;
}

/** Types into the field that has this label, as a person does. */
async function type(page, label, text) {
  await page.getByLabel(label, { exact: true }).fill(text);
}

async function signUp(name, roles) {
  const person = await openPerson(browser, grid);
  const page = await person.newPage();
  await page.goto(await invite(roles));
  await type(page, "Name", name);
  await type(page, "Password", PASSWORD);
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => url.pathname === "/account");
  return { person, page };
}

async function signIn(page, name, password = PASSWORD) {
  await type(page, "Name", name);
  await type(page, "Password", password);
  await page.keyboard.press("Enter");
}

test("who is invited makes an account by the keyboard alone, and is signed in", async () => {
  const person = await openPerson(browser, grid);
  const page = await person.newPage();
  await page.goto("/signup");
  assert.match(await page.locator("main").textContent(), /needs an invitation/);
  await shoot(page, "signup-uninvited");
  await page.goto(await invite());
  await shoot(page, "signup");
  await page.getByLabel("Name", { exact: true }).focus();
  await page.keyboard.type("ada");
  await page.keyboard.press("Tab");
  await page.keyboard.type("short");
  await page.keyboard.press("Enter");
  assert.equal(new URL(page.url()).pathname, "/signup", "the browser itself refuses a short password");
  await page.keyboard.press("Control+A");
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => url.pathname === "/account");
  assert.match(await page.locator("main").textContent(), /ada, since/);
  await shoot(page, "account");
  noTroubles(person);
});

test("a name that is taken is told in place, and what was typed stays", async () => {
  const person = await openPerson(browser, grid);
  const page = await person.newPage();
  await page.goto(await invite());
  await type(page, "Name", "ada");
  await type(page, "Password", PASSWORD);
  await page.keyboard.press("Enter");
  await page.getByRole("alert").waitFor();
  assert.match(await page.getByRole("alert").textContent(), /already/);
  const name = page.getByLabel("Name", { exact: true });
  assert.equal(await name.inputValue(), "ada");
  assert.equal(await name.getAttribute("aria-invalid"), "true");
  assert.equal(await name.getAttribute("aria-describedby"), "name-hint name-wrong", "its hint stays");
  assert.ok(await name.evaluate((field) => field === document.activeElement), "one types on where it is wrong");
  assert.match(await page.locator("#name-wrong").textContent(), /^There is an account 'ada' already\. Choose another name\.$/);
  await shoot(page, "signup-taken");
  await type(page, "Name", "grace");
  await type(page, "Password", "grace hopper's own");
  await page.keyboard.press("Enter");
  await page.getByText("Holds the name of the account").waitFor();
  assert.equal(await name.getAttribute("aria-invalid"), null, "what was wrong before is wrong no more");
  assert.equal(await page.getByLabel("Password", { exact: true }).getAttribute("aria-invalid"), "true");
});

test("signing in goes on to where one wanted to go, and nowhere else", async () => {
  const person = await openPerson(browser, grid);
  const page = await person.newPage();
  await page.goto("/account");
  assert.equal(new URL(page.url()).pathname, "/signin");
  await shoot(page, "signin");
  await signIn(page, "ada", "not the password");
  await page.getByRole("alert").waitFor();
  assert.match(await page.getByRole("alert").textContent(), /not right/);
  await shoot(page, "signin-wrong");
  await signIn(page, "ada");
  await page.waitForURL((url) => url.pathname === "/account");
  await page.getByRole("button", { name: "Sign out", exact: true }).click();
  await page.getByRole("banner").getByRole("link", { name: "Sign in" }).waitFor();
  for (const evil of ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"]) {
    await page.goto(`/signin?next=${encodeURIComponent(evil)}`);
    assert.equal(await page.locator("#signin").getAttribute("data-next"), "/");
  }
});

test("two-step sign-in: set up, asked for, and a recovery code for who lost the authenticator", async () => {
  const { person, page } = await signUp("grace");
  await page.getByRole("button", { name: "Set it up" }).click();
  await page.locator("#two-step-setup").waitFor();
  const secret = (await page.locator("#two-step-secret").textContent()).replaceAll(" ", "");
  assert.match(await page.getByRole("link", { name: "Open it there" }).getAttribute("href"), /^otpauth:\/\/totp\//);
  await page.evaluate(() => { document.getElementById("two-step-secret").textContent = "AAAA BBBB CCCC DDDD EEEE FFFF GGGG HHHH"; });
  await shoot(page, "account-two-step");
  const seen = path.join(os.tmpdir(), `hearth-qr-${process.pid}.png`);
  await page.locator("#two-step-qr").screenshot({ path: seen });
  const read = execFileSync("zbarimg", ["--quiet", "--raw", seen], { encoding: "utf8" }).trim();
  await fs.rm(seen);
  assert.equal(read, await page.locator("#two-step-link").getAttribute("href"), "a camera reads what the link says");
  assert.ok(read.includes(`secret=${secret}`));
  const first = codeOf(secret);
  await type(page, "The code that it shows now", first);
  await page.keyboard.press("Enter");
  await page.locator("#recovery-list").waitFor();
  const recovery = (await page.locator("#recovery-list").textContent()).split("\n");
  assert.equal(recovery.length, 10);
  await axe(page);
  await page.getByRole("link", { name: "I have kept them" }).click();
  await page.getByText("10 recovery codes are left").waitFor();
  noTroubles(person);

  const phone = await openPerson(browser, grid);
  const other = await phone.newPage();
  await other.goto("/signin?next=/account");
  await signIn(other, "grace");
  await other.getByLabel("Code of your authenticator").waitFor();
  await shoot(other, "signin-code");
  await type(other, "Code of your authenticator", "000000");
  await other.keyboard.press("Enter");
  await other.getByRole("alert").waitFor();
  await type(other, "Code of your authenticator", await newCode(secret, first));
  await other.keyboard.press("Enter");
  await other.waitForURL((url) => url.pathname === "/account");

  const lost = await openPerson(browser, grid);
  const third = await lost.newPage();
  await third.goto("/signin?next=/account");
  await signIn(third, "grace");
  await third.getByLabel("Code of your authenticator").waitFor();
  await type(third, "Code of your authenticator", recovery[3].toUpperCase().replaceAll("-", " "));
  await third.keyboard.press("Enter");
  await third.waitForURL((url) => url.pathname === "/account");
  assert.match(await third.locator("#two-step").textContent(), /9 recovery codes are left/);
});

test("sessions are seen and ended; signing out everywhere asks first", async () => {
  const { page } = await signUp("emmy");
  const elsewhere = await openPerson(browser, grid);
  const other = await elsewhere.newPage();
  await other.goto("/signin?next=/account");
  await signIn(other, "emmy");
  await other.waitForURL((url) => url.pathname === "/account");
  await page.reload();
  assert.equal(await page.locator("#sessions tbody tr").count(), 2);
  await page.locator("#sessions tbody tr", { hasNotText: "this one" }).getByRole("button").click();
  await page.locator("#sessions tbody tr").nth(1).waitFor({ state: "detached" });
  await other.goto("/account");
  assert.equal(new URL(other.url()).pathname, "/signin");
  await page.getByRole("button", { name: "Sign out everywhere" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Keep it as it is" }).click();
  await page.getByRole("button", { name: "Sign out everywhere" }).click();
  await axe(page);
  await page.getByRole("dialog").getByRole("button", { name: "Sign out everywhere" }).click();
  await page.waitForURL((url) => url.pathname === "/signin");
});

test("a token is shown once, reaches as far as it says, and is ended", async () => {
  const { page } = await signUp("mary");
  await type(page, "Name of a new one", "laptop");
  await page.getByLabel("It may").selectOption("read");
  await page.getByRole("button", { name: "Make a token" }).click();
  await page.locator("#made-token").waitFor();
  const token = await page.locator("#token-text").textContent();
  assert.match(token, /^hacc_/);
  await axe(page);
  assert.equal((await call(grid, "GET", "/api/v1/me", { token })).body.name, "mary");
  const refused = await call(grid, "POST", "/api/v1/groups", { token, body: { name: "marys" } });
  assert.equal(refused.status, 403);
  assert.match(refused.body.detail, /scope 'read'/);
  await page.getByRole("link", { name: "I have it" }).click();
  await page.locator("#tokens td", { hasText: "laptop" }).waitFor();
  assert.doesNotMatch(await page.content(), /hacc_\w{20}/);
  await page.getByRole("button", { name: "End it: token laptop" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "End it" }).click();
  await page.locator("#tokens td", { hasText: "laptop" }).waitFor({ state: "detached" });
  assert.equal((await call(grid, "GET", "/api/v1/me", { token })).status, 401);
});

test("an admin invites people and sends a link to set a password, which works once", async () => {
  const boss = await openPerson(browser, grid, { token: grid.token });
  const page = await boss.newPage();
  await page.goto("/people");
  await shoot(page, "people");
  await type(page, "Whom for", "the <b>lab</b>");
  await page.getByRole("button", { name: "Make an invitation" }).click();
  await page.locator("#made-link").waitFor();
  assert.match(await page.locator("#link-text").textContent(), /\/signup\?invitation=hinv_/);
  await page.getByRole("link", { name: "Done" }).click();
  await page.locator("td", { hasText: "the <b>lab</b>" }).waitFor();
  await shoot(page, "people-invited");
  await type(page, "Name", "mary");
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => url.pathname === "/people/mary");
  await shoot(page, "person");
  await page.getByRole("button", { name: "Make a link" }).click();
  await page.locator("#reset-made").waitFor();
  const link = await page.locator("#reset-text").textContent();
  noTroubles(boss);

  const person = await openPerson(browser, grid);
  const other = await person.newPage();
  await other.goto(link);
  await shoot(other, "password");
  await type(other, "New password", "quite another password");
  await other.keyboard.press("Enter");
  await other.waitForURL((url) => url.pathname === "/signin");
  await signIn(other, "mary", "quite another password");
  await other.waitForURL((url) => url.pathname === "/");
  const again = await openPerson(browser, grid);
  const third = await again.newPage();
  await third.goto(link);
  await type(third, "New password", "and another password");
  await third.keyboard.press("Enter");
  await third.getByRole("alert").waitFor();
});

test("an admin sets what a person may do and have; a wrong figure is told at its field", async () => {
  const boss = await openPerson(browser, grid, { token: grid.token });
  const page = await boss.newPage();
  await page.goto("/people/mary");
  await page.getByLabel(/look after everybody's batches/).check();
  await Promise.all([page.waitForNavigation(), page.getByRole("button", { name: "Keep these roles" }).click()]);
  assert.ok(await page.getByLabel(/look after everybody's batches/).isChecked());
  await type(page, "Running tasks", "7");
  await type(page, "Stored data, GiB", "1.5");
  await Promise.all([page.waitForNavigation(), page.getByRole("button", { name: "Keep this quota" }).click()]);
  await page.getByText("It was set for this account").waitFor();
  const { body } = await call(grid, "GET", "/api/v1/accounts/mary/quota");
  assert.deepEqual(body.quota, { attempts: 7, batches: 0, bytes: 1.5 * 1024 ** 3 });
  await type(page, "Running tasks", "99999999999999999999999");
  await page.getByRole("button", { name: "Keep this quota" }).click();
  await page.locator("#attempts-wrong").waitFor();
  assert.equal(await page.getByLabel("Running tasks").getAttribute("aria-invalid"), "true");
  await shoot(page, "person-wrong");
  await page.goto("/people/admin");
  await page.getByLabel(/do everything/).uncheck();
  await page.getByRole("button", { name: "Keep these roles" }).click();
  await page.getByText("Nobody takes the role admin from themselves").waitFor();
  await page.goto("/people?name=nobody");
  assert.match(await page.locator("main").textContent(), /There is no account 'nobody'/);
  const other = await openPerson(browser, grid);
  const theirs = await other.newPage();
  await theirs.goto("/signin?next=/people");
  await signIn(theirs, "ada");
  await theirs.getByText("Your account may not see this page").waitFor();
  noTroubles(boss);
});

test("a group is made, given rules, members and machines, and left again", async () => {
  const { person, page } = await signUp("rosa");
  await page.goto("/groups");
  await shoot(page, "groups-none");
  await type(page, "Name", "lab");
  await page.getByRole("button", { name: "Make it" }).click();
  await page.waitForURL((url) => url.pathname === "/groups/lab");
  await page.getByLabel("Add a person by the name of their account").fill("nobody.here");
  await page.keyboard.press("Enter");
  await page.getByRole("alert").waitFor();
  await page.getByLabel("Add a person by the name of their account").fill("ada");
  await page.keyboard.press("Enter");
  await page.locator("li", { hasText: "ada" }).waitFor();
  await page.getByLabel("Everybody's batches, after those of members").check();
  const shownAgain = page.waitForEvent("load");
  await page.getByRole("button", { name: "Keep these rules" }).click();
  await shownAgain;
  assert.equal(await page.getByLabel("Everybody's batches, after those of members").isChecked(), true);
  await page.getByRole("button", { name: "Make a link" }).click();
  await page.locator("#join-made").waitFor();
  assert.match(await page.locator("#join-text").textContent(), /hearth-agent join 'hearth:\/\/join/);
  await shoot(page, "group");
  await page.goto("/groups");
  await shoot(page, "groups");
  noTroubles(person);

  const stranger = await openPerson(browser, grid);
  const other = await stranger.newPage();
  await other.goto("/signin?next=/groups/lab");
  await signIn(other, "mary", "quite another password");
  await other.waitForURL((url) => url.pathname === "/groups/lab");
  assert.match(await other.locator("h1").textContent(), /no group 'lab'/);
});

test("every control of the account is reached by the Tab key", async () => {
  const { page } = await signUp("tabitha");
  const stops = await tabStops(page);
  for (const control of ["Present password", "New password", "Change it", "Set it up", "Sign out everywhere", "Name of a new one", "It may", "Make a token"]) {
    assert.ok(stops.some((stop) => stop.includes(control)), `${control} in ${stops.join(" | ")}`);
  }
});

test("whatever can be clicked is reached by the Tab key, on every page of one's own and of an admin", async () => {
  const boss = await openPerson(browser, grid, { token: grid.token });
  const page = await boss.newPage();
  await call(grid, "POST", "/api/v1/groups", { body: { name: "bench" } });
  for (const place of ["/", "/join", "/about", "/leaders", "/status", "/people", "/people/mary", "/groups", "/groups/bench", "/account", "/account/notifications", "/batches", "/submit"]) {
    await page.goto(place, { waitUntil: "networkidle" });
    assert.deepEqual(await beyondTab(page), [], place);
  }
  noTroubles(boss);
});

test("an account is deleted by who types its name and password, and is gone", async () => {
  const { page } = await signUp("leaver");
  await page.locator("#delete summary").click();
  await type(page, "The name of your account", "leaver");
  await type(page, "Your password", PASSWORD);
  await page.getByRole("button", { name: "Delete my account for good" }).click();
  await page.waitForURL((url) => url.pathname === "/");
  await page.goto("/signin");
  await signIn(page, "leaver");
  await page.getByRole("alert").waitFor();
});
