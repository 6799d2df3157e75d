// SPDX-License-Identifier: GPL-3.0-or-later
// Calls of the JSON API, by the session that the browser holds.

/** What the server says when it refuses: what went wrong, what to do next, and which field it is about. */
export class Problem extends Error {
  constructor(status, document = {}) {
    super(document.detail || document.title || `The server answered with ${status}.`);
    this.status = status;
    this.type = document.type || "";
    this.hint = document.hint || "";
    this.member = document.member || "";
    this.document = document;
  }
}

async function problemOf(response) {
  try {
    return new Problem(response.status, await response.json());
  } catch {
    return new Problem(response.status, { hint: "Try again; if it stays so, tell the project's admin." });
  }
}

/**
 * Calls the API and returns its JSON (null where there is none). Throws a Problem.
 * `options.headers` are added; a `body` that is not a string or bytes is sent as JSON.
 */
export async function call(method, path, body, options = {}) {
  const headers = { accept: "application/json", ...options.headers };
  let payload = body;
  if (body !== undefined && typeof body !== "string" && !(body instanceof Blob) && !(body instanceof ArrayBuffer)) {
    payload = JSON.stringify(body);
    headers["content-type"] = "application/json";
  }
  let response;
  try {
    response = await fetch(path, { method, headers, body: payload, signal: options.signal, credentials: "same-origin" });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(0, { detail: "The server does not answer.", hint: "Check your connection; what you typed is kept here." });
  }
  if (!response.ok) throw await problemOf(response);
  if (response.status === 204) return null;
  const text = await response.text();
  return text ? JSON.parse(text) : null;
}

/** A key that lets a call that creates something be repeated without creating it twice. */
export function idempotencyKey() {
  return crypto.randomUUID();
}
