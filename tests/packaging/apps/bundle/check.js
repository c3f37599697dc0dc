// What every app does; its answer is the line that the harness compares.
export async function check(
  { createClient, ValidationError },
  { loadWasm, lifecycle, requests },
) {
  const clients = await Promise.all(
    [1, 2].map(() =>
      createClient({
        environment: { apiUrl: "https://api.example.com/system" },
        accessToken: () => "token",
        fetch: async () => ({
          status: 201,
          headers: { "content-type": "application/json" },
          text: async () =>
            '{"id":"6f1a5c4d-2d9a-4f12-a1c5-bc6e2bcb2d6a","status":"CREATED"}',
        }),
      }),
    ),
  );
  await loadWasm();
  const [sign] = clients;
  const wrong = { initiator: { type: "PERSON", email: "?" } };
  const error = await sign.processes.create(wrong).catch((error) => error);
  if (!(error instanceof ValidationError)) throw error;
  const right = { initiator: { type: "PERSON", email: "a@b.ch" } };
  const process = await sign.processes.create(right);
  return [
    error.name,
    error.problems[0].path,
    lifecycle.next("CREATED", "released"),
    requests.findAll({ size: 1 }).path,
    process.state,
  ].join(" ");
}
