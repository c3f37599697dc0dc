import { createSandbox } from "swisscom-sign/sandbox";

import { use } from "../host.mjs";

use(() => createSandbox());
