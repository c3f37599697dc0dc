// Sample 3 of the contract, "Delegated signing": a system acts for a person, who is both
// initiator and signer. The person must authenticate: `skipAuthorization` is false.

import { at, client, redirect, smallPdf } from "../shared/client.mjs";

const sign = await client();
const process = await sign.processes.create({
  signatureLevel: "SIMPLE",
  initiator: {
    type: "SIGNER",
    externalIdentifier: "crm-4711",
    firstName: "John",
    lastName: "Doe",
    email: "john.doe@example.com",
  },
});
await process.attach(smallPdf("An application"), {
  name: "application.pdf",
  signaturePositions: at("crm-4711"),
});
await process.release({ notification: { locale: "de-CH" } });
redirect(
  "John Doe",
  await process.open("crm-4711", {
    language: "en-GB",
    skipAuthorization: false,
  }),
);
console.log(`${process.id} ${await process.status()}`);
