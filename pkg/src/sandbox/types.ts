// What goes in and out of the sandbox's control (docs/sandbox.md).

import type { OperationId, SignatureMethod } from "../generated/contract.js";

/** A process: its identifier, or what has one, such as a `SigningProcess`. */
export type ProcessReference = string | { readonly id: string };

/** A moment; text is ISO 8601 with an offset. */
export type TimeInput = Date | string;

/** How a clock runs. */
export type ClockMode =
  | { mode: "real" }
  /** It stands still, there or where it is. */
  | { mode: "frozen"; at?: TimeInput }
  /** It runs, so far ahead: an ISO 8601 duration in hours and smaller units, such as `PT48H`. */
  | { mode: "offset"; by: string };

/** A clock. */
export interface ClockState {
  /** The time, ISO 8601. */
  now: string;
  clock: ClockMode;
  /** What became due when it was set. */
  fired?: FiredEvent[];
}

/** Something that happened because a clock was turned. */
export interface FiredEvent {
  /** When it was due, ISO 8601. */
  at: string;
  type: "reminder" | "expired" | "archived";
  processId: string;
  /** Who was reminded. */
  participants?: string[];
}

/** A mail or an SMS that the platform would have sent. */
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
  /** The access code, where there is one. */
  code: string | null;
  /** The links in the text. */
  links: string[];
  processId: string;
  /** Absent in a corporate tenant. */
  organizationId: string | null;
  /** The participant. */
  personId: string;
  /** When, on the clock of the platform, ISO 8601. */
  at: string;
}

/** Which messages; all of them when empty. */
export interface OutboxQuery {
  channel?: OutboxMessage["channel"];
  /** Address or number. */
  to?: string;
  type?: OutboxMessage["type"];
  process?: ProcessReference;
  /** UUID of the participant. */
  personId?: string;
  /** Only what came after this cursor, see {@link SandboxOutbox.cursor}. */
  after?: string;
}

/** Which requests; all of them when empty. */
export interface FaultMatch {
  operation?: OperationId | "token";
  clientId?: string;
  organizationId?: string;
  processId?: string;
  /** From the nth fitting request on, from 1; once, unless `times` says more. */
  nth?: number;
  /** So many requests. */
  times?: number;
  /** Each of them with this probability, above 0 up to 1. */
  probability?: number;
}

/** What goes wrong. */
export interface FaultAction {
  /** Milliseconds before the request is looked at; with `dribble`, those that the body takes. */
  latencyMs?: number;
  /** The answer has this status, from 400. */
  status?: number;
  /** `name` of the error in its body. */
  error?: string;
  /** `Retry-After`, in seconds. */
  retryAfter?: number;
  /**
   * How the answer is lost or damaged. `before` (without effect), `after` (with effect), `reset` and
   * `garbage` reject `fetch` with a `TypeError`; `truncate` fails the body in its middle; `dribble`
   * has it trickle.
   */
  drop?: "before" | "after" | "reset" | "truncate" | "dribble" | "garbage";
  /** With `status`, `reset` and `garbage`: the request has its effect all the same. */
  effect?: boolean;
}

/** A fault to put in force. */
export interface FaultRule {
  /** Every request when absent. */
  match?: FaultMatch;
  action: FaultAction;
}

/** A fault in force. */
export interface ActiveFault extends FaultRule {
  id: number;
  /** Fitting requests so far. */
  seen: number;
  /** Requests that it struck. */
  fired: number;
}

/** How a signer signs. */
export interface SignDecision {
  /** The first that is allowed when absent. */
  method?: SignatureMethod;
  /** Name in the certificate; the declared one when absent. */
  certificateName?: string;
}

/** Somebody who signs. One of `email` and `mobile` is needed. */
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

/** How the setup page is completed. */
export interface CompleteSetupInput {
  /** Whether the signers sign one after the other. */
  signingOrder?: boolean;
  /** UUIDs of the signers in their order; as they are when absent. */
  order?: string[];
  /** The message of the invitation. */
  message?: string;
  /** Every signature position; as they are when absent. */
  positions?: SandboxPosition[];
  /** Who an initiator is who does not sign. */
  initiator?: { firstName?: string; lastName?: string; email?: string };
}

/** A request and its answer, without body, token or secret. */
export interface JournalEntry {
  /** Counts the requests; a cursor for `after`. */
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
  /** Absent where a fault left no answer. */
  status: number | null;
  /** `name` of the error. */
  error: string | null;
  /** What the platform would have ignored in silence. */
  warnings: string[];
  /** The fault that struck it. */
  fault: FaultAction | null;
}

/** Which requests of the journal. */
export interface JournalQuery {
  operation?: OperationId | "token";
  clientId?: string;
  organizationId?: string;
  process?: ProcessReference;
  /** Answered with this status. */
  status?: number;
  /** After this `sequence`. */
  after?: number;
  /** At most so many; 1000 when absent. */
  limit?: number;
}
