import { Documenso } from "@documenso/sdk-typescript";

const documenso = new Documenso({ apiKey: "token" });
await documenso.envelopes.create({
  payload: {
    title: "Offer",
    type: "DOCUMENT",
    recipients: [
      { email: "anna@example.ch", name: "Anna Muster", role: "SIGNER" },
    ],
  },
});
