const sign = require("swisscom-sign");

const { all } = require("./all.cjs");

test("every entry point works", async () => {
  process.stdout.write(`${await all()}\n`);
});

// Jest's realm is not that of the errors which fetch rejects with.
test("a connection that fails is an error of the package", async () => {
  const client = await sign.createClient({
    environment: { apiUrl: "http://127.0.0.1:9" },
    accessToken: () => "token",
    maxRetries: 0,
  });
  await expect(client.processes.get("x")).rejects.toThrow(sign.SignError);
});
