// SPDX-License-Identifier: GPL-3.0-or-later
// What kind of program a file is, from its first bytes.

const PLATFORMS = { 62: "linux-x86_64", 183: "linux-aarch64" };
const PT_INTERP = 3;
const HEAD = 64 * 1024;

/**
 * Looks at a file: null for what is no program, else {kind: "elf", platform, isStatic}, {kind: "script"} or
 * {kind: "wasm"}.
 */
export async function programKind(file) {
  const head = new DataView(await file.slice(0, HEAD).arrayBuffer());
  if (head.byteLength < 4) return null;
  const magic = head.getUint32(0);
  if (magic === 0x0061736d) return { kind: "wasm" };
  if (magic >>> 16 === 0x2321) return { kind: "script" };
  if (magic !== 0x7f454c46 || head.byteLength < 64 || head.getUint8(4) !== 2 || head.getUint8(5) !== 1) return null;
  const platform = PLATFORMS[head.getUint16(18, true)] ?? "another processor";
  const table = Number(head.getBigUint64(32, true));
  const size = head.getUint16(54, true);
  const entries = head.getUint16(56, true);
  let isStatic = true;
  for (let i = 0; i < entries && table + i * size + 4 <= head.byteLength; i += 1) {
    if (head.getUint32(table + i * size, true) === PT_INTERP) isStatic = false;
  }
  return { kind: "elf", platform, isStatic };
}
