const sign = require("swisscom-sign");
const core = require("swisscom-sign/core");
const pdf = require("swisscom-sign/pdf");

import("./check.mjs").then(async ({ check }) =>
  console.log(await check(sign, core, pdf)),
);
