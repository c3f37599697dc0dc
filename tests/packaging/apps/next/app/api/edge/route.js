// A route handler of the edge runtime.
import { all } from "../../../all.mjs";

export const runtime = "edge";

export async function GET() {
  return new Response(await all());
}
