// SPDX-License-Identifier: GPL-3.0-or-later
// What is dropped or chosen, as a list of {path, file}: folders with all that is in them.

function readEntry(entry) {
  if (entry.isFile) {
    return new Promise((resolve, reject) => {
      entry.file((file) => resolve([{ path: entry.fullPath.replace(/^\//, ""), file }]), reject);
    });
  }
  const reader = entry.createReader();
  return new Promise((resolve, reject) => {
    const found = [];
    const more = () => reader.readEntries(async (entries) => {
      if (entries.length === 0) { resolve((await Promise.all(found)).flat()); return; }
      found.push(...entries.map(readEntry));
      more();  // a browser gives a hundred at a time
    }, reject);
    more();
  });
}

/** Without the folder that holds all of them. */
export function withoutTop(files) {
  const top = files[0]?.path.split("/")[0];
  const hasTop = files.length > 0 && files.every(({ path }) => path.startsWith(`${top}/`));
  return hasTop ? files.map(({ path, file }) => ({ path: path.slice(top.length + 1), file })) : files;
}

async function droppedFiles(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  const files = (await Promise.all(entries.map(readEntry))).flat();
  return entries.length === 1 && entries[0].isDirectory ? withoutTop(files) : files;
}

function chosenFiles(input) {
  const files = [...input.files].map((file) => ({ path: file.webkitRelativePath || file.name, file }));
  return input.webkitdirectory ? withoutTop(files) : files;
}

/** Calls `take` with what is dropped on the zone or chosen by the inputs. */
export function receive(zone, inputs, take) {
  let depth = 0;
  const over = (by) => { depth += by; zone.classList.toggle("over", depth > 0); };
  zone.addEventListener("dragenter", (event) => { event.preventDefault(); over(1); });
  zone.addEventListener("dragleave", () => over(-1));
  zone.addEventListener("dragover", (event) => event.preventDefault());
  zone.addEventListener("drop", async (event) => {
    event.preventDefault();
    depth = 0;
    over(0);
    take(await droppedFiles(event.dataTransfer));
  });
  for (const input of inputs) {
    input.addEventListener("change", () => {
      const files = chosenFiles(input);
      input.value = "";
      if (files.length > 0) take(files);
    });
  }
}
