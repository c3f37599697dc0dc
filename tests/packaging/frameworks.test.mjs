// The packed package in the containers of frameworks.

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";

import { install, node } from "./support.mjs";

test("processes work inside the proxies of Vue and MobX", async () => {
  const folder = await install("reactive", { tools: "linked" });
  const line = "true PENDING true";
  assert.equal(
    await node(join(folder, "main.mjs")),
    [line, line, line, "PENDING"].join("\n"),
  );
});
