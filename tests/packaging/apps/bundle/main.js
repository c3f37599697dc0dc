import * as sign from "swisscom-sign";
import * as core from "swisscom-sign/core";

import { check } from "./check.js";

check(sign, core).then((line) => console.log(line));
