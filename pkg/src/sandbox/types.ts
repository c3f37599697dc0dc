// Types of the control API (docs/sandbox.md).

import type { OperationId, SignatureMethod } from "../generated/contract.js";

/** A process: its identifier, or an object with one, such as a `SigningProcess`. */
export type ProcessReference = string | { readonly id: string };

/** A time; text is ISO 8601 with an offset. */
export type TimeInput = Date | string;

/** Clock mode. */
export type ClockMode =
  | { mode: "real" }
  /** Frozen at a time, by default now. */
  | { mode: "frozen"; at?: TimeInput | undefined }
  /** Ahead of real time, by an ISO 8601 duration in hours and smaller units, such as `PT48H`. */
  | { mode: "offset"; by: string };

/** State of a clock. */
export interface ClockState {
  /** Current time, ISO 8601. */
  now: string;
  clock: ClockMode;
  /** Events that became due when it was set. */
  fired?: FiredEvent[] | undefined;
}

/** A scheduled event that became due when the clock changed. */
export interface FiredEvent {
  /** When it was due, ISO 8601. */
  at: string;
  type: "reminder" | "expired" | "archived";
  processId: string;
  /** Participants that were reminded. */
  participants?: string[] | undefined;
}

/** A mail or an SMS that the platform would send. */
export interface OutboxMessage {
  id: string;
  channel: "MAIL" | "SMS";
  /** Address or number. */
  to: string;
  type: "INVITE" | "COMPLETION" | "REMINDER" | "CODE";
  locale: string;
  /** Empty for an SMS. */
  subject: string;
  text: string;
  /** The access code, if any. */
  code: string | null;
  /** The links in the text. */
  links: string[];
  processId: string;
  /** Absent in a corporate tenant. */
  organizationId: string | null;
  /** The participant. */
  personId: string;
  /** Time by the platform's clock, ISO 8601. */
  at: string;
}

/** Filter of messages; empty for all. */
export interface OutboxQuery {
  channel?: OutboxMessage["channel"] | undefined;
  /** Address or number. */
  to?: string | undefined;
  type?: OutboxMessage["type"] | undefined;
  process?: ProcessReference | undefined;
  /** UUID of the participant. */
  personId?: string | undefined;
  /** Only messages after this cursor, see {@link SandboxOutbox.cursor}. */
  after?: string | undefined;
}

/** Filter of requests; empty for all. */
export interface FaultMatch {
  operation?: OperationId | "token" | undefined;
  clientId?: string | undefined;
  organizationId?: string | undefined;
  processId?: string | undefined;
  /** From the nth matching request, counted from 1; once, unless `times` is set. */
  nth?: number | undefined;
  /** Number of requests. */
  times?: number | undefined;
  /** Probability per request, above 0 up to 1. */
  probability?: number | undefined;
}

/** The effect of a fault. */
export interface FaultAction {
  /** Delay in milliseconds before the request is processed; with `dribble`, duration of the body. */
  latencyMs?: number | undefined;
  /** Status of the response, 400 or higher. */
  status?: number | undefined;
  /** `name` of the error in its body. */
  error?: string | undefined;
  /** `Retry-After`, in seconds. */
  retryAfter?: number | undefined;
  /**
   * Connection fault. `before` (the request has no effect), `after` (it has), `reset` and `garbage`
   * reject `fetch` with a `TypeError`; `truncate` fails in the middle of the body; `dribble` sends it
   * slowly.
   */
  drop?: "before" | "after" | "reset" | "truncate" | "dribble" | "garbage" | undefined;
  /** With `status`, `reset` and `garbage`: whether the request is still performed. */
  effect?: boolean | undefined;
}

/** A fault to add. */
export interface FaultRule {
  /** Every request when absent. */
  match?: FaultMatch | undefined;
  action: FaultAction;
}

/** An active fault. */
export interface ActiveFault extends FaultRule {
  id: number;
  /** Matching requests so far. */
  seen: number;
  /** Requests that it affected. */
  fired: number;
}

/** Options of `Sandbox.sign`. */
export interface SignDecision {
  /** Default: the first allowed method. */
  method?: SignatureMethod | undefined;
  /** Name in the certificate. Default: the declared name. */
  certificateName?: string | undefined;
}

/** A signer. Either `email` or `mobile` is required. */
export interface SandboxSignerInput {
  firstName: string;
  lastName: string;
  email?: string | undefined;
  /** E.164, such as `+41791234567`. */
  mobile?: string | undefined;
}

/** A signature position, as the setup page places it; in PDF points of the page as displayed. */
export interface SandboxPosition {
  /** UUID of the file. */
  file: string;
  /** UUID of the signer. */
  signer: string;
  /** From 0; negative counts from the end. */
  page: number;
  /** Left edge, from the left. */
  x: number;
  /** Upper edge, from the top. */
  y: number;
}

/** Input of the setup page. */
export interface CompleteSetupInput {
  /** Whether the signers sign in order. */
  signingOrder?: boolean | undefined;
  /** UUIDs of the signers in order; unchanged when absent. */
  order?: string[] | undefined;
  /** Message in the invitation. */
  message?: string | undefined;
  /** All signature positions; unchanged when absent. */
  positions?: SandboxPosition[] | undefined;
  /** Contact data of an initiator who does not sign. */
  initiator?:
    | { firstName?: string | undefined; lastName?: string | undefined; email?: string | undefined }
    | undefined;
}

/** A request and its response, without body, token and secret. */
export interface JournalEntry {
  /** Sequence number; a cursor for `after`. */
  sequence: number;
  /** ISO 8601. */
  at: string;
  method: string;
  /** Without the query. */
  path: string;
  operation: string | null;
  clientId: string | null;
  organizationId: string | null;
  processId: string | null;
  /** Absent if a fault dropped the response. */
  status: number | null;
  /** `name` of the error. */
  error: string | null;
  /** Input that the platform would ignore silently. */
  warnings: string[];
  /** The applied fault. */
  fault: FaultAction | null;
}

/** Filter of recorded requests. */
export interface JournalQuery {
  operation?: OperationId | "token" | undefined;
  clientId?: string | undefined;
  organizationId?: string | undefined;
  process?: ProcessReference | undefined;
  /** Status of the response. */
  status?: number | undefined;
  /** After this `sequence`. */
  after?: number | undefined;
  /** Maximum number, default 1000. */
  limit?: number | undefined;
}
