// The same suites against the sandbox inside this process.

import "./hosts/in-process.mjs";
import "./suite/all.mjs";
