// The suite against the sandbox program, over loopback.

import "./hosts/http.mjs";
import "./suite/all.mjs";
