// The suites against the sandbox's program, over loopback.

import "./hosts/http.mjs";
import "./suite/all.mjs";
