// One round. Prints the milliseconds of each step.

const times = {};
async function timed(name, run) {
  const begun = performance.now();
  const result = await run();
  times[name] = performance.now() - begun;
  return result;
}

const { createSandbox } = await timed(
  "import",
  () => import("swisscom-sign/sandbox"),
);
const { createClient } = await import("swisscom-sign");
const { smallPdf } =
  await import("../../js-examples/node-invite-and-sign/pdf.mjs");
const sandbox = await timed("first createSandbox()", () => createSandbox());
const sign = await createClient({
  environment: "sandbox",
  credentials: sandbox.credentials,
  fetch: sandbox.fetch,
});

async function flow() {
  const signer = {
    type: "SIGNER",
    externalIdentifier: "a",
    firstName: "A",
    lastName: "B",
    email: "a@example.com",
  };
  const process = await sign.processes.create({
    signatureLevel: "ADVANCED",
    initiator: { type: "NON_PERSON", name: "Bench" },
    invitees: { signers: [signer] },
  });
  const signaturePositions = [
    { signer: "a", pageNumber: 0, positionX: 50, positionY: 100 },
  ];
  await process.attach(smallPdf("bench"), {
    name: "bench.pdf",
    signaturePositions,
  });
  await process.release();
  await sandbox.sign(process, "a");
  const { fileReferences } = await process.details();
  return (await process.download(fileReferences[0].lastSignedFileId)).bytes();
}

await timed("first process, token to signed file", flow);
for (let warm = 0; warm < 10; warm++) await flow();
await timed("a further process", flow);
await timed("a further createSandbox()", () => createSandbox());
process.stdout.write(JSON.stringify(times));
