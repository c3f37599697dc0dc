// The contract document of the vendor, which is not part of this repository.
//
//   SWISSCOM_SIGN_CONTRACT           the document; ../shared/contract/openapi.json unless set
//   SWISSCOM_SIGN_WITHOUT_CONTRACT   skips the tests that need it, also if CI=true

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { root } from "./program.mjs";

const path =
  process.env.SWISSCOM_SIGN_CONTRACT ??
  join(root, "../shared/contract/openapi.json");

/** Path of the document; `undefined` if it is missing or excluded. */
export const contractPath =
  !process.env.SWISSCOM_SIGN_WITHOUT_CONTRACT && existsSync(path)
    ? path
    : undefined;

/** The document. If it is missing, skips the test `t`, or fails it if CI=true. */
export function readContract(t) {
  if (contractPath) return JSON.parse(readFileSync(contractPath, "utf8"));
  const excluded = process.env.SWISSCOM_SIGN_WITHOUT_CONTRACT;
  if (process.env.CI === "true" && !excluded)
    assert.fail(
      `missing contract document ${path}: set SWISSCOM_SIGN_CONTRACT`,
    );
  return void t.skip(`needs the contract document ${path}`);
}
