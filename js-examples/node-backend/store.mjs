// What must outlive a restart, as files: a folder for each signing with its document, its state and,
// in the end, its evidence. A file is there as a whole or not at all.

import { randomUUID } from "node:crypto";
import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Opens the store; makes its folder if need be. */
export async function openStore(folder) {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = (id, name) => join(folder, id, name);

  const store = {
    /** Where the document of a signing is. */
    document: (id) => path(id, "document.pdf"),
    /** Where its evidence is, once it is complete. */
    evidence: (id) => path(id, "evidence"),

    /** Takes a document; it becomes a signing with the first {@link store.write}. */
    async take(stream) {
      const id = randomUUID();
      await mkdir(join(folder, id), { mode: 0o700 });
      const file = await open(store.document(id), "wx", 0o600);
      await pipeline(stream, file.createWriteStream({ flush: true }));
      return id;
    },

    /** Drops a document that became no signing. */
    drop: (id) => rm(join(folder, id), { recursive: true, force: true }),

    /** Keeps the state of a signing: beside the old one, then in its place. */
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

    /** The state of a signing; undefined when there is none. */
    async read(id) {
      if (!UUID.test(id)) return undefined;
      try {
        return JSON.parse(await readFile(path(id, "signing.json"), "utf8"));
      } catch (error) {
        if (error.code === "ENOENT") return undefined;
        throw error;
      }
    },

    /** Every signing. */
    async all() {
      const found = await Promise.all(
        (await readdir(folder)).map((id) => store.read(id)),
      );
      return found.filter((signing) => signing !== undefined);
    },
  };
  return store;
}
