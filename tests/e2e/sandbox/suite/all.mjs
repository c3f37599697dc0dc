// Every suite that runs against both hosts.

import "./flow.mjs";
import "./contract.mjs";
import "./control.mjs";
import "./faults.mjs";
import "./pages.mjs";
