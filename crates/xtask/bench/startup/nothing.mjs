// Node itself, and a call of fetch's stand-in: the floor of the others.
import { finish } from "../finish.mjs";

await finish();
