// The sandbox's program, over loopback.

import { after } from "node:test";

import { connectSandbox } from "swisscom-sign/sandbox";

import { use } from "../host.mjs";
import { startSandbox } from "../sandbox.mjs";

use(async () => {
  const program = await startSandbox();
  after(() => program.end());
  return connectSandbox(program);
});
