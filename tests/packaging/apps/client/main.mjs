import * as sign from "swisscom-sign";
import * as core from "swisscom-sign/core";
import * as pdf from "swisscom-sign/pdf";

import { check } from "./check.mjs";

check(sign, core, pdf).then((line) => console.log(line));
