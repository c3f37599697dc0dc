// The client and the document of the samples.

import { createClient } from "swisscom-sign";

export { smallPdf } from "../node-invite-and-sign/pdf.mjs";

/** Credentials and URLs are read from the environment. Default: the test environment. */
export function client() {
  const {
    SWISSCOM_SIGN_CLIENT_ID: clientId,
    SWISSCOM_SIGN_CLIENT_SECRET: clientSecret,
    SWISSCOM_SIGN_API_URL: apiUrl,
    SWISSCOM_SIGN_TOKEN_URL: tokenUrl,
  } = process.env;
  return createClient({
    environment: apiUrl ? { apiUrl, tokenUrl } : "test",
    credentials: { clientId, clientSecret },
  });
}

/** A signature position: its upper left corner, in PDF points. */
export const at = (signer) => [
  { signer, pageNumber: 0, positionX: 120, positionY: 700 },
];

/** Stands for a redirect of the user. The URL gives access, so it is not printed. */
export function redirect(person, { url }) {
  console.log(`redirect ${person} to ${new URL(url).pathname.split("/")[1]}/…`);
}
