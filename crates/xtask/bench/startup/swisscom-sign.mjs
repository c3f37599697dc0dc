// From nothing to the first request of swisscom-sign.
import { createClient } from "swisscom-sign";
import { finish } from "../finish.mjs";

const sign = await createClient({
  environment: "test",
  accessToken: async () => "token",
  fetch: finish,
});
await sign.processes.get("6f1a5c4d-2d9a-4f12-a1c5-bc6e2bcb2d6a");
