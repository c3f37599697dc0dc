import { createClient } from "swisscom-sign";

/** Options of a watcher that polls every 50 ms. */
export const FAST = {
  minIntervalMs: 50,
  maxIntervalMs: 50,
  maxRequestsPerMinute: 6_000,
};

/** Watches every process of the sandbox's client, for at most 20 seconds. */
export async function watchAll(
  { environment, credentials },
  { clientId, clientSecret } = credentials,
  options,
) {
  const scopes = ["sswp:process:read:all"];
  const sign = await createClient({
    environment,
    credentials: { clientId, clientSecret, scopes },
  });
  const signal = AbortSignal.timeout(20_000);
  return sign.processes.watch({ ...FAST, signal, ...options });
}
