import { all } from "./all.mjs";

export default {
  fetch: async () => new Response(await all()),
};
