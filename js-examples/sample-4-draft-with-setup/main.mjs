// Sample 4 of the contract, "Draft with UI setup": a draft with a document; a person adds the
// signers, places the signatures and releases it on the hosted page.

import { client, handOver, smallPdf } from "../shared/client.mjs";

const sign = await client();
const process = await sign.processes.create({
  signatureLevel: "SIMPLE",
  initiator: {
    type: "PERSON",
    externalIdentifier: "crm-4711",
    email: "john.doe@example.com",
  },
});
await process.attach(smallPdf("A draft"), { name: "draft.pdf" });
handOver("John Doe", await process.setup({ language: "en-GB" }));
console.log(`${process.id} ${await process.status()}`);
