import createClient from "openapi-fetch";

const client = createClient({
  baseUrl: "https://test.sign.swisscom.ch/system",
  headers: { authorization: "Bearer token" },
});
await client.POST("/api/process", {
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
