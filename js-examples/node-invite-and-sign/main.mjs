// From a PDF to a signed PDF: creates a process, attaches the file, releases it, creates a link for
// each signer, waits for the signatures, and downloads the signed file and the audit records.
//
//   node main.mjs --pdf contract.pdf --signers 2 --level ADVANCED --out ./signed
//
// With the sandbox (SWISSCOM_SIGN_SANDBOX_URL) it also signs; on the platform the signers do.

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { createClient } from "swisscom-sign";

import { readArguments, HELP } from "./arguments.mjs";
import { smallPdf } from "./pdf.mjs";
import { progressBar, printError, step } from "./terminal.mjs";

async function main({ pdf, signers, level, out }) {
  const source =
    pdf === undefined ? smallPdf("A contract to be signed") : { path: pdf };
  const invitees = Array.from({ length: signers }, (_, index) => ({
    type: "SIGNER",
    firstName: "Signer",
    lastName: `Number ${index + 1}`,
    email: `signer-${index + 1}@example.com`,
    externalIdentifier: `signer-${index + 1}`,
  }));

  const sign = await step("load the SDK", () => createClient(settings()));

  // The first call requests a token; later calls share it.
  const process = await step("create the process", () =>
    sign.processes.create({
      signatureLevel: level,
      initiator: { type: "NON_PERSON", name: "Example" },
      invitees: { signers: invitees },
    }),
  );
  state(process);

  const file = await step("attach the PDF", () =>
    process.attach(source, {
      name: "contract.pdf",
      externalIdentifier: "contract",
      // Rows of three on the last page.
      signaturePositions: invitees.map(({ externalIdentifier }, index) => ({
        signer: externalIdentifier,
        pageNumber: -1,
        positionX: 40 + 175 * (index % 3),
        positionY: 120 + 60 * Math.floor(index / 3),
      })),
      onProgress: progressBar(),
    }),
  );
  state(process);

  const { participants } = await step("release the process", () =>
    process.release(),
  );
  console.log(
    `  ${participants.length} participants, each with a permanent link`,
  );
  state(process);

  for (const { externalIdentifier } of invitees) {
    // Not printed: for 30 seconds the link gives access as this person.
    await step(`open for ${externalIdentifier}`, () =>
      process.open(externalIdentifier, {
        skipAuthorization: true,
        language: "en-GB",
      }),
    );
    await step(`sign as ${externalIdentifier}`, () =>
      signInSandbox(process, externalIdentifier),
    );
  }

  const model = await step("wait for the signatures", () =>
    process.waitFor("COMPLETED", {
      minIntervalMs: 200,
      onChange: ({ from, to }) => console.log(`  ${from} -> ${to}`),
    }),
  );
  state(process);

  await mkdir(out, { recursive: true });
  const reference = model.fileReferences?.find(
    ({ initialFileId }) => initialFileId === file.fileId,
  );
  const signed = await step("download the signed PDF", async () => {
    const download = await process.download(
      reference?.lastSignedFileId ?? file.fileId,
    );
    await download.saveTo(join(out, "signed.pdf"));
    return download;
  });
  console.log(
    `  ${signed.filename ?? "signed.pdf"}, ${signed.size ?? "?"} bytes`,
  );
  const records = await step("read the audit records", () => process.records());
  console.log(`  ${records.length} records`);

  const json = (value) => `${JSON.stringify(value, null, 2)}\n`;
  await writeFile(join(out, "process.json"), json(model));
  await writeFile(join(out, "records.json"), json(records));
  sign.free();
  console.log(
    `COMPLETED: signed.pdf, process.json and records.json are in ${out}`,
  );
  if (sandbox !== undefined) {
    const authority = await fetch(`${sandbox}/_sandbox/ca.pem`);
    await writeFile(join(out, "ca.pem"), await authority.text());
    console.log(
      "Sandbox: the signatures in signed.pdf are for testing only and not legally valid; ca.pem is their root certificate.",
    );
  }
}

const sandbox = process.env.SWISSCOM_SIGN_SANDBOX_URL;

/** Credentials are read from the environment: other users can read the command line. */
function settings() {
  const need = (name) => {
    const value = process.env[name];
    if (!value) throw new Error(`missing ${name}: set it, see --help`);
    return value;
  };
  const credentials = {
    clientId: need("SWISSCOM_SIGN_CLIENT_ID"),
    clientSecret: need("SWISSCOM_SIGN_CLIENT_SECRET"),
  };
  const apiUrl = process.env.SWISSCOM_SIGN_API_URL;
  const tokenUrl = process.env.SWISSCOM_SIGN_TOKEN_URL;
  return {
    environment: apiUrl ? { apiUrl, tokenUrl } : "test",
    credentials,
    onResponse({ operation, durationMs }) {
      if (operation === "token")
        console.log(`request a token: done in ${durationMs} ms`);
    },
  };
}

/** Signs with the sandbox's control API; on the platform the signer does this on the hosted page. */
async function signInSandbox({ id }, person) {
  if (sandbox === undefined) return "done by the signer";
  const url = `${sandbox}/_sandbox/processes/${id}/participants/${person}/sign`;
  const response = await fetch(url, { method: "POST" });
  if (!response.ok)
    throw new Error(`cannot sign in the sandbox: status ${response.status}`);
  return undefined;
}

function state(process) {
  console.log(
    `  state: ${process.state}; next: ${process.allowedOperations().join(", ")}`,
  );
}

try {
  const options = await readArguments(process.argv.slice(2));
  if (options === "help") console.log(HELP);
  else await main(options);
} catch (error) {
  printError(error);
  process.exitCode = 1;
}
