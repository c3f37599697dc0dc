import { scenarios } from "./scenarios.mjs";

scenarios("web-react");
