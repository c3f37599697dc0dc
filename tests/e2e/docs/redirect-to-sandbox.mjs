// For `node --import`: sends requests for an environment of the vendor to the sandbox.
//
//   SANDBOX_URL   the URL of the sandbox

const PLATFORM = /^https:\/\/(test\.)?sign\.swisscom\.ch(?=\/)/;
const redirected = (url) => url.replace(PLATFORM, process.env.SANDBOX_URL);
const originalFetch = globalThis.fetch;

globalThis.fetch = (resource, init) =>
  resource instanceof Request
    ? originalFetch(new Request(redirected(resource.url), resource), init)
    : originalFetch(redirected(String(resource)), init);
