// The same suites against the sandbox inside this process.

import "./hosts/inside.mjs";
import "./suites.mjs";
