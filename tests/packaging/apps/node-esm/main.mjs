import * as sign from "swisscom-sign";
import * as core from "swisscom-sign/core";
import * as pdf from "swisscom-sign/pdf";

import { check } from "./check.mjs";

console.log(await check(sign, core, pdf));
