// The evidence of a signing: the original and the signed document, the process, its audit records,
// and their SHA-256 hashes in the format of `sha256sum --check SHA256SUMS`.

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import {
  copyFile,
  mkdir,
  readdir,
  rename,
  rm,
  stat,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";

/** Names of the archived files; signed.pdf is missing without a signature. */
export const EVIDENCE = [
  "document.pdf",
  "process.json",
  "records.json",
  "SHA256SUMS",
  "signed.pdf",
];

/** Archives a process. The folder appears only when it is complete. */
export async function archive(process, folder, { document, signal }) {
  const part = `${folder}.part`;
  await rm(part, { recursive: true, force: true });
  await mkdir(part, { mode: 0o700 });
  const model = await process.details({ signal });
  const records = await process.records({ signal });
  const [file] = model.fileReferences ?? [];
  if (file?.lastSignedFileId !== undefined) {
    const download = await process.download(file.lastSignedFileId, { signal });
    await download.saveTo(join(part, "signed.pdf"));
  }
  await copyFile(document, join(part, "document.pdf"));
  const json = (value) => `${JSON.stringify(value, null, 2)}\n`;
  await writeFile(join(part, "process.json"), json(model));
  await writeFile(join(part, "records.json"), json(records));
  const files = [];
  for (const name of (await readdir(part)).sort()) {
    const path = join(part, name);
    files.push({
      name,
      bytes: (await stat(path)).size,
      sha256: await sha256(path),
    });
  }
  const sums = files.map(({ name, sha256 }) => `${sha256}  ${name}\n`).join("");
  await writeFile(join(part, "SHA256SUMS"), sums);
  // The folder exists if an earlier run crashed after the rename.
  await rm(folder, { recursive: true, force: true });
  await rename(part, folder);
  return files;
}

async function sha256(path) {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}
