// Sends a request with a file: as a stream if the runtime's fetch can send a Content-Length with it
// (Node), with XMLHttpRequest if progress is needed (browsers), otherwise as a Blob.

import type { FetchLike, FetchResponseLike, WireUpload } from "./wire.js";

/** Sends the request with the file as its body. `injected`: `send` is a fetch of the caller. */
export async function sendFile(
  request: Request,
  upload: WireUpload,
  send: FetchLike,
  injected: boolean,
): Promise<FetchResponseLike> {
  if (canStream()) return sendStream(request, upload, send);
  const body = await upload.blob(request.signal);
  if (!injected && upload.watched && hasXhr()) return sendXhr(request, body, upload);
  const answer = await send(new Request(request, { body }));
  upload.sent(body.size);
  return answer;
}

/**
 * Whether `fetch` sends a stream with the given Content-Length. Node does. Browsers reject the header
 * and stream over HTTP/2 only; Deno and Bun send chunks without a length, which the relay and older
 * gateways reject.
 */
function canStream(): boolean {
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

async function sendStream(
  request: Request,
  upload: WireUpload,
  send: FetchLike,
): Promise<FetchResponseLike> {
  request.headers.set("content-length", String(upload.length));
  // Any other `redirect` mode makes fetch keep a copy of the body, to send it again.
  const init = { body: upload.stream(), duplex: "half", redirect: "error" } as const;
  try {
    return await send(new Request(request, init as RequestInit));
  } catch (error) {
    // The status of an opaque redirect, as with `redirect: "manual"`.
    if (isRedirect(error)) return { status: 0 };
    throw error;
  }
}

function isRedirect(error: unknown): boolean {
  const { cause } = Object(error) as { cause?: unknown };
  return error instanceof TypeError && /unexpected redirect/.test(String(Object(cause).message));
}

/** Whether XMLHttpRequest is native: a polyfill of a test environment would bypass its fetch mock. */
function hasXhr(): boolean {
  const known: unknown = (globalThis as { XMLHttpRequest?: unknown }).XMLHttpRequest;
  return (
    typeof known === "function" && /\[native code\]/.test(Function.prototype.toString.call(known))
  );
}

/** All exposed headers. `getResponseHeader` of a hidden one logs an error to the console. */
function responseHeaders(xhr: XMLHttpRequest): Headers {
  const headers = new Headers();
  for (const line of xhr.getAllResponseHeaders().split("\r\n")) {
    const [name = "", value] = line.split(/: (.*)/s);
    if (value !== undefined) headers.append(name, value);
  }
  return headers;
}

/** Like `fetch`, with upload progress. */
function sendXhr(request: Request, body: Blob, upload: WireUpload): Promise<FetchResponseLike> {
  const { signal } = request;
  return new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest();
    const abort = (): void => {
      reject(signal.reason as Error);
      xhr.abort();
    };
    const fail = (): void => reject(new TypeError("network error"));
    if (signal.aborted) return abort();
    xhr.open(request.method, request.url, true);
    xhr.responseType = "arraybuffer";
    xhr.withCredentials = request.credentials === "include";
    request.headers.forEach((value, name) => xhr.setRequestHeader(name, value));
    xhr.upload.onprogress = ({ loaded }) => upload.sent(loaded);
    xhr.upload.onload = () => upload.sent(body.size);
    xhr.onerror = xhr.ontimeout = fail;
    xhr.onload = () => {
      // XMLHttpRequest always follows redirects: ignore the response of another URL.
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
