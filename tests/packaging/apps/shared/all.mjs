// Uses every entry point. The tests compare the returned line.
import * as sign from "swisscom-sign";
import * as core from "swisscom-sign/core";
import * as pdf from "swisscom-sign/pdf";
import * as sandbox from "swisscom-sign/sandbox";

import { check } from "./check.mjs";
import { flow } from "./flow.mjs";

export const all = async () =>
  `${await check(sign, core, pdf)} ${await flow(sign, sandbox)}`;
