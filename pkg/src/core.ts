// `swisscom-sign/core`: the contract without I/O, for programs with their own HTTP client.

/// <reference lib="esnext.disposable" />

import { getHeader } from "./host.js";
import { serializeBody } from "./connection.js";
import { wrapMethods, MAX_TEXT_LENGTH, requireString } from "./arguments.js";
import { configurationError } from "./environment.js";
import { withSignErrors } from "./errors.js";
import type {
  Authorization,
  OperationId,
  OperationTypes,
  Participant,
  ParticipantInput,
  Process,
  ProcessEvent,
  ProcessInput,
  State,
} from "./generated/contract.js";
import type { WireCall, WireDecodedResponse } from "./wire.js";
import type { NewProcess } from "./process-input.js";
import { wallNow } from "./real-time.js";
import { loadWasm, wasm, type WasmModule, type WasmSource } from "./wasm/load.js";

export * from "./errors-public.js";
export type * from "./generated/contract.js";
export { loadWasm, type WasmModule, type WasmSource };

/** A request, relative to the base URL of an environment. Add a bearer token. */
export interface SignRequest {
  operation: OperationId;
  method: "GET" | "POST";
  /** Path and query, encoded. */
  path: string;
  /** Lower-case names, without `authorization`. */
  headers: Record<string, string>;
  /** JSON text. */
  body: string | undefined;
  /** Success statuses; the first is the usual one. */
  successStatuses: number[];
}

/** An HTTP response. */
export interface SignResponse {
  status: number;
  /** `Headers`, a map or a plain object. Content-Type and Retry-After are used. */
  headers?: unknown;
  /** Text of the body; for `getFileContent` its bytes, which are returned unchanged. */
  body?: string | Uint8Array | undefined;
}

/** Result of an operation; for release also whether the process had been released before. */
export type OperationResult<O extends OperationId> = OperationTypes[O]["response"] &
  (O extends "release" ? { alreadyReleased: boolean } : unknown);

type Query = OperationTypes["findAll"]["request"];
type Body<O extends OperationId> = OperationTypes[O]["request"];

/** A request builder per operation, and the decoder of responses. Call {@link loadWasm} first. */
export interface RequestBuilders {
  findAll(query?: Omit<Query, "sort"> & { sort?: string | string[] | undefined }): SignRequest;
  create(process: NewProcess): SignRequest;
  /** `content` is Base64, in memory; `SigningProcess.attach` streams the file instead. */
  attach(processId: string, file: Body<"attach">): SignRequest;
  setup(processId: string, request?: Body<"setup">): SignRequest;
  release(processId: string, request?: Body<"release">): SignRequest;
  open(processId: string, personId: string, request?: Body<"open">): SignRequest;
  getProcess(processId: string): SignRequest;
  getStatus(processId: string): SignRequest;
  getRecords(processId: string): SignRequest;
  getFile(processId: string, fileId: string): SignRequest;
  getFileContent(processId: string, fileId: string): SignRequest;
  /**
   * Decodes a response.
   *
   * @throws {@link SignError} for every error status, and for a malformed body.
   */
  decode<O extends OperationId>(operation: O, response: SignResponse): OperationResult<O>;
}

/** What all requests of an operation have in common. */
interface RequestTemplate extends Pick<SignRequest, "method" | "headers" | "successStatuses"> {
  index: number;
  /** Absent if it depends on the request. */
  path: string | undefined;
  hasBody: boolean;
}

type WireRequestTemplate = Omit<RequestTemplate, "headers"> & { headers: Array<[string, string]> };

/** Templates by operation, without and with a body. */
const templates: [
  Partial<Record<string, RequestTemplate>>,
  Partial<Record<string, RequestTemplate>>,
] = [{}, {}];

function templateOf(operation: OperationId, withText: boolean): RequestTemplate {
  const known = templates[withText ? 1 : 0];
  return (known[operation] ??= loadTemplate(operation, withText));
}

function loadTemplate(operation: OperationId, withText: boolean): RequestTemplate {
  const found = wasm().requestTemplate(operation, withText) as WireRequestTemplate;
  return { ...found, headers: Object.fromEntries(found.headers) };
}

/** An identifier for the path. The core rejects `undefined`. */
function id(value: unknown): string | undefined {
  return typeof value === "string" || typeof value === "number" ? `${value}` : undefined;
}

function build(operation: OperationId, call: WireCall, input?: unknown): SignRequest {
  const text = serializeBody(operation, input);
  const { processId, personId, fileId } = call;
  return withSignErrors(() => {
    const { index, method, path, headers, hasBody, successStatuses } = templateOf(
      operation,
      text !== undefined,
    );
    // The body differs from the text if read-only fields were dropped.
    const [target, changed] =
      wasm().requestTarget(index, id(processId), id(personId), id(fileId), text) ?? [];
    return {
      operation,
      method,
      path: target ?? path ?? "",
      headers: { ...headers },
      body: hasBody ? (changed ?? text ?? "{}") : undefined,
      successStatuses: [...successStatuses],
    };
  });
}

