import { createClient } from "swisscom-sign";

const sign = await createClient({
  environment: "test",
  accessToken: () => "token",
});
await sign.processes.create({
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
});
