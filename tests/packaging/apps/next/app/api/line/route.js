// A route handler of the Node runtime.
import { all } from "../../../all.mjs";

export const dynamic = "force-dynamic";

export async function GET() {
  return new Response(await all());
}
