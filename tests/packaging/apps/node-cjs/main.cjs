const sign = require("swisscom-sign");
const core = require("swisscom-sign/core");

import("./check.mjs").then(async ({ check }) =>
  console.log(await check(sign, core)),
);
