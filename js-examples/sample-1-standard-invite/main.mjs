// Sample 1 of the contract, "Standard invite": a system starts a process and invites a person, who
// signs with a link. The most common case.

import { at, client, redirect, smallPdf } from "../shared/client.mjs";

const sign = await client();
const process = await sign.processes.create({
  signatureLevel: "SIMPLE",
  initiator: {
    type: "NON_PERSON",
    externalIdentifier: "order-system-42",
    name: "Order system",
  },
  invitees: {
    signers: [
      {
        type: "SIGNER",
        externalIdentifier: "crm-4711",
        firstName: "John",
        lastName: "Doe",
        email: "john.doe@example.com",
      },
    ],
  },
});
await process.attach(smallPdf("An offer"), {
  name: "offer.pdf",
  externalIdentifier: "offer-1",
  signaturePositions: at("crm-4711"),
});
await process.release({ notification: { locale: "de-CH" } });
redirect(
  "John Doe",
  await process.open("crm-4711", {
    language: "en-GB",
    skipAuthorization: true,
  }),
);
console.log(`${process.id} ${await process.status()}`);
