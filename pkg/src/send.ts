// How a request with a file goes out: as a stream where the runtime's fetch can say its length
// (Node), by XMLHttpRequest where only that tells the progress (browsers), as a Blob otherwise.

import type { Fetch } from "./host.js";
import type { FetchResponse, Upload } from "./wire.js";

/** Sends the request with a file for its body. `injected`: `fetch` is the caller's own. */
export async function sendFile(
  request: Request,
  upload: Upload,
  send: Fetch,
  injected: boolean,
): Promise<FetchResponse> {
  if (streams()) return sendStream(request, upload, send);
  const body = await upload.blob(request.signal);
  if (!injected && upload.watched && hasXhr()) return sendXhr(request, body, upload);
  const answer = await send(new Request(request, { body }));
  upload.sent(body.size);
  return answer;
}

/**
 * Whether `fetch` sends a stream with the Content-Length that it is told. Node's does. Browsers take
 * no such header and stream over HTTP/2 alone; Deno and Bun send chunks without a length, which the
 * relay and older gateways refuse.
 */
function streams(): boolean {
  const scope = globalThis as {
    process?: { versions?: Record<string, string | undefined> };
    Deno?: unknown;
    Bun?: unknown;
  };
  if (!scope.process?.versions?.["undici"] || scope.Deno || scope.Bun) return false;
  const headers = { "content-length": "1" };
  return new Request("http://localhost/", { method: "POST", headers }).headers.has(
    "content-length",
  );
}

async function sendStream(request: Request, upload: Upload, send: Fetch): Promise<FetchResponse> {
  request.headers.set("content-length", String(upload.length));
  // With any other `redirect` fetch keeps a copy of the whole body, to send it once more.
  const init = { body: upload.stream(), duplex: "half", redirect: "error" } as const;
  try {
    return await send(new Request(request, init as RequestInit));
  } catch (error) {
    // What "manual" answers with.
    if (isRedirect(error)) return { status: 0 };
    throw error;
  }
}

function isRedirect(error: unknown): boolean {
  const { cause } = Object(error) as { cause?: unknown };
  return error instanceof TypeError && /unexpected redirect/.test(String(Object(cause).message));
}

/** The runtime's own: those of test environments are not used, as their fetch is another's. */
function hasXhr(): boolean {
  const known: unknown = (globalThis as { XMLHttpRequest?: unknown }).XMLHttpRequest;
  return (
    typeof known === "function" && /\[native code\]/.test(Function.prototype.toString.call(known))
  );
}

/** Asking for one that is hidden from pages would be reported on the console. */
function responseHeaders(xhr: XMLHttpRequest): Headers {
  const headers = new Headers();
  for (const line of xhr.getAllResponseHeaders().split("\r\n")) {
    const [name = "", value] = line.split(/: (.*)/s);
    if (value !== undefined) headers.append(name, value);
  }
  return headers;
}

/** The same as `fetch`, with progress: it rejects as fetch does, and answers with what is enough. */
function sendXhr(request: Request, body: Blob, upload: Upload): Promise<FetchResponse> {
  const { signal } = request;
  return new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest();
    const abort = (): void => {
      reject(signal.reason as Error);
      xhr.abort();
    };
    const lost = (): void => reject(new TypeError("network error"));
    if (signal.aborted) return abort();
    xhr.open(request.method, request.url, true);
    xhr.responseType = "arraybuffer";
    xhr.withCredentials = request.credentials === "include";
    request.headers.forEach((value, name) => xhr.setRequestHeader(name, value));
    xhr.upload.onprogress = ({ loaded }) => upload.sent(loaded);
    xhr.upload.onload = () => upload.sent(body.size);
    xhr.onerror = xhr.ontimeout = lost;
    xhr.onload = () => {
      // It cannot be kept from following a redirect, so its answer is not taken.
      if (xhr.responseURL !== request.url.split("#")[0]) return resolve({ status: 0 });
      const bytes = xhr.response as ArrayBuffer;
      resolve({
        status: xhr.status,
        headers: responseHeaders(xhr),
        text: () => new TextDecoder().decode(bytes),
      });
    };
    signal.addEventListener("abort", abort);
    xhr.onloadend = () => signal.removeEventListener("abort", abort);
    xhr.send(body);
  });
}
