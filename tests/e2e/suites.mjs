// Every suite that runs against both hosts.

import "./suite/flow.mjs";
import "./suite/contract.mjs";
import "./suite/control.mjs";
import "./suite/faults.mjs";
import "./suite/pages.mjs";
