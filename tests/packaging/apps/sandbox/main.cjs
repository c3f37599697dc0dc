const sign = require("swisscom-sign");
const sandbox = require("swisscom-sign/sandbox");

import("./flow.mjs").then(async ({ flow }) =>
  console.log(await flow(sign, sandbox)),
);
