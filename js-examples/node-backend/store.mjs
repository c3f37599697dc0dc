// Persistent state: a folder per signing with its document, its state and, at the end, its evidence.
// Files are written atomically.

import { randomUUID } from "node:crypto";
import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Opens the store and creates its folder if it does not exist. */
export async function openStore(folder) {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = (id, name) => join(folder, id, name);

  const store = {
    /** Path of the document. */
    document: (id) => path(id, "document.pdf"),
    /** Path of the evidence, which exists once it is complete. */
    evidence: (id) => path(id, "evidence"),

    /** Saves a document. The first {@link store.write} makes it a signing. */
    async saveDocument(stream) {
      const id = randomUUID();
      await mkdir(join(folder, id), { mode: 0o700 });
      const file = await open(store.document(id), "wx", 0o600);
      await pipeline(stream, file.createWriteStream({ flush: true }));
      return id;
    },

    /** Deletes a document without a signing. */
    deleteDocument: (id) =>
      rm(join(folder, id), { recursive: true, force: true }),

    /** Saves the state of a signing: writes a new file, then replaces the old one. */
    async write(signing) {
      const next = path(signing.id, "signing.json.new");
      const file = await open(next, "w", 0o600);
      try {
        await file.writeFile(`${JSON.stringify(signing, null, 2)}\n`);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(next, path(signing.id, "signing.json"));
      const directory = await open(join(folder, signing.id));
      await directory.sync().finally(() => directory.close());
      return signing;
    },

    /** The state of a signing, or undefined if it does not exist. */
    async read(id) {
      if (!UUID.test(id)) return undefined;
      try {
        return JSON.parse(await readFile(path(id, "signing.json"), "utf8"));
      } catch (error) {
        if (error.code === "ENOENT") return undefined;
        throw error;
      }
    },

    async all() {
      const found = await Promise.all(
        (await readdir(folder)).map((id) => store.read(id)),
      );
      return found.filter((signing) => signing !== undefined);
    },
  };
  return store;
}
