// Runs the shell blocks of a page in their order, in one folder, as a reader would. shell.sh replaces
// the programs that a reader has installed.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import {
  mkdir,
  mkdtemp,
  readFile,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { createClient } from "swisscom-sign";

import { smallPdf } from "../../../js-examples/node-invite-and-sign/pdf.mjs";
import { RELAY, root, SANDBOX } from "../support/program.mjs";
import { startSandbox } from "../support/sandbox.mjs";

const run = promisify(execFile);
const beside = (name) => fileURLToPath(new URL(name, import.meta.url));
const examples = join(root, "js-examples");
/** Timeout of a block. */
const LIMIT_MS = 120_000;

/** Values that a reader replaces: ports, credentials, a directory. */
const PLACEHOLDERS = [
  [/--listen 127\.0\.0\.1:\d+/g, "--listen 127.0.0.1:0"],
  [/127\.0\.0\.1:8480/g, "$(at sandbox)"],
  [/127\.0\.0\.1:3000/g, "$(at backend)"],
  [/(SWISSCOM_SIGN_CLIENT_ID)=…/g, '$1="$(ready sandbox clientId)"'],
  [/(SWISSCOM_SIGN_CLIENT_SECRET)=…/g, '$1="$(ready sandbox clientSecret)"'],
  [/\bDIRECTORY\b/g, '"$DATA"'],
];

/** The expected effect of a command, in a file or in `stdout`. */
const EFFECTS = [
  [
    /-sandbox\b.* serve\b/,
    "stdout",
    /"apiUrl":"http:\/\/127\.0\.0\.1:\d+\/system"/,
  ],
  [/-relay\b.* serve --dev/, "stdout", /"users":\[\{"name":"\w+","token":"/],
  [/\/clock\/advance /, "stdout", /"events":\[/],
  [/\/faults /, "stdout", /"operation":"release"/],
  [/ export /, "export.json", /"processes":/],
  [/ ca /, "ca.pem", /^-----BEGIN CERTIFICATE-----/],
  [/ verify /, "stdout", /Anna Muster/],
  [/^pdfsig /m, "stdout", /Certificate is Trusted\./],
  [/ doctor /, "stdout", /^ok {7}credentials: /m],
  [/ send /, "stdout", /^[0-9a-f-]{36}$/m],
  [/npm install /, "package.json", /"swisscom-sign": "file:/],
  [/\/signings$/m, "stdout", /"step":/],
];

/**
 * A shell for the blocks of one page: `run(content)` and `end()`.
 *
 * @param sandbox the platform of a page that does not start a sandbox
 */
export async function openShell(sandbox) {
  const folder = await mkdtemp(join(tmpdir(), "swisscom-sign-shell-"));
  const state = join(folder, ".state");
  await mkdir(state);
  await symlink(examples, join(folder, "js-examples"));
  await writeFile(join(folder, "offer.pdf"), smallPdf("Offer"));
  const { url, apiUrl, tokenUrl, clientId, clientSecret } = sandbox;
  let server = { url, apiUrl, tokenUrl, clientId, clientSecret };
  const line = join(state, "sandbox.ready");
  await writeFile(line, JSON.stringify(server));
  const { NODE_TEST_CONTEXT: _, ...inherited } = process.env;
  const env = {
    ...inherited,
    STATE: state,
    DATA: join(folder, "kept"),
    TARBALL: process.env.SWISSCOM_SIGN_TARBALL,
    SANDBOX_BIN: SANDBOX,
    RELAY_BIN: RELAY,
    REDIRECT: new URL("redirect-to-sandbox.mjs", import.meta.url).href,
  };

  /** Creates the files that the block expects. */
  async function before(content) {
    if (content.includes("signed.pdf"))
      await writeFile(join(folder, "signed.pdf"), await signed(server));
    if (content.includes("DIRECTORY")) {
      const other = await startSandbox(["--data-dir", env.DATA]);
      await signed(other);
      await other.end();
    }
  }

  return {
    async run(content) {
      await before(content);
      const text = PLACEHOLDERS.reduce(
        (text, [placeholder, value]) => text.replace(placeholder, value),
        content,
      );
      const script = `. ${beside("shell.sh")}\n${text}`;
      const { stdout } = await run("bash", ["-c", script], {
        cwd: folder,
        env: { ...env, SANDBOX_URL: server.url },
        timeout: LIMIT_MS,
      }).catch((error) => {
        throw new Error(`${error.stdout}\n${error.message}`);
      });
      server = JSON.parse(await readFile(line, "utf8"));
      const expected = EFFECTS.filter(([command]) => command.test(content));
      for (const [command, place, effect] of expected) {
        const seen =
          place === "stdout"
            ? stdout
            : await readFile(join(folder, place), "utf8");
        assert.match(seen, effect, String(command));
      }
      assert.ok(expected.length > 0, "no expected effect matches this block");
    },
    async end() {
      const pids = await readFile(join(state, "pids"), "utf8").catch(() => "");
      for (const pid of pids.split("\n").filter(Boolean)) {
        try {
          process.kill(Number(pid));
        } catch (error) {
          // The process has exited already.
          if (error.code !== "ESRCH") throw error;
        }
      }
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** A PDF that Anna has signed in this sandbox. */
async function signed({ url, apiUrl, tokenUrl, clientId, clientSecret }) {
  const sign = await createClient({
    environment: { apiUrl, tokenUrl },
    credentials: { clientId, clientSecret },
  });
  const anna = {
    externalIdentifier: "anna",
    firstName: "Anna",
    lastName: "Muster",
  };
  const process = await sign.processes.create({
    signatureLevel: "ADVANCED",
    initiator: { type: "NON_PERSON", name: "Offer portal" },
    invitees: { signers: [{ type: "SIGNER", ...anna }] },
  });
  await process.attach(smallPdf("Offer"), {
    name: "offer.pdf",
    signaturePositions: [
      { signer: "anna", pageNumber: 0, positionX: 60, positionY: 600 },
    ],
  });
  await process.release();
  const path = `${url}/_sandbox/processes/${process.id}/participants/anna/sign`;
  assert.ok((await fetch(path, { method: "POST" })).ok);
  await process.waitFor("COMPLETED");
  const [file] = (await process.details()).fileReferences;
  const bytes = await (await process.download(file.lastSignedFileId)).bytes();
  sign.free();
  return bytes;
}
