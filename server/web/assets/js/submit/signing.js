// SPDX-License-Identifier: GPL-3.0-or-later
// The account's signing key, held by this browser: an Ed25519 key that never leaves it, since it cannot be exported.
// A volunteer's agent runs native code of a scientist only if such a key signed it and the project approved the key.
import { call } from "../api.js";

const hex = (buffer) => [...new Uint8Array(buffer)].map((byte) => byte.toString(16).padStart(2, "0")).join("");

function asPromise(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

async function openStore() {
  const opening = indexedDB.open("hearth", 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore("keys");
  return asPromise(opening);
}

async function inStore(mode, use) {
  const store = await openStore();
  try {
    return await asPromise(use(store.transaction("keys", mode).objectStore("keys")));
  } finally {
    store.close();
  }
}

/** The SHA-256 of some bytes or a text, in hexadecimal. */
export async function sha256(content) {
  return hex(await crypto.subtle.digest("SHA-256", typeof content === "string" ? new TextEncoder().encode(content) : content));
}

/** The approvals that lead from the project's root key to this one, root first; null if none do. */
export function chainTo(keys, key, now = Date.now()) {
  const climb = (at, isLeaf, depth) => {
    if (at === keys.rootKey) return [];
    if (depth === 0) return null;
    const candidates = keys.approvals.filter((one) => one.key === at && (isLeaf || one.role === "release") && Date.parse(one.expires) > now);
    for (const approval of candidates) {
      const rest = climb(approval.signer, false, depth - 1);
      if (rest) return [...rest, approval];
    }
    return null;
  };
  return climb(key, true, 8);
}

export class Signing {
  constructor(account, rootKey) {
    this.account = account;
    this.rootKey = rootKey;
  }

  static get isPossible() { return Boolean(globalThis.crypto?.subtle && globalThis.indexedDB); }

  /** {state: "none" | "waiting" | "approved", publicKey, chain} */
  async look() {
    this.pair ??= await inStore("readonly", (keys) => keys.get(this.account));
    if (!this.pair) return { state: "none" };
    const keys = await call("GET", "/api/v1/keys");
    if (keys.rootKey !== this.rootKey) throw new Error("The project's root key changed while this page was open: load it again.");
    const chain = chainTo(keys, this.pair.text);
    return { state: chain ? "approved" : "waiting", publicKey: this.pair.text, chain };
  }

  /** Makes the key and asks for its approval. */
  async begin() {
    const made = await crypto.subtle.generateKey({ name: "Ed25519" }, false, ["sign", "verify"]);
    const text = hex(await crypto.subtle.exportKey("raw", made.publicKey));
    this.pair = { privateKey: made.privateKey, publicKey: made.publicKey, text };
    await inStore("readwrite", (keys) => keys.put(this.pair, this.account));
    await call("POST", "/api/v1/keys", { key: text });
  }

  /** The signature of a package, by its digest, as a submission carries it. */
  async sign(digest) {
    const { state, chain } = await this.look();
    if (state !== "approved") throw new Error("Your signing key is not approved yet.");
    const statement = new TextEncoder().encode(`hearth package 1\n${digest}\n`);
    const signature = hex(await crypto.subtle.sign({ name: "Ed25519" }, this.pair.privateKey, statement));
    return { signer: this.pair.text, signature, approvals: chain };
  }
}
