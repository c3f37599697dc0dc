// The tests that run against both hosts: the sandbox program and the sandbox in this process.

import "./flow.mjs";
import "./contract.mjs";
import "./control.mjs";
import "./faults.mjs";
import "./pages.mjs";
