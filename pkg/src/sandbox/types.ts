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
  | { mode: "frozen"; at?: TimeInput }
  /** Ahead of real time, by an ISO 8601 duration in hours and smaller units, such as `PT48H`. */
  | { mode: "offset"; by: string };

/** State of a clock. */
export interface ClockState {
  /** Current time, ISO 8601. */
  now: string;
  clock: ClockMode;
  /** Events that became due when it was set. */
  fired?: FiredEvent[];
}

/** A scheduled event that became due when the clock changed. */
export interface FiredEvent {
  /** When it was due, ISO 8601. */
  at: string;
  type: "reminder" | "expired" | "archived";
  processId: string;
  /** Participants that were reminded. */
  participants?: string[];
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
  channel?: OutboxMessage["channel"];
  /** Address or number. */
  to?: string;
  type?: OutboxMessage["type"];
  process?: ProcessReference;
  /** UUID of the participant. */
  personId?: string;
  /** Only messages after this cursor, see {@link SandboxOutbox.cursor}. */
  after?: string;
}

/** Filter of requests; empty for all. */
export interface FaultMatch {
  operation?: OperationId | "token";
  clientId?: string;
  organizationId?: string;
  processId?: string;
  /** From the nth matching request, counted from 1; once, unless `times` is set. */
  nth?: number;
  /** Number of requests. */
  times?: number;
  /** Probability per request, above 0 up to 1. */
  probability?: number;
}

/** The effect of a fault. */
export interface FaultAction {
  /** Delay in milliseconds before the request is processed; with `dribble`, duration of the body. */
  latencyMs?: number;
  /** Status of the response, 400 or higher. */
  status?: number;
  /** `name` of the error in its body. */
  error?: string;
  /** `Retry-After`, in seconds. */
  retryAfter?: number;
  /**
   * Connection fault. `before` (the request has no effect), `after` (it has), `reset` and `garbage`
   * reject `fetch` with a `TypeError`; `truncate` fails in the middle of the body; `dribble` sends it
   * slowly.
   */
  drop?: "before" | "after" | "reset" | "truncate" | "dribble" | "garbage";
  /** With `status`, `reset` and `garbage`: whether the request is still performed. */
  effect?: boolean;
}

/** A fault to add. */
export interface FaultRule {
  /** Every request when absent. */
  match?: FaultMatch;
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
  method?: SignatureMethod;
  /** Name in the certificate. Default: the declared name. */
  certificateName?: string;
}

/** A signer. Either `email` or `mobile` is required. */
export interface SandboxSignerInput {
  firstName: string;
  lastName: string;
  email?: string;
  /** E.164, such as `+41791234567`. */
  mobile?: string;
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
  signingOrder?: boolean;
  /** UUIDs of the signers in order; unchanged when absent. */
  order?: string[];
  /** Message in the invitation. */
  message?: string;
  /** All signature positions; unchanged when absent. */
  positions?: SandboxPosition[];
  /** Contact data of an initiator who does not sign. */
  initiator?: { firstName?: string; lastName?: string; email?: string };
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
  operation?: OperationId | "token";
  clientId?: string;
  organizationId?: string;
  process?: ProcessReference;
  /** Status of the response. */
  status?: number;
  /** After this `sequence`. */
  after?: number;
  /** Maximum number, default 1000. */
  limit?: number;
}
