// HTTP servers on loopback.

import { once } from "node:events";
import { createServer } from "node:http";

/** A server on a free port: `{ port, url, end }`. */
export async function serve(listener) {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  // A failed test that does not reach `end` must not keep the process alive.
  server.unref();
  const { port } = server.address();
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    end: () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  };
}

/** A port that was free a moment ago. */
export async function freePort() {
  const { port, end } = await serve();
  await end();
  return port;
}
