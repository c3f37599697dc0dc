// What a consumer writes; it is checked, never run.
import {
  createClient,
  ConflictError,
  SignError,
  ValidationError,
  type SigningProcess,
} from "swisscom-sign";
import { access, lifecycle, loadWasm, requests } from "swisscom-sign/core";
import { checkPlacement, inspect, type PdfTag } from "swisscom-sign/pdf";
import { createSandbox, type Sandbox } from "swisscom-sign/sandbox";

type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2
    ? true
    : false;
const same = <A, B>(_: Equal<A, B>): void => undefined;

const sign = await createClient({
  environment: "test",
  credentials: {
    clientId: "id",
    clientSecret: "secret",
    scopes: ["sswp:process:create"],
  },
  fetch: globalThis.fetch,
});
const process: SigningProcess = await sign.processes.create(
  {
    signatureLevel: "ADVANCED",
    initiator: { type: "NON_PERSON", name: "system" },
    invitees: {
      signers: [
        { type: "SIGNER", firstName: "A", lastName: "B", email: "a@b.ch" },
      ],
    },
  },
  {
    signal: AbortSignal.timeout(1000),
    timeoutMs: 5,
    maxRetries: 1,
    headers: { a: "b" },
  },
);
const { fileId } = await process.attach(new Uint8Array(), {
  name: "a.pdf",
  signaturePositions: [
    { signer: "x", locator: "TAG", offsetX: 1 },
    { signer: "x", pageNumber: 0, positionX: 1, positionY: 1 },
  ],
  onProgress: ({ phase, bytes, total }) =>
    same<typeof total, number | undefined>(true),
});
await process.attach({ path: "a.pdf" });
same<string, typeof fileId>(true);
const { participants, alreadyReleased } = await process.release({
  notification: { locale: "de-CH" },
});
same<boolean, typeof alreadyReleased>(true);
participants[0]?.url?.length;
const state = await process.status();
const known: "CREATED" | "PENDING" | "COMPLETED" | "EXPIRED" | (string & {}) =
  state;
const unknown: string = state;
const model = await process.waitFor("COMPLETED", { onChange: ({ to }) => to });
model.invitees?.signers?.[0]?.certificateMatch?.length;
const download = await process.download(fileId);
const bytes: Uint8Array = await download.bytes();
await download.saveTo("x.pdf");
for await (const item of sign.processes.list({
  status: "PENDING",
  validUntilWithin: "P5D",
}))
  item.id;
for await (const page of sign.processes.list().pages())
  page.processes.length + (page.totalElements ?? 0);
const again = sign.processes.resume(JSON.stringify(process));
try {
  await again.open("x", { skipAuthorization: true });
} catch (error) {
  if (error instanceof ValidationError)
    error.problems.map(({ path, code, message }) => path + code + message);
  if (error instanceof ConflictError) error.upstream?.name;
  if (error instanceof SignError && error.code === "rate_limited")
    error.retryAfterMs;
}
await loadWasm();
const request = requests.create({
  initiator: { type: "PERSON", email: "a@b.ch" },
});
same<"GET" | "POST", typeof request.method>(true);
const created = requests.decode("create", { status: 201, body: "{}" });
created.initiator.type satisfies "PERSON" | "SIGNER" | "NON_PERSON";
requests.decode("release", { status: 208, body: "{}" })
  .alreadyReleased satisfies boolean;
lifecycle.allowedOperations("CREATED").includes("attach");
access.challenge({
  role: "invitee",
  person: { type: "PERSON", email: "a@b.ch" },
}) satisfies string;
await createClient({
  relay: "https://relay.example.com",
  userToken: async () => "jwt",
});
await createClient({
  environment: { apiUrl: "https://x" },
  accessToken: () => "token",
});
sign.free();

const found = await inspect(new Blob([]));
const tag: PdfTag | undefined = found.tags[0];
found.pages[0]?.visibleBox.left.toFixed();
same<0 | 90 | 180 | 270, (typeof found.pages)[number]["rotation"]>(true);
const misplaced = await checkPlacement(
  found,
  [{ signer: "x", locator: "TAG" }],
  { signers: ["x"] },
);
misplaced.some(({ path, code }) => path + code === "tag_not_found");
tag?.page.toFixed();
// @ts-expect-error: a stream must be collected first
await inspect(new ReadableStream());

const credentials = { clientId: "id", clientSecret: "secret" };
const initiator = { type: "NON_PERSON", name: "x" } as const;
// @ts-expect-error: no such environment
await createClient({ environment: "prod", credentials });
// @ts-expect-error: the secret is missing
await createClient({ environment: "test", credentials: { clientId: "" } });
// @ts-expect-error: what only the platform writes cannot be sent
await sign.processes.create({ id: "x", initiator });
// @ts-expect-error: no such level
await sign.processes.create({ signatureLevel: "BEST", initiator });
// @ts-expect-error: coordinates are missing
await process.attach(bytes, { signaturePositions: [{ signer: "x" }] });

const sandbox: Sandbox = await createSandbox({
  clock: { mode: "frozen", at: new Date(0) },
  settings: { qes: "simulate" },
});
const tested = await createClient({
  environment: "sandbox",
  credentials: sandbox.credentials,
  fetch: sandbox.fetch,
});
const inTest: SigningProcess = await tested.processes.get("x");
await sandbox.faults.add({
  match: { operation: "release", nth: 2 },
  // @ts-expect-error: there is no such damage
  action: { drop: "gently" },
});
const [event] = await sandbox.clock.advance("P31D");
same<"reminder" | "expired" | "archived", typeof event.type>(true);
const { code }: { code: string | null } =
  await sandbox.outbox.wait("a@example.com");
console.log(code, (await sandbox.sign(inTest, "anna")).status);
