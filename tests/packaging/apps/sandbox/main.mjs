import * as sign from "swisscom-sign";
import * as sandbox from "swisscom-sign/sandbox";

import { flow } from "./flow.mjs";

flow(sign, sandbox).then((line) => console.log(line));
