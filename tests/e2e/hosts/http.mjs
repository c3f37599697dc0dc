// The sandbox's program, over loopback.

import { after } from "node:test";

import { connectSandbox } from "swisscom-sign/sandbox";

import { use } from "../host.mjs";
import { startSandbox } from "../sandbox.mjs";

let program;
after(() => program?.end());

use(async () => {
  program = await startSandbox();
  return connectSandbox(program);
});
