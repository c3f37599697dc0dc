// The sandbox as a program on a free port.

import { SANDBOX, start } from "./program.mjs";

/** `options` are added to the command line. */
export async function startSandbox(options = []) {
  const ready = await start(SANDBOX, [
    ...["serve", "--listen", "127.0.0.1:0", "--quiet"],
    ...options,
  ]);
  const { url, apiUrl, tokenUrl, clientId, clientSecret } = ready;
  const environment = { apiUrl, tokenUrl };
  const credentials = { clientId, clientSecret };
  let token;
  const control = (method, path, body) =>
    json(method, `${url}/_sandbox${path}`, body);
  return {
    ...ready,
    environment,
    credentials,
    /** Calls the API as a client that reads every process: `api("POST", "/ID/release", {})`. */
    async api(method, path, body) {
      token ??= await accessToken({ environment, credentials });
      return json(method, `${apiUrl}/api/process${path}`, body, token);
    },
    /** Calls a control endpoint. */
    control,
    /** Performs an action of the hosted pages: `act("ID/participants/anna/sign")`. */
    act: (path, body) => control("POST", `/processes/${path}`, body),
    message: (query) => message(url, query),
  };
}

async function json(method, url, body, token) {
  const response = await fetch(url, {
    method,
    headers: {
      ...(token && { authorization: `Bearer ${token}` }),
      ...(body && { "content-type": "application/json" }),
    },
    body: body && JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok)
    throw new Error(`${method} ${url}: ${response.status} ${text}`);
  return text ? JSON.parse(text) : undefined;
}

/** An access token of a sandbox, by its own `fetch` if it runs in this process. */
export async function accessToken(
  { environment, credentials, fetch = globalThis.fetch },
  scope = "sswp:process:read:all",
) {
  const response = await fetch(environment.tokenUrl, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "client_credentials",
      client_id: credentials.clientId,
      client_secret: credentials.clientSecret,
      scope,
    }),
  });
  return (await response.json()).access_token;
}

/** The newest message in the outbox that matches the query. Waits up to five seconds for one. */
export async function message(url, query) {
  const { messages } = await json(
    "GET",
    `${url}/_sandbox/outbox?wait=5s&${new URLSearchParams(query)}`,
  );
  if (messages.length === 0)
    throw new Error(`no message matches ${JSON.stringify(query)}`);
  return messages.at(-1);
}
