// `swisscom-sign send`: sends a PDF to its signers.

import { open, stat } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { parseArgs } from "node:util";

import { createClient, MAX_FILE_BYTES } from "../dist/index.mjs";
import { checkPlacement, inspect } from "../dist/pdf.mjs";

import { COMMON, COMMON_HELP, credentials, environment, UsageError } from "./settings.mjs";

export const SEND = `Usage: swisscom-sign send FILE --to "NAME <EMAIL>[:LEVEL]"… [OPTIONS]

  --to WHO         a signer, such as "Anna Muster <anna@example.com>"; repeat it for more signers.
                   LEVEL, the same for all: SIMPLE, ADVANCED (default), ADVANCED_EU, QUALIFIED,
                   QUALIFIED_EU
  --tag            place the signatures at the tags \\s1\\, \\s2\\, … of the PDF;
                   otherwise in rows on its last page
  --locale LOCALE  language of the mails: en-GB (default), de-CH, fr-CH, it-CH
  --no-mail        send no mails; requires --urls
  --urls           print the URL of each signer, which gives access to the document
  --wait           wait until all signers have signed
  --out FILE       wait, and save the signed PDF to FILE
${COMMON_HELP}

Prints the identifier of the process to standard output and the progress to standard error.
Exit codes: 0 sent (and signed, with --wait); 1 rejected, declined, expired or failed; 2 usage error.`;

const LOCALES = ["en-GB", "de-CH", "fr-CH", "it-CH"];
const LEVELS = ["SIMPLE", "ADVANCED", "ADVANCED_EU", "QUALIFIED", "QUALIFIED_EU"];
const WHO = /^\s*(\S.*?)\s+(\S+)\s*<([^<>\s]+@[^<>\s]+)>(?::([A-Z_]+))?\s*$/;

/** Runs the command; resolves to the exit code. */
export async function send(args) {
  const { values, file, signers, level } = read(args);
  await check(file);
  if (values.out !== undefined) await checkOut(values.out);
  const signaturePositions = positions(signers, values.tag);
  await checkPages(file, signaturePositions);
  const { clientId, clientSecret, warning } = await credentials();
  if (warning) console.error(`warning: ${warning}`);
  const sign = await createClient({
    environment: environment(values),
    credentials: { clientId, clientSecret },
  });
  const input = {
    signatureLevel: level,
    initiator: { type: "NON_PERSON", name: "swisscom-sign send" },
    invitees: { signers },
  };
  await checkSigners(sign, input, values.to);
  const signing = await step("create the process", () => sign.processes.create(input));
  // Print it at once: if a later step fails, the process can be found by its identifier.
  console.error(`  process ${signing.id}`);
  const attached = await step(`attach ${basename(file)}`, () =>
    signing.attach({ path: file }, { signaturePositions }),
  );
  const notification = values["no-mail"] ? undefined : { locale: values.locale };
  const { participants } = await step("release the process", () =>
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
  if (positionals.length !== 1) throw new UsageError("missing FILE: pass exactly one PDF");
  if (values.to.length === 0) throw new UsageError('missing signer: pass --to "NAME <EMAIL>"');
  if (values["no-mail"] && !values.urls)
    throw new UsageError("missing --urls: --no-mail requires it");
  if (!LOCALES.includes(values.locale))
    throw new UsageError(
      `unknown --locale \`${values.locale}\`: expected one of ${LOCALES.join(", ")}`,
    );
  const all = values.to.map(person);
  const levels = [...new Set(all.map(({ level }) => level).filter(Boolean))];
  if (levels.length > 1)
    throw new UsageError("conflicting levels: all signers of a process have the same level");
  const level = levels[0] ?? "ADVANCED";
  if (!LEVELS.includes(level))
    throw new UsageError(`unknown level \`${level}\`: expected one of ${LEVELS.join(", ")}`);
  return { values, file: positionals[0], signers: all.map(({ signer }) => signer), level };
}

/** Checks the file before a process is created. */
async function check(path) {
  const file = await open(path).catch(({ code }) => {
    throw new UsageError(`cannot read file \`${path}\`: ${code}`);
  });
  try {
    const info = await file.stat();
    if (!info.isFile()) throw new UsageError(`not a file: \`${path}\``);
    if (info.size > MAX_FILE_BYTES) {
      throw new UsageError(
        `file too large: \`${path}\` has ${info.size} bytes, maximum ${MAX_FILE_BYTES}`,
      );
    }
    const { buffer } = await file.read(Buffer.alloc(1024), 0, 1024, 0);
    if (!buffer.includes("%PDF-")) throw new UsageError(`not a PDF: \`${path}\``);
  } finally {
    await file.close();
  }
}

/** Checks that the signed file can be written, before signers receive mails. */
async function checkOut(path) {
  const folder = await stat(dirname(path)).catch(() => undefined);
  if (!folder?.isDirectory()) {
    throw new UsageError(`cannot write --out \`${path}\`: the folder does not exist`);
  }
  const existing = await stat(path).catch(() => undefined);
  if (existing?.isDirectory()) throw new UsageError(`cannot write --out \`${path}\`: a folder`);
}

/** Checks tags and pages before a process is created, because a draft cannot be deleted. */
async function checkPages(path, signaturePositions) {
  const signers = signaturePositions.map(({ signer }) => signer);
  let problems;
  try {
    const pdf = await inspect({ path });
    problems = [...pdf.problems, ...(await checkPlacement(pdf, signaturePositions, { signers }))];
  } catch (error) {
    // The platform can be more lenient.
    console.error(`warning: cannot check the pages of \`${path}\`: ${error.message}`);
    return;
  }
  for (const { severity, message } of problems) {
    if (severity !== "warning") throw new UsageError(`cannot sign \`${path}\`: ${message}`);
    console.error(`warning: \`${path}\`: ${message}`);
  }
}

/** Checks the process before it is created, and names the argument that is wrong. */
async function checkSigners(sign, input, to) {
  const problems = await sign.processes.check("create", input);
  const problem = problems.find(({ severity }) => severity !== "warning");
  if (problem === undefined) return;
  const [, index] = /^\$\.invitees\.signers\[(\d+)\]/.exec(problem.path) ?? [];
  const argument = index === undefined ? "--to" : `--to \`${to[index]}\``;
  throw new UsageError(`invalid ${argument}: ${problem.message}`);
}

function person(text, index) {
  const [, firstName, lastName, email, level] = WHO.exec(text) ?? [];
  if (email === undefined) {
    throw new UsageError(
      `invalid --to \`${text}\`: expected for example "Anna Muster <anna@example.com>"`,
    );
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
          // Rows of three, in PDF points from the upper left corner.
          positionX: 40 + 175 * (index % 3),
          positionY: 600 + 60 * (Math.floor(index / 3) % 3),
        },
  );
}

/** Performs a step and prints its duration. */
async function step(name, perform) {
  const begun = performance.now();
  const report = (how) => {
    const ms = Math.round(performance.now() - begun);
    console.error(`${name}: ${how} ${ms} ms`);
  };
  try {
    const result = await perform();
    report("done in");
    return result;
  } catch (error) {
    report("failed after");
    throw error;
  }
}
