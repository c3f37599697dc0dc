// A proxy as in its documentation, which adds a token.
//   node fastify.mjs PORT TARGET
import Fastify from "fastify";
import proxy from "@fastify/http-proxy";

const [port, target] = process.argv.slice(2);
const { origin, pathname } = new URL(target);
const app = Fastify({ bodyLimit: 64 * 1024 * 1024 });
await app.register(proxy, {
  upstream: origin,
  rewritePrefix: pathname,
  replyOptions: {
    rewriteRequestHeaders: (_request, headers) => ({
      ...headers,
      authorization: "Bearer t",
    }),
  },
});
await app.listen({ port: Number(port), host: "127.0.0.1" });
