// SPDX-License-Identifier: GPL-3.0-or-later
// web_page.mjs URL TOKEN PATH TIMES: opens a page in Chromium so often, each time as a new visitor, and prints the first contentful paints in
// milliseconds and the bytes that came over the wire for one of them, as JSON.
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import path from "node:path";

const web = path.join(path.dirname(fileURLToPath(import.meta.url)), "../web/");
const { chromium } = createRequire(web)("playwright-core");
const [url, token, target, times] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-proxy-server"] });
const paints = [];
let wire = 0;
for (let i = 0; i < Number(times); i += 1) {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, baseURL: url });
  await context.addCookies([{ name: "__Host-hearth", value: token, url, httpOnly: true, secure: true, sameSite: "Lax" }]);
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send("Network.enable");
  wire = 0;
  session.on("Network.loadingFinished", (event) => { wire += event.encodedDataLength; });
  await page.goto(target, { waitUntil: "load" });
  paints.push(await page.evaluate(() => new Promise((resolve) => {
    const done = () => performance.getEntriesByName("first-contentful-paint")[0];
    const look = () => (done() ? resolve(done().startTime) : setTimeout(look, 20));
    look();
  })));
  await context.close();
}
await browser.close();
console.log(JSON.stringify({ paints, wire }));
