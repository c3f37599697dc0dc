// The relay as a program before a sandbox, with its development users.

import { RELAY, start } from "./program.mjs";

/** The fields of the relay's ready line, with `token(name)` of a user and `end()`. */
export async function startRelay(sandbox) {
  const relay = await start(
    RELAY,
    [
      ...["serve", "--dev", "--listen", "127.0.0.1:0"],
      ...["--upstream", sandbox.apiUrl, "--token-url", sandbox.tokenUrl],
    ],
    {
      env: {
        SWISSCOM_SIGN_CLIENT_ID: sandbox.clientId,
        SWISSCOM_SIGN_CLIENT_SECRET: sandbox.clientSecret,
      },
    },
  );
  return {
    ...relay,
    token: (name) => relay.users.find((user) => user.name === name).token,
  };
}
