// A client for the samples, and the document that they send.

import { createClient } from "swisscom-sign";

export { smallPdf } from "../node-invite-and-sign/pdf.mjs";

/** Credentials come from the environment; without URLs it is the test environment. */
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

/** Where the person signs: the upper left corner, in PDF points. */
export const at = (signer) => [
  { signer, pageNumber: 0, positionX: 120, positionY: 700 },
];

/** A URL lets its bearer in: it is handed over, and not printed. */
export function handOver(whom, { url }) {
  console.log(`${whom} is sent to ${new URL(url).pathname.split("/")[1]}/…`);
}
