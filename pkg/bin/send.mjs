// `swisscom-sign send`: a PDF to people who sign it.

import { open } from "node:fs/promises";
import { basename } from "node:path";
import { parseArgs } from "node:util";

import { createClient, MAX_FILE_BYTES } from "../dist/index.mjs";

import { COMMON, COMMON_HELP, credentials, environment, UsageError } from "./settings.mjs";

export const SEND = `Usage: swisscom-sign send FILE --to "NAME <EMAIL>[:LEVEL]"… [OPTIONS]

  --to WHO         a signer, such as "Anna Muster <anna@example.com>"; again for each further one.
                   LEVEL, the same for all: SIMPLE, ADVANCED (the default), ADVANCED_EU, QUALIFIED,
                   QUALIFIED_EU
  --tag            the signatures go where the PDF has the tags \\s1\\, \\s2\\, …;
                   otherwise in rows on its last page
  --locale LOCALE  language of the mails: en-GB (the default), de-CH, fr-CH, it-CH
  --no-mail        no mails; needs --urls, as nobody would hear of it
  --urls           prints the URL of each signer. Whoever has it can open the document.
  --wait           waits until everybody has signed
  --out FILE       waits, and writes the signed PDF there
${COMMON_HELP}

The identifier of the process goes to standard output, the progress to standard error.
Exit codes: 0 sent (and signed, with --wait); 1 refused, declined, expired or failed; 2 wrong use.`;

const LEVELS = ["SIMPLE", "ADVANCED", "ADVANCED_EU", "QUALIFIED", "QUALIFIED_EU"];
const WHO = /^\s*(\S.*?)\s+(\S+)\s*<([^<>\s]+@[^<>\s]+)>(?::([A-Z_]+))?\s*$/;

/** Does what the arguments say; resolves to the exit code. */
export async function send(args) {
  const { values, file, signers, level } = read(args);
  await check(file);
  const { clientId, clientSecret, warning } = await credentials();
  if (warning) console.error(`warning: ${warning}`);
  const sign = await createClient({
    environment: environment(values),
    credentials: { clientId, clientSecret },
  });
  const signing = await step("create the process", () =>
    sign.processes.create({
      signatureLevel: level,
      initiator: { type: "NON_PERSON", name: "swisscom-sign send" },
      invitees: { signers },
    }),
  );
  // Said at once: whatever fails later, this is how the process is found again.
  console.error(`  process ${signing.id}`);
  const attached = await step(`attach ${basename(file)}`, () =>
    signing.attach({ path: file }, { signaturePositions: positions(signers, values.tag) }),
  );
  const notification = values["no-mail"] ? undefined : { locale: values.locale };
  const { participants } = await step("release it", () =>
    signing.release(notification && { notification }),
  );
  const result = { processId: signing.id, state: signing.state, fileId: attached.fileId };
  if (values.urls) {
    result.urls = participants.map(({ externalIdentifier, url }) => ({
      signer: externalIdentifier,
      url,
    }));
  }
  if (!values.json) {
    console.log(result.processId);
    for (const { signer, url } of result.urls ?? []) console.log(`${signer} ${url}`);
  }
  if (values.wait || values.out !== undefined) {
    const model = await step("wait for the signatures", () => signing.waitFor("COMPLETED"));
    result.state = signing.state;
    if (values.out !== undefined) {
      const signed = model.fileReferences?.[0]?.lastSignedFileId ?? attached.fileId;
      await step(`write ${values.out}`, async () =>
        (await signing.download(signed)).saveTo(values.out),
      );
    }
  }
  if (values.json) console.log(JSON.stringify(result, null, 2));
  return 0;
}

function read(args) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      ...COMMON,
      to: { type: "string", multiple: true, default: [] },
      tag: { type: "boolean", default: false },
      locale: { type: "string", default: "en-GB" },
      "no-mail": { type: "boolean", default: false },
      urls: { type: "boolean", default: false },
      wait: { type: "boolean", default: false },
      out: { type: "string" },
    },
  });
  if (positionals.length !== 1) throw new UsageError("name one FILE to be signed");
  if (values.to.length === 0) throw new UsageError("name who signs: --to NAME <EMAIL>");
  if (values["no-mail"] && !values.urls) throw new UsageError("--no-mail needs --urls");
  const all = values.to.map(person);
  const levels = [...new Set(all.map(({ level }) => level).filter(Boolean))];
  if (levels.length > 1) throw new UsageError("all signers of a process have the same level");
  const level = levels[0] ?? "ADVANCED";
  if (!LEVELS.includes(level)) throw new UsageError(`LEVEL must be one of ${LEVELS.join(", ")}`);
  return { values, file: positionals[0], signers: all.map(({ signer }) => signer), level };
}

/** What is wrong with a file is said before a process is made for it. */
async function check(path) {
  const file = await open(path).catch(({ code }) => {
    throw new UsageError(`${path} cannot be read: ${code}`);
  });
  try {
    const info = await file.stat();
    if (!info.isFile()) throw new UsageError(`${path} is no file`);
    if (info.size > MAX_FILE_BYTES) {
      throw new UsageError(`${path} has ${info.size} bytes; at most ${MAX_FILE_BYTES} can be sent`);
    }
    const { buffer } = await file.read(Buffer.alloc(1024), 0, 1024, 0);
    if (!buffer.includes("%PDF-")) throw new UsageError(`${path} is no PDF`);
  } finally {
    await file.close();
  }
}

function person(text, index) {
  const [, firstName, lastName, email, level] = WHO.exec(text) ?? [];
  if (email === undefined) {
    throw new UsageError(`--to must be like "Anna Muster <anna@example.com>", not "${text}"`);
  }
  const externalIdentifier = `signer-${index + 1}`;
  return { signer: { type: "SIGNER", firstName, lastName, email, externalIdentifier }, level };
}

function positions(signers, tag) {
  return signers.map(({ externalIdentifier: signer }, index) =>
    tag
      ? { signer, locator: "TAG" }
      : {
          signer,
          pageNumber: -1,
          // In rows of three, in PDF points from the upper left corner.
          positionX: 40 + 175 * (index % 3),
          positionY: 600 + 60 * (Math.floor(index / 3) % 3),
        },
  );
}

/** Performs a step; a line says how long it took. */
async function step(name, perform) {
  const begun = performance.now();
  const say = (how) => {
    const ms = Math.round(performance.now() - begun);
    console.error(`${name}: ${how} ${ms} ms`);
  };
  try {
    const result = await perform();
    say("done in");
    return result;
  } catch (error) {
    say("failed after");
    throw error;
  }
}
