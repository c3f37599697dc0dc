// Broken on purpose: the harness must see it.
import { createClient } from "swisscom-sign";

await createClient({
  environment: "test",
  accessToken: () => "t",
  secret: "x",
});
