// Broken on purpose: the harness must see it.
import { createClients } from "swisscom-sign";

console.log(await createClients());
