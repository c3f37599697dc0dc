// `swisscom-sign/core`: the contract without I/O, for those who bring their own HTTP client.

/// <reference lib="esnext.disposable" />

import { header } from "./host.js";
import { toJson } from "./connection.js";
import { LONGEST_TEXT, guarded, word } from "./guard.js";
import { invalid } from "./environment.js";
import { translated } from "./errors.js";
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
import type { Call, Decoded } from "./wire.js";
import { loadWasm, wasm, type WasmSource } from "./wasm/load.js";

export * from "./errors-public.js";
export type * from "./generated/contract.js";
export { loadWasm, type WasmSource };

/** A request to be sent below the base URL of an environment, with a bearer token. */
export interface SignRequest {
  operation: OperationId;
  method: "GET" | "POST";
  /** Path and query, encoded. */
  path: string;
  /** Lower-case; `authorization` is yours to add. */
  headers: Record<string, string>;
  /** JSON text. */
  body: string | undefined;
  /** Statuses of success; the first is the usual one. */
  successStatuses: number[];
}

/** An answer as it came. */
export interface SignResponse {
  status: number;
  /** `Headers`, a map or a plain object; content-type and retry-after are read. */
  headers?: unknown;
  /** Text of the body; for `getFileContent` its bytes, which are handed back. */
  body?: string | Uint8Array;
}

/** The result of an operation; for release it also says whether it had been done before. */
export type OperationResult<O extends OperationId> = OperationTypes[O]["response"] &
  (O extends "release" ? { alreadyReleased: boolean } : unknown);

type Query = OperationTypes["findAll"]["request"];
type Body<O extends OperationId> = OperationTypes[O]["request"];

/** The request builders, one per operation, and the decoding of answers. Call {@link loadWasm} first. */
export interface Requests {
  findAll(query?: Omit<Query, "sort"> & { sort?: string | string[] }): SignRequest;
  create(process: ProcessInput): SignRequest;
  /** `content` is Base64; `SigningProcess.attach` does without a copy of it in memory. */
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
   * The result of an answer.
   *
   * @throws {@link SignError} for every status that is no success, and for a body that is no answer.
   */
  decode<O extends OperationId>(operation: O, response: SignResponse): OperationResult<O>;
}

/** What the requests of an operation have in common. */
interface Shape extends Pick<SignRequest, "method" | "headers" | "successStatuses"> {
  index: number;
  /** When every request has the same. */
  path: string | undefined;
  hasBody: boolean;
}

type WireShape = Omit<Shape, "headers"> & { headers: Array<[string, string]> };

/** By operation, without and with a text: each is asked for once. */
const shapes: [Partial<Record<string, Shape>>, Partial<Record<string, Shape>>] = [{}, {}];

function shape(operation: OperationId, withText: boolean): Shape {
  const known = shapes[withText ? 1 : 0];
  return (known[operation] ??= ask(operation, withText));
}

function ask(operation: OperationId, withText: boolean): Shape {
  const found = wasm().requestShape(operation, withText) as WireShape;
  return { ...found, headers: Object.fromEntries(found.headers) };
}

/** An identifier as it goes into a path; one that is absent or no text is refused there. */
function id(value: unknown): string | undefined {
  return typeof value === "string" || typeof value === "number" ? `${value}` : undefined;
}

function build(operation: OperationId, call: Call, input?: unknown): SignRequest {
  const text = toJson(operation, input);
  const { processId, personId, fileId } = call;
  return translated(() => {
    const { index, method, path, headers, hasBody, successStatuses } = shape(
      operation,
      text !== undefined,
    );
    const target = wasm().requestTarget(index, id(processId), id(personId), id(fileId), text);
    return {
      operation,
      method,
      path: target ?? path ?? "",
      headers: { ...headers },
      body: hasBody ? (text ?? "{}") : undefined,
      successStatuses: [...successStatuses],
    };
  });
}

