import { failures } from "./failures.mjs";
import { scenarios } from "./scenarios.mjs";

scenarios("web-setup-flow");
failures("web-setup-flow");