export const requests: RequestBuilders = /* @__PURE__ */ wrapMethods({
  findAll(query = {}) {
    const { sort, ...rest } = query;
    return build("findAll", {}, sort === undefined ? rest : { ...rest, sort: [sort].flat() });
  },
  create: (process) => build("create", {}, process ?? null),
  attach: (processId, file) => build("attach", { processId }, file),
  setup: (processId, request) => build("setup", { processId }, request),
  release: (processId, request) => build("release", { processId }, request),
  open: (processId, personId, request) => build("open", { processId, personId }, request),
  getProcess: (processId) => build("getProcess", { processId }),
  getStatus: (processId) => build("getStatus", { processId }),
  getRecords: (processId) => build("getRecords", { processId }),
  getFile: (processId, fileId) => build("getFile", { processId, fileId }),
  getFileContent: (processId, fileId) => build("getFileContent", { processId, fileId }),
  decode<O extends OperationId>(operation: O, response: SignResponse): OperationResult<O> {
    const { status, body } = response;
    const text = typeof body === "string" ? body : new TextDecoder().decode(body);
    if (text.length > MAX_TEXT_LENGTH)
      throw configurationError(`response body too long: maximum ${MAX_TEXT_LENGTH} characters`);
    const head = { status, headers: response.headers };
    const type = getHeader(head, "content-type");
    const decoded = withSignErrors(
      () =>
        wasm().decodeResponse(
          short(operation),
          Number(status),
          type,
          getHeader(head, "retry-after"),
          wallNow(),
          operation === "getFileContent" && status < 300 ? "" : text,
        ) as WireDecodedResponse,
    );
    if (operation === "getFileContent") return body as OperationResult<O>;
    const data = JSON.parse(text === "" ? "{}" : text) as object;
    const more = operation === "release" ? { alreadyReleased: decoded.alreadyDone } : {};
    return { ...data, ...more } as OperationResult<O>;
  },
});

/** Bounds the length of a name; the core rejects unknown names. */
const short = (value: unknown): string => String(value).slice(0, 64);

/** The state machine of a process (guide, "States"). Call {@link loadWasm} first. */
export const lifecycle = /* @__PURE__ */ wrapMethods({
  /** The operations that have an effect in a state, in lifecycle order. */
  allowedOperations(state: string): OperationId[] {
    return wasm().allowedOperations(short(state)) as OperationId[];
  },
  /** Whether an operation can be called. `release` can be repeated in any later state, without effect. */
  permits(state: string, operation: OperationId): boolean {
    try {
      wasm().checkState(short(operation), short(state));
      return true;
    } catch {
      return false;
    }
  },
  /** The next state after an event; `undefined` if the event cannot occur in this state. */
  next(state: string, event: ProcessEvent): State | undefined {
    return wasm().nextState(short(state), short(event)) as State | undefined;
  },
  /** Whether the state is final. */
  isFinal(state: string): boolean {
    return wasm().isFinal(short(state));
  },
});

/** How a person proves access to a process. */
export type Challenge = "none" | "sms-code" | "email-code" | "login" | "denied";

/** A person who opens a process, with the proofs of access. */
export interface AccessRequest {
  role: "initiator" | "invitee";
  /** The process. `authorization` is CODE when absent (the platform does not return it). */
  process?: ((Process | ProcessInput) & { authorization?: Authorization | undefined }) | undefined;
  /** The person, or their identification or externalIdentifier in the process. */
  person?:
    | Participant
    | ParticipantInput
    | { email?: string | undefined; mobile?: string | undefined }
    | string
    | undefined;
  /** The account of the person, if logged in. */
  account?:
    | {
        /** Whether it owns the process. */
        ownsProcess?: boolean | undefined;
        /** Whether the process belongs to one of its teams. */
        inTeamOfProcess?: boolean | undefined;
        /** E-mail address, if verified. */
        verifiedEmail?: string | undefined;
        /** Mobile number, if verified. */
        verifiedMobile?: string | undefined;
      }
    | undefined;
  /** The one-time code of the URL, if it has one. */
  oneTimeCode?: { ageMs: number; redeemed?: boolean | undefined } | undefined;
}

/** Process authorization (guide, "Process Authorization"). Call {@link loadWasm} first. */
export const access = /* @__PURE__ */ wrapMethods({
  /** The challenge that the platform will present. */
  challenge(request: AccessRequest): Challenge {
    if (request?.role !== "initiator" && request?.role !== "invitee") {
      throw configurationError('invalid `role`: expected "initiator" or "invitee"');
    }
    const { role, process, account, oneTimeCode } = request;
    const person = contact(request);
    const text = (value: unknown): string | undefined =>
      value === undefined || value === null
        ? undefined
        : requireString("a field of the access request", value);
    return wasm().challenge({
      initiator: role === "initiator",
      authorization: text(process?.authorization),
      email: text(person?.email),
      mobile: text(person?.mobile),
      loggedIn: account !== undefined && account !== null,
      ownsProcess: account?.ownsProcess === true,
      inTeamOfProcess: account?.inTeamOfProcess === true,
      verifiedEmail: text(account?.verifiedEmail),
      verifiedMobile: text(account?.verifiedMobile),
      codeAgeMs:
        oneTimeCode === undefined ? undefined : Math.max(0, Number(oneTimeCode.ageMs) || 0),
      codeRedeemed: oneTimeCode?.redeemed === true,
    }) as Challenge;
  },
});

interface Contact {
  identification?: string | undefined;
  externalIdentifier?: string | undefined;
  email?: string | undefined;
  mobile?: string | undefined;
}

function contact({ role, process, person }: AccessRequest): Contact | undefined {
  if (typeof person === "object" && person !== null) return person;
  const initiator = process?.initiator;
  if (person === undefined) return role === "initiator" ? initiator : undefined;
  const all: Contact[] = [...(initiator ? [initiator] : []), ...(process?.invitees?.signers ?? [])];
  const found = all.find(
    (one) => one.identification === person || one.externalIdentifier === person,
  );
  if (found === undefined) throw configurationError("participant not found in the process");
  return found;
}
