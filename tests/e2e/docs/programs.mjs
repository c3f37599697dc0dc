// Runs the programs of the pages in Node or Chromium, with the sandbox in place of the platform. The
// text of a program does not change; `createClient` gets the URLs of sandbox and relay.

import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { smallPdf } from "../../../js-examples/node-invite-and-sign/pdf.mjs";
import { collectErrors, startBrowser } from "../support/browser.mjs";
import { contractPath } from "../support/contract.mjs";
import { root } from "../support/program.mjs";
import { serve } from "../support/server.mjs";
import { moduleOf } from "./blocks.mjs";

const run = promisify(execFile);
const pkg = new URL("../../../pkg/package.json", import.meta.url);
const require = createRequire(pkg);
const dist = new URL(".", import.meta.resolve("swisscom-sign"));
/** A folder in the repository, where imports resolve to the packed package. */
const modules = join(root, "target/xtask/docs");
/** Timeout of a program. */
const LIMIT_MS = 120_000;

/** Replacements of imports in Node. */
const OWN = {
  "swisscom-sign": "./swisscom-sign.mjs",
  "./client/client.gen.js": "./hey-api.mjs",
  "./client/sdk.gen.js": "./hey-api.mjs",
};

/** The package with a `createClient` that uses the sandbox unless the options contain `fetch`. */
const redirected = (from, { environment, relay }) => `
export * from ${JSON.stringify(from)};
import { createClient as create } from ${JSON.stringify(from)};
export const createClient = (options) =>
  create(
    options.fetch
      ? options
      : options.relay
        ? { ...options, relay: ${JSON.stringify(relay)} }
        : { ...options, environment: ${JSON.stringify(environment)} },
  );
`;

/** Globals of hidden code. */
const PRELUDE = `
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
const { url } = JSON.parse(process.env.DOCS_STAGE);
const stage = {
  async act(path) {
    const response = await fetch(\`\${url}/_sandbox/processes/\${path}\`, { method: "POST" });
    assert.ok(response.ok, await response.text());
  },
};
Object.assign(globalThis, { assert, readFile, stage });
`;

/** A folder with the documents that the programs sign. */
async function folder() {
  const made = await mkdtemp(join(tmpdir(), "swisscom-sign-docs-"));
  for (const name of ["offer.pdf", "contract.pdf"])
    await writeFile(join(made, name), smallPdf("Offer"));
  return made;
}

/** Whether the program imports a client that is generated from the contract. */
export const needsContract = ({ code }) => code.includes('"./client/');

export async function prepare(sandbox, relay) {
  await mkdir(join(modules, "node_modules"), { recursive: true });
  const peer = join(modules, "node_modules/openapi-fetch");
  const target = fileURLToPath(new URL("node_modules/openapi-fetch", pkg));
  await symlink(target, peer).catch(() => {});
  const places = { environment: sandbox.environment, relay: relay.url };
  await writeFile(
    join(modules, "swisscom-sign.mjs"),
    redirected("swisscom-sign", places),
  );
  await writeFile(join(modules, "prelude.mjs"), PRELUDE);
  if (contractPath) {
    const script = fileURLToPath(new URL("scripts/hey-api.mjs", pkg));
    await run(process.execPath, [script, join(modules, "hey-api.mjs")], {
      env: { ...process.env, SWISSCOM_SIGN_CONTRACT: contractPath },
    });
  }
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const { clientId, clientSecret } = sandbox.credentials;
  Object.assign(env, {
    DOCS_STAGE: JSON.stringify({ url: sandbox.url }),
    SWISSCOM_SIGN_CLIENT_ID: clientId,
    SWISSCOM_SIGN_CLIENT_SECRET: clientSecret,
    CLIENT_ID: clientId,
    CLIENT_SECRET: clientSecret,
    SIGN_URL: sandbox.apiUrl,
    TOKEN_URL: sandbox.tokenUrl,
  });

  const node = async (program, name) => {
    const file = join(modules, `${name}.mjs`);
    await writeFile(file, moduleOf(program.code, OWN));
    const prelude = join(modules, "prelude.mjs");
    const args = ["--import", prelude, file];
    const options = { cwd: await folder(), env, timeout: LIMIT_MS };
    return run(process.execPath, args, options);
  };

  /** Runs it unchanged: it starts its own sandbox. */
  const test = async (program, name) => {
    const file = join(modules, `${name}.test.mjs`);
    await writeFile(file, program.code);
    const args = ["--test-reporter", "tap", file];
    const options = { cwd: await folder(), env, timeout: LIMIT_MS };
    const { stdout } = await run(process.execPath, args, options);
    if (!/^# pass [1-9]/m.test(stdout) || !/^# fail 0$/m.test(stdout))
      throw new Error(stdout);
  };

  const browser = async (program) => {
    const server = await serve(async (request, response) => {
      const [url] = request.url.split("?");
      const type = url === "/" ? "text/html" : "text/javascript";
      response.setHeader("content-type", `${type}; charset=utf-8`);
      if (url === "/") return response.end(pageOf(program));
      if (url === "/session/token") return response.end(relay.token("anna"));
      if (url === "/swisscom-sign.mjs")
        return response.end(redirected("/dist/index.mjs", places));
      response.end(await readFile(new URL(url.slice(6), dist)));
    });
    const chromium = await startBrowser();
    const here = process.cwd();
    process.chdir(await folder());
    try {
      const contexts = [];
      const newPage = async () => {
        const context = await chromium.newContext();
        contexts.push(collectErrors(context));
        context.setDefaultTimeout(LIMIT_MS);
        return context.newPage();
      };
      const page = await newPage();
      const stage = {
        page: `${server.url}/`,
        /** Another person, in a browser of their own. */
        visit: async (act) => act(await newPage()),
        /** The link of the invitation that a person received. */
        async invitation(to) {
          const { links } = await sandbox.message({ type: "INVITE", to });
          return links[0];
        },
        /** Enters the code that a person received. */
        async enterCode(page, to) {
          const { code } = await sandbox.message({ type: "CODE", to });
          await page.locator("input[name=code]").fill(code);
          await page.locator("input[name=code]").press("Enter");
        },
      };
      await page.goto(stage.page);
      const AsyncFunction = (async () => {}).constructor;
      const person = new AsyncFunction(
        "page",
        "stage",
        "assert",
        "readFile",
        program.person,
      );
      await person(page, stage, require("node:assert/strict"), readFile);
      for (const errors of contexts) errors.check();
    } finally {
      process.chdir(here);
      await chromium.close();
      await server.end();
    }
  };
  return { node, test, browser };
}

function pageOf({ html, code }) {
  const imports = { imports: { "swisscom-sign": "/swisscom-sign.mjs" } };
  return `<!doctype html>
<title>A page</title>
<link rel="icon" href="data:,">
<script type="importmap">${JSON.stringify(imports)}</script>
<body>${html}<script type="module">${code}</script>`;
}
