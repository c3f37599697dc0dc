import { client, create } from "#hey-api";

client.setConfig({
  baseUrl: "https://test.sign.swisscom.ch/system",
  auth: () => "token",
});
await create({
  body: {
    signatureLevel: "SIMPLE",
    initiator: { type: "NON_PERSON", name: "Offer portal" },
    invitees: {
      signers: [
        {
          type: "SIGNER",
          firstName: "Anna",
          lastName: "Muster",
          email: "anna@example.ch",
        },
      ],
    },
  },
});
