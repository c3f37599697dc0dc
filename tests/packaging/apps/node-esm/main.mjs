import * as sign from "swisscom-sign";
import * as core from "swisscom-sign/core";

import { check } from "./check.mjs";

console.log(await check(sign, core));
