import { SignatureRequestApi } from "@dropbox/sign";

const api = new SignatureRequestApi();
api.username = "key";
await api.signatureRequestSend({
  title: "Offer",
  fileUrls: ["https://example.ch/offer.pdf"],
  signers: [{ name: "Anna Muster", emailAddress: "anna@example.ch" }],
});
