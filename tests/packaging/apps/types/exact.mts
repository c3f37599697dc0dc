// Every option may be `undefined`, also under `exactOptionalPropertyTypes`.
import { createClient, levelOf } from "swisscom-sign";
import { createSandbox } from "swisscom-sign/sandbox";

declare const text: string | undefined;
declare const signal: AbortSignal | undefined;
declare const count: number | undefined;

const sign = await createClient({
  environment: "test",
  credentials: { clientId: text, clientSecret: text, scopes: undefined },
  fetch: undefined,
  timeoutMs: count,
  logger: undefined,
  onRequest: undefined,
});
const call = { signal, timeoutMs: count, headers: undefined };
const process = await sign.processes.create(
  {
    signatureLevel: undefined,
    initiator: { type: "NON_PERSON", name: "x", externalIdentifier: text },
    invitees: undefined,
  },
  call,
);
await process.attach(new Uint8Array(), {
  ...{ name: text, externalIdentifier: text, size: count },
  signaturePositions: undefined,
  onProgress: undefined,
});
const validUntil: Date | undefined = new Date();
await process.release({ validUntil, notification: undefined }, call);
await process.waitFor("COMPLETED", { ...call, onChange: undefined });
for await (const event of sign.processes.watch({ cursor: text, signal }))
  event.processId;
sign.processes.list({ status: undefined, sort: text, size: count });
levelOf({ quality: "AES", legislation: undefined });
await createSandbox({
  url: text,
  clock: undefined,
  settings: { qes: undefined },
});
