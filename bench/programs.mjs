// The smallest programs that create something with each client: what bundles and starts are measured
// with.

export const PROGRAMS = [
  "swisscom-sign",
  "hey-api",
  "openapi-fetch",
  "docusign-esign",
  "dropbox-sign",
  "documenso",
  "stripe",
  "openai",
];
