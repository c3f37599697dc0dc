// Sample 4 of the contract, "Draft with UI setup": a system creates a draft with a document; a
// person adds the signers, places the signatures and releases the process on the hosted page.

import { client, redirect, smallPdf } from "../shared/client.mjs";

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
redirect("John Doe", await process.setup({ language: "en-GB" }));
console.log(`${process.id} ${await process.status()}`);
