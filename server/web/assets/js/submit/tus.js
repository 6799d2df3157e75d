// SPDX-License-Identifier: GPL-3.0-or-later
// One file by the tus protocol (1.0.0), in pieces, so that a broken connection costs a piece at most.
import { Problem } from "../api.js";

const PIECE = 16 * 1024 * 1024;
const TRIES = 6;
const VERSION = { "tus-resumable": "1.0.0" };

const base64 = (text) => btoa(String.fromCharCode(...new TextEncoder().encode(text)));
const wait = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

function send(method, url, headers, body, onProgress, signal) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(method, url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => onProgress?.(event.loaded);
    request.onload = () => resolve(request);
    request.onerror = () => reject(new Problem(0, { detail: "The connection broke.", hint: "The upload goes on by itself." }));
    request.onabort = () => reject(new DOMException("stopped", "AbortError"));
    signal?.addEventListener("abort", () => request.abort(), { once: true });
    request.send(body);
  });
}

function problemOf(request) {
  try { return new Problem(request.status, JSON.parse(request.responseText)); } catch { return new Problem(request.status); }
}

async function create(file, draft, path) {
  const metadata = [["draft", draft], ["path", path]].map(([key, value]) => `${key} ${base64(value)}`).join(",");
  const made = await send("POST", "/api/v1/uploads", { ...VERSION, "upload-length": String(file.size), "upload-metadata": metadata });
  if (made.status !== 201) throw problemOf(made);
  return { url: made.getResponseHeader("location"), digest: made.getResponseHeader("hearth-digest"), offset: 0 };
}

async function offsetOf(url) {
  const state = await send("HEAD", url, VERSION);
  return state.status === 200 ? Number(state.getResponseHeader("upload-offset")) : null;
}

/**
 * Uploads a file into a draft and resolves to its SHA-256. `known`, an unfinished upload of the draft ({id, size,
 * offset}), is gone on with. A connection that breaks is tried again; what the server refuses is thrown as a Problem.
 */
export async function upload(file, draft, path, { known, onProgress, signal } = {}) {
  let { url, offset, digest } = known ? { url: `/api/v1/uploads/${known.id}`, offset: known.offset } : await create(file, draft, path);
  if (digest) return digest;  // an empty file is complete at once
  for (let tries = 0; ;) {
    onProgress?.(offset);
    const piece = file.slice(offset, offset + PIECE);
    try {
      const answer = await send("PATCH", url, { ...VERSION, "upload-offset": String(offset), "content-type": "application/offset+octet-stream" },
        piece, (sent) => onProgress?.(offset + sent), signal);
      if (answer.status === 204) {
        tries = 0;
        offset = Number(answer.getResponseHeader("upload-offset"));
        digest = answer.getResponseHeader("hearth-digest");
        if (digest) return digest;
        continue;
      }
      if (answer.status !== 409 && answer.status < 500) throw problemOf(answer);
      if (tries >= TRIES) throw problemOf(answer);
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 0 || tries >= TRIES) throw error;
    }
    tries += 1;
    await wait(500 * 2 ** tries);
    const here = await offsetOf(url).catch(() => null);
    if (here !== null) offset = here;
  }
}
