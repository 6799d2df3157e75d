// SPDX-License-Identifier: GPL-3.0-or-later
// The unmodified tus-js-client from npm against our uploads: a foreign implementation is the judge.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { open } from "node:fs/promises";
import { createReadStream } from "node:fs";
import path from "node:path";
import * as tus from "tus-js-client";
import { call, newAccount, startGrid } from "./harness.mjs";

process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0";  // the server of the test has a certificate of its own

let grid;
let ada;
before(async () => {
  grid = await startGrid();
  ada = await newAccount(grid, "ada");
});
after(() => grid?.end());

const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

function upload(file, options) {
  return new Promise((resolve, reject) => {
    const made = new tus.Upload(file, {
      endpoint: `${grid.url}/api/v1/uploads`,
      headers: { authorization: `Bearer ${ada.token}` },
      retryDelays: [200, 500, 1000, 2000, 4000, 8000],
      onError: reject,
      onSuccess: () => resolve(made),
      ...options,
    });
    made.start();
  });
}

async function newDraft() {
  return (await call(grid, "POST", "/api/v1/drafts", { token: ada.token, body: {} })).body.id;
}
const draftOf = async (id) => (await call(grid, "GET", `/api/v1/drafts/${id}`, { token: ada.token })).body;

test("a file that it sends becomes a file of the draft, with the digest of what was sent", async () => {
  const draft = await newDraft();
  const bytes = randomBytes(3_000_001);
  await upload(bytes, { chunkSize: 1_000_000, metadata: { draft, path: "in/日本 data.bin" } });
  const [file] = (await draftOf(draft)).list;
  assert.equal(file.path, "in/日本 data.bin");
  assert.equal(file.size, bytes.length);
  assert.equal(file.digest, sha256(bytes));
});

test("it may send data with the creation, an empty file, and end an upload", async () => {
  const draft = await newDraft();
  await upload(Buffer.from("hello"), { uploadDataDuringCreation: true, metadata: { draft, path: "hello" } });
  await upload(Buffer.alloc(0), { metadata: { draft, path: "empty" } });
  assert.deepEqual((await draftOf(draft)).list.map((file) => file.path), ["empty", "hello"]);
  const made = await upload(Buffer.from("bye"), { metadata: { draft, path: "bye" } });
  await tus.Upload.terminate(made.url, { headers: { authorization: `Bearer ${ada.token}` } });
  const gone = await call(grid, "HEAD", new URL(made.url).pathname, { token: ada.token, headers: { "tus-resumable": "1.0.0" } });
  assert.equal(gone.status, 404);
});

test("an upload that is cut at 99 percent by the end of the server goes on after its restart", async () => {
  const draft = await newDraft();
  const size = 20_000_000;
  const bytes = randomBytes(size);
  let isKilled = false;
  const done = new Promise((resolve, reject) => {
    const made = new tus.Upload(bytes, {
      endpoint: `${grid.url}/api/v1/uploads`,
      headers: { authorization: `Bearer ${ada.token}` },
      chunkSize: 99_000,
      retryDelays: [200, 500, 1000, 2000, 4000, 8000],
      metadata: { draft, path: "large.bin" },
      onError: reject,
      onSuccess: resolve,
      onChunkComplete: async (chunk, sent) => {
        if (isKilled || sent < 0.99 * size) return;
        isKilled = true;
        await grid.order({ do: "kill", name: "server" });
        await grid.order({ do: "server" });
      },
    });
    made.start();
  });
  await done;
  assert.ok(isKilled);
  const [kept] = (await draftOf(draft)).list;
  assert.equal(kept.digest, sha256(bytes));
});

test("a large upload is streamed: the server's memory does not grow with it", async () => {
  const draft = await newDraft();
  const size = Number(process.env.HEARTH_UPLOAD_BYTES || 256 * 1024 * 1024);
  const file = path.join(grid.folder, "huge.bin");
  const handle = await open(file, "w");
  await handle.truncate(size);
  await handle.close();
  const before = await grid.order({ do: "memory", name: "server" });
  const began = performance.now();
  await upload(createReadStream(file), { uploadSize: size, chunkSize: 32 * 1024 * 1024, metadata: { draft, path: "huge.bin" } });
  const seconds = (performance.now() - began) / 1000;
  const after = await grid.order({ do: "memory", name: "server" });
  const grown = after.peakBytes - before.peakBytes;
  console.log(`${size} bytes in ${seconds.toFixed(1)} s: ${(size / seconds / 1e6).toFixed(0)} MB/s; peak memory ${(after.peakBytes / 1048576).toFixed(0)} MiB, grown by ${(grown / 1048576).toFixed(1)} MiB`);
  assert.ok(after.peakBytes < 64 * 1024 * 1024 || grown < 16 * 1024 * 1024, `peak ${after.peakBytes}, grown ${grown}`);
});
