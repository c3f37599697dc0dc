// For `node --import`: what is sent to an environment of the vendor goes to the sandbox.
//
//   SANDBOX_URL   where it listens

const PLATFORM = /^https:\/\/(test\.)?sign\.swisscom\.ch(?=\/)/;
const there = (url) => url.replace(PLATFORM, process.env.SANDBOX_URL);
const real = globalThis.fetch;

globalThis.fetch = (resource, init) =>
  resource instanceof Request
    ? real(new Request(there(resource.url), resource), init)
    : real(there(String(resource)), init);
