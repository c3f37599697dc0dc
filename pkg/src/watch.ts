// Events of many processes without webhooks. What to read next, what has happened and how often to
// ask is decided in Rust (src/watch); here the reading is done.

import type { Connection } from "./connection.js";
import { invalid } from "./environment.js";
import type {
  AuditRecord,
  AuditSuccessRecordResponse,
  Open,
  OperationId,
  Process,
  ProcessPage,
  SignerStatus,
  State,
} from "./generated/contract.js";
import { AbortError, translated } from "./errors.js";
import { fields } from "./guard.js";
import { notMilliseconds, type CallOptions } from "./limits.js";
import { SigningProcess } from "./process.js";
import { canPass, SHORTEST_MS } from "./wait.js";
import { wasm } from "./wasm/load.js";

/** What all events have. */
interface EventBase {
  processId: string;
  /** When it happened, on the platform's clock (UTC); absent where the platform does not say. */
  at?: string;
  /** The process, with its model where it is known. */
  process: SigningProcess;
}

/** Something that happened to a process. */
export interface ProcessChangeEvent extends EventBase {
  /** `process.changed`: a state that this version does not know. */
  type:
    | "process.created"
    | "process.released"
    | "process.completed"
    | "process.expired"
    | "process.changed";
  /** State of the process when it was read: it can be further than the event. */
  state: Open<State>;
}

/** A process that was deleted: nothing more is told of it. */
export interface ProcessGoneEvent extends EventBase {
  type: "process.gone";
}

/** A file was attached. */
export interface FileEvent extends EventBase {
  type: "file.attached";
  state: Open<State>;
  fileId: string;
}

/** Something that a signer did, or that happened to one. */
export interface SignerEvent extends EventBase {
  /** `signer.changed`: a status that this version does not know. */
  type:
    | "signer.invited"
    | "signer.identified"
    | "signer.identification_rejected"
    | "signer.signed"
    | "signer.declined"
    | "signer.canceled"
    | "signer.removed"
    | "signer.replaced"
    | "signer.changed";
  state: Open<State>;
  /** Status of the signer when it was read. */
  status: Open<SignerStatus>;
  /** Identification of the signer. */
  signer?: string;
  /** Your own reference for the signer. */
  externalIdentifier?: string;
}

/** An audit record was written; with `records` only. */
export interface RecordEvent extends EventBase {
  type: "record.written";
  record: AuditRecord;
}

/** An event of {@link Watcher}. */
export type WatchEvent =
  ProcessChangeEvent | ProcessGoneEvent | FileEvent | SignerEvent | RecordEvent;

/** What to watch, and how. */
export interface WatchOptions extends Pick<CallOptions, "signal" | "timeoutMs" | "headers"> {
  /**
   * These processes, each read by itself; the watch ends when all have ended. For many, the list
   * (without `ids`) costs less: one request reads twenty.
   */
  ids?: readonly string[];
  /**
   * Of the list (scope `sswp:process:read:all`) those in this state, as long as they are in it.
   * When absent: all that have not ended, and every new one, however short it lives.
   */
  status?: "CREATED" | "PENDING";
  /** `cursor` of an earlier watch: goes on after its last event. */
  cursor?: string;
  /** `"now"`: what has happened before is not told. Everything is, when absent. */
  from?: "now";
  /**
   * Whether audit records are told too: one further request for each process that is new or has
   * changed. A record that changes nothing else, such as a reminder, comes with the next change.
   */
  records?: boolean;
  /** Requests in any sixty seconds, at most; 60 when absent. Those for tokens do not count. */
  maxRequestsPerMinute?: number;
  /** Shortest pause between two rounds in milliseconds, 2000 when absent, at least 50. */
  minIntervalMs?: number;
  /** Longest pause in milliseconds, 60 000 when absent; a pause grows while nothing happens. */
  maxIntervalMs?: number;
}

/**
 * Events, for `for await`. Of one process they come in the order in which they happened; an event
 * is told once, also by a later watch that goes on with the cursor.
 *
 * @throws {@link SignError} out of the loop, for failures that cannot pass. Failures that can are
 * waited out.
 */
export class Watcher implements AsyncIterable<WatchEvent> {
  readonly #connection: Connection;
  readonly #options: WatchOptions;
  readonly #watch: InstanceType<ReturnType<typeof wasm>["Watch"]>;
  readonly #models = new Map<string, Process>();
  #told = false;
  #running = false;

