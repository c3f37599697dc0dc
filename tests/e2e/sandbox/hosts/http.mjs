import { after } from "node:test";

import { connectSandbox } from "swisscom-sign/sandbox";

import { startSandbox } from "../../support/sandbox.mjs";
import { use } from "../host.mjs";

let program;
after(() => program?.end());

use(async () => {
  program = await startSandbox();
  return connectSandbox(program);
});
