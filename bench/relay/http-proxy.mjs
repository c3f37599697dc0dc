// A proxy as in its documentation, with a connection pool, which adds a token.
//   node http-proxy.mjs PORT TARGET
import http from "node:http";
import httpProxy from "http-proxy";

const [port, target] = process.argv.slice(2);
const agent = new http.Agent({ keepAlive: true });
const headers = { authorization: "Bearer t" };
const proxy = httpProxy.createProxyServer({ target, agent, headers });
proxy.on("error", (error, request, response) =>
  response.writeHead(502).end(String(error)),
);
http
  .createServer((request, response) => proxy.web(request, response))
  .listen(port, "127.0.0.1");