  /** @internal */
  constructor(connection: Connection, given: WatchOptions | null | undefined) {
    const options: WatchOptions = fields("options", given);
    check(options);
    this.#connection = connection;
    this.#options = options;
    const watched = {
      ids: options.ids?.join(" "),
      status: options.status,
      fromNow: options.from === "now",
      records: options.records === true,
      perMinute: options.maxRequestsPerMinute ?? 60,
      shortestMs: Math.max(SHORTEST_MS, options.minIntervalMs ?? 2_000),
      longestMs: options.maxIntervalMs ?? 60_000,
    };
    const now = connection.host.monotonic();
    this.#watch = translated(() => new (wasm().Watch)(watched, options.cursor, now));
  }

  /**
   * Where to go on: everything up to the last event that was handed out has been told. Save it when
   * that event is dealt with, before the next one is asked for. A text (JSON) of identifiers of
   * processes and digits, without names, addresses or secrets; it grows with the processes that
   * have not ended.
   */
  get cursor(): string {
    return this.#watch.cursor();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<WatchEvent, void, undefined> {
    if (this.#running) throw invalid("a watch is iterated once at a time");
    this.#running = true;
    try {
      yield* this.#events();
    } finally {
      this.#running = false;
    }
  }

  async *#events(): AsyncGenerator<WatchEvent, void, undefined> {
    const { signal } = this.#options;
    const { host } = this.#connection;
    for (;;) {
      if (signal?.aborted) throw new AbortError("the watch was aborted", { cause: signal.reason });
      const [word = "end", text = "null"] = this.#watch.next(host.monotonic(), host.random());
      const value: unknown = JSON.parse(text);
      if (word === "event") {
        yield this.#event(value as WatchEvent);
      } else if (word === "wait") {
        await host.sleep(value as number, signal);
      } else if (word === "end") {
        return;
      } else {
        await this.#read(word, value);
      }
    }
  }

  #event(event: WatchEvent): WatchEvent {
    const { processId: id } = event;
    const state = "state" in event ? event.state : "";
    this.#told = true;
    const model = this.#models.get(id);
    event.process =
      model === undefined
        ? SigningProcess.resume(this.#connection, { version: 1, id, state })
        : SigningProcess.from(this.#connection, model);
    return event;
  }

  async #read(word: string, value: unknown): Promise<void> {
    const { signal, timeoutMs, headers } = this.#options;
    const { host } = this.#connection;
    const [operation, target, input]: [OperationId, object, unknown] =
      word === "list"
        ? ["findAll", {}, value]
        : [word === "details" ? "getProcess" : "getRecords", { processId: value }, undefined];
    // The budget counts requests, so that none is repeated without its knowledge.
    const options = { signal, timeoutMs, headers, maxRetries: 0 };
    try {
      const { data } = await this.#connection.call(operation, target, input, options);
      if (word !== "records") this.#keep(data as ProcessPage | Process);
      this.#watch.answered(JSON.stringify(data as AuditSuccessRecordResponse));
    } catch (error) {
      const passes = canPass(error);
      const { status = 0, retryAfterMs = 0 } = Object(error) as Partial<Record<string, number>>;
      const now = host.monotonic();
      if (!this.#watch.failed(status, passes, retryAfterMs, now, host.random())) throw error;
    }
  }

  /** Models of what was read last: its events come before the next page does. */
  #keep(data: ProcessPage | Process): void {
    if (this.#told) this.#models.clear();
    this.#told = false;
    const all: Process[] = "content" in data ? (data.content ?? []) : [data as Process];
    for (const model of all) this.#models.set((model.id ?? "").toLowerCase(), model);
  }
}

function check(options: WatchOptions): void {
  const { ids, status, cursor, from, maxRequestsPerMinute: most = 60 } = options;
  if (ids !== undefined && !(Array.isArray(ids) && ids.every((id) => typeof id === "string"))) {
    throw invalid("ids must be a list of strings");
  }
  if (ids?.length === 0) throw invalid("ids must name at least one process");
  if (ids !== undefined && status !== undefined) throw invalid("either ids or status, not both");
  if (status !== undefined && typeof status !== "string") throw invalid("status must be a string");
  if (from !== undefined && from !== "now") throw invalid('from must be "now", or absent');
  if (cursor !== undefined && typeof cursor !== "string") throw invalid("cursor must be a string");
  if (!(Number.isInteger(most) && most >= 1 && most <= 6_000)) {
    throw invalid("maxRequestsPerMinute must be a whole number from 1 to 6000");
  }
  for (const name of ["timeoutMs", "minIntervalMs", "maxIntervalMs"] as const) {
    const value = options[name];
    const wrong = value === undefined ? undefined : notMilliseconds(name, value);
    if (wrong !== undefined) throw invalid(wrong);
  }
}
