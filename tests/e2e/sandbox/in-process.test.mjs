// The suite against the sandbox in this process.

import "./hosts/in-process.mjs";
import "./suite/all.mjs";
