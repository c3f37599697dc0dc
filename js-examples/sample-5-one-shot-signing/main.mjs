// Sample 5 of the contract, "One-shot signing (OSS)": the signer does not need a registered
// device. Corporate tenants only; for advanced and qualified signatures.

import { at, client, redirect, smallPdf } from "../shared/client.mjs";

const sign = await client();
const process = await sign.processes.create({
  signatureLevel: "ADVANCED",
  initiator: { type: "NON_PERSON", name: "Order system" },
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
  signaturePositions: at("crm-4711"),
});
const request = {
  notification: { locale: "de-CH" },
  signatureMethods: ["OSS"],
};
const problems = await process.check("release", request);
if (problems.length > 0) console.log(problems);
await process.release(request);
redirect("John Doe", await process.open("crm-4711", { language: "en-GB" }));
console.log(`${process.id} ${await process.status()}`);
