// Generates the client of the contract with hey-api, for the benchmarks and the pages of `docs/` to
// import: once in TypeScript, then as one module without types, of which bundlers take what is used.
//
//   node hey-api.mjs FILE
//   SWISSCOM_SIGN_CONTRACT   the vendor's OpenAPI document

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { createClient } from "@hey-api/openapi-ts";
import { build } from "esbuild";

const output = mkdtempSync(join(tmpdir(), "swisscom-sign-hey-api-"));
try {
  await createClient({
    input: process.env.SWISSCOM_SIGN_CONTRACT,
    output,
    plugins: ["@hey-api/typescript", "@hey-api/client-fetch", "@hey-api/sdk"],
    logs: { level: "silent", file: false },
  });
  const contents = 'export * from "./sdk.gen"; export * from "./client.gen";';
  await build({
    stdin: { contents, resolveDir: output },
    bundle: true,
    format: "esm",
    target: "es2022",
    outfile: process.argv[2],
  });
} finally {
  rmSync(output, { recursive: true });
}
