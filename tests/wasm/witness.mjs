// SPDX-License-Identifier: GPL-3.0-or-later
// Runs a module by node's WASI, with the current folder as its "/".
import fs from "node:fs";
import process from "node:process";
import { WASI } from "node:wasi";

const [, , file, ...rest] = process.argv;
const wasi = new WASI({ version: "preview1", args: [file, ...rest], env: {}, preopens: { "/": process.cwd() } });
const module = await WebAssembly.compile(fs.readFileSync(file));
const instance = await WebAssembly.instantiate(module, { wasi_snapshot_preview1: wasi.wasiImport });
process.exitCode = wasi.start(instance);
