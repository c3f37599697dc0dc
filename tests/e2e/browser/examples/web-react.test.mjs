import { failures } from "./failures.mjs";
import { scenarios } from "./scenarios.mjs";

scenarios("web-react");
failures("web-react");
