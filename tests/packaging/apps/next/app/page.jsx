// On the server, at each request.
import { all } from "../all.mjs";

export const dynamic = "force-dynamic";

export default async function Page() {
  return <p>{await all()}</p>;
}
