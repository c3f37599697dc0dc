// Broken on purpose.
import { createClients } from "swisscom-sign";

console.log(await createClients());
