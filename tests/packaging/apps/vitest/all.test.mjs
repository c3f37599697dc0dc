import { expect, test } from "vitest";
import { SignError, createClient } from "swisscom-sign";

import { all } from "./all.mjs";

test("every entry point works", async () => {
  console.log(await all());
});

test("a failed connection rejects with a SignError", async () => {
  const client = await createClient({
    environment: { apiUrl: "http://127.0.0.1:9" },
    accessToken: () => "token",
    maxRetries: 0,
  });
  await expect(client.processes.get("x")).rejects.toThrow(SignError);
});
