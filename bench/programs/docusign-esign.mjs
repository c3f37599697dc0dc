import docusign from "docusign-esign";

const client = new docusign.ApiClient();
client.setBasePath("https://demo.docusign.net/restapi");
client.addDefaultHeader("Authorization", "Bearer token");
await new docusign.EnvelopesApi(client).createEnvelope("1", {
  envelopeDefinition: {
    emailSubject: "Offer",
    status: "created",
    recipients: {
      signers: [
        { recipientId: "1", name: "Anna Muster", email: "anna@example.ch" },
      ],
    },
  },
});