/** The request builders. */
export const requests: Requests = guarded({
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
    if (text.length > LONGEST_TEXT) throw invalid("the body of the answer is too long");
    const head = { status, headers: response.headers };
    const type = header(head, "content-type");
    const decoded = translated(
      () =>
        wasm().decodeAnswer(
          short(operation),
          Number(status),
          type,
          header(head, "retry-after"),
          Date.now(),
          operation === "getFileContent" && status < 300 ? "" : text,
        ) as Decoded,
    );
    if (operation === "getFileContent") return body as OperationResult<O>;
    const data = JSON.parse(text) as object;
    const more = operation === "release" ? { alreadyReleased: decoded.alreadyDone } : {};
    return { ...data, ...more } as OperationResult<O>;
  },
});

/** A short word; one that is longer than any known is as unknown by its beginning. */
const short = (value: unknown): string => String(value).slice(0, 64);

/** The state machine of a process (guide, "States"). Call {@link loadWasm} first. */
export const lifecycle = guarded({
  /** The operations that do something in a state, in the order of a process's life. */
  allowedOperations(state: string): OperationId[] {
    return wasm().allowedOperations(short(state)) as OperationId[];
  },
  /** Whether an operation can be called; release can in any later state, and changes nothing. */
  permits(state: string, operation: OperationId): boolean {
    try {
      wasm().checkState(short(operation), short(state));
      return true;
    } catch {
      return false;
    }
  },
  /** The state that follows an event; `undefined` when it cannot happen in that state. */
  next(state: string, event: ProcessEvent): State | undefined {
    return wasm().nextState(short(state), short(event)) as State | undefined;
  },
  /** Whether no event can change the state any more. */
  isFinal(state: string): boolean {
    return wasm().isFinal(short(state));
  },
});

/** How somebody who opens a process is let in. */
export type Challenge = "none" | "sms-code" | "email-code" | "login" | "denied";

/** Who opens a process, and with what. */
export interface Visit {
  role: "initiator" | "invitee";
  /** The process; its `authorization` counts, CODE when absent (the platform does not return it). */
  process?: (Process | ProcessInput) & { authorization?: Authorization };
  /** The person, or their identification or externalIdentifier in the process. */
  person?: Participant | ParticipantInput | string;
  /** The account of the visitor, when logged in. */
  account?: {
    /** Whether the process belongs to it. */
    ownsProcess?: boolean;
    /** Whether the process belongs to one of its teams. */
    inTeamOfProcess?: boolean;
    /** E-mail address, if verified. */
    verifiedEmail?: string;
    /** Mobile number, if verified. */
    verifiedMobile?: string;
  };
  /** The one-time code of the URL, when it has one. */
  oneTimeCode?: { ageMs: number; redeemed?: boolean };
}

/** Process authorization (guide, "Process Authorization"). Call {@link loadWasm} first. */
export const access = guarded({
  /** How this person will be let in. */
  challenge(visit: Visit): Challenge {
    if (visit?.role !== "initiator" && visit?.role !== "invitee") {
      throw invalid('role must be "initiator" or "invitee"');
    }
    const { role, process, account, oneTimeCode } = visit;
    const person = contact(visit);
    const text = (value: unknown): string | undefined =>
      value === undefined || value === null ? undefined : word("a field of the visit", value);
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
  identification?: string;
  externalIdentifier?: string;
  email?: string;
  mobile?: string;
}

function contact({ role, process, person }: Visit): Contact | undefined {
  if (typeof person === "object" && person !== null) return person;
  const initiator = process?.initiator;
  if (person === undefined) return role === "initiator" ? initiator : undefined;
  const all: Contact[] = [...(initiator ? [initiator] : []), ...(process?.invitees?.signers ?? [])];
  const found = all.find(
    (one) => one.identification === person || one.externalIdentifier === person,
  );
  if (found === undefined) throw invalid("the process has no participant of this identifier");
  return found;
}
