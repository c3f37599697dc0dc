// Generates the client of the contract with hey-api, for the benchmarks to import: once in
// TypeScript, then as one module without types, of which bundlers take what is used.
//
//   SWISSCOM_SIGN_CONTRACT   the vendor's OpenAPI document

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

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
    outfile: fileURLToPath(new URL("generated/hey-api.mjs", import.meta.url)),
  });
} finally {
  rmSync(output, { recursive: true });
}
