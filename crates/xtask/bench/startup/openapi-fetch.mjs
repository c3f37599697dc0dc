// From nothing to the first request of openapi-fetch.
import createClient from "openapi-fetch";
import { finish } from "../finish.mjs";

const client = createClient({ baseUrl: "https://test.sign.swisscom.ch/system", fetch: finish });
await client.GET("/api/process/{processId}", {
  params: { path: { processId: "6f1a5c4d-2d9a-4f12-a1c5-bc6e2bcb2d6a" } },
  headers: { authorization: "Bearer token" },
});
