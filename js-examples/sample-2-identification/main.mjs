// Sample 2 of the contract, "Invite with GwG identification": the signer is identified online
// before the qualified signature. Corporate tenants only; the test environment does not support QES.

import { at, client, redirect, smallPdf } from "../shared/client.mjs";

const sign = await client();
const process = await sign.processes.create({
  signatureLevel: "QUALIFIED",
  initiator: { type: "NON_PERSON", name: "Order system" },
  invitees: {
    signers: [
      {
        type: "SIGNER",
        externalIdentifier: "crm-4711",
        firstName: "John",
        lastName: "Doe",
        email: "john.doe@example.com",
        verification: { residentPermit: true },
      },
    ],
  },
});
await process.attach(smallPdf("An account is opened"), {
  name: "account.pdf",
  signaturePositions: at("crm-4711"),
});
await process.release({ notification: { locale: "de-CH" } });
redirect("John Doe", await process.open("crm-4711", { language: "en-GB" }));

// Wait for the result of the identification.
for await (const event of sign.processes.watch({
  ids: [process.id],
  minIntervalMs: 500,
})) {
  if (event.type === "signer.identified") {
    console.log(`identified on ${event.at}`);
    break;
  }
  if (event.type === "signer.identification_rejected") {
    console.log("rejected: this person cannot sign");
    break;
  }
}
console.log(`${process.id} ${await process.status()}`);
