// The minimal program of each client, for the bundle and startup benchmarks: it sends a create request.

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
