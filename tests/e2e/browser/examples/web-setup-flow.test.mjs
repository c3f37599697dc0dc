import { scenarios } from "./scenarios.mjs";

scenarios("web-setup-flow");
