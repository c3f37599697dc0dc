// Events of many processes by polling, as the platform has no webhooks. The core decides what to read
// next, which events follow, and the interval (src/watch); this module performs the requests.

import type { Connection } from "./connection.js";
import { configurationError } from "./environment.js";
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
import { AbortError, withSignErrors } from "./errors.js";
import { checkOptionNames, readOptions, type OptionNames } from "./arguments.js";
import { checkMilliseconds, type CallOptions } from "./deadline.js";
import { SigningProcess } from "./process.js";
import { isTransient, MIN_INTERVAL_MS } from "./wait.js";
import { wasm } from "./wasm/load.js";

/** Fields of all events. */
interface EventBase {
  processId: string;
  /** Time of the event by the platform's clock (UTC); absent if the platform does not provide it. */
  at?: string | undefined;
  /** The process, with its model if known. */
  process: SigningProcess;
}

/** A change of the state of a process. */
export interface ProcessChangeEvent extends EventBase {
  /** `process.changed`: a state unknown to this version. */
  type:
    | "process.created"
    | "process.released"
    | "process.completed"
    | "process.expired"
    | "process.changed";
  /** State of the process when it was read, which can be later than the event. */
  state: Open<State>;
}

/** The process was deleted; no further events follow. */
export interface ProcessGoneEvent extends EventBase {
  type: "process.gone";
}

/** A file was attached. */
export interface FileEvent extends EventBase {
  type: "file.attached";
  state: Open<State>;
  fileId: string;
}

/** A change of a signer. */
export interface SignerEvent extends EventBase {
  /** `signer.changed`: a status unknown to this version. */
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
  signer?: string | undefined;
  /** Your reference for the signer. */
  externalIdentifier?: string | undefined;
}

/** An audit record was written; only with the option `records`. */
export interface RecordEvent extends EventBase {
  type: "record.written";
  record: AuditRecord;
}

/** An event of {@link ProcessWatcher}. */
export type WatchEvent =
  ProcessChangeEvent | ProcessGoneEvent | FileEvent | SignerEvent | RecordEvent;

/** Options of `processes.watch`. */
export interface WatchOptions extends Pick<CallOptions, "signal" | "timeoutMs" | "headers"> {
  /**
   * Identifiers of the processes, each read by its own request; the watch ends when all have ended.
   * For many processes the list (without `ids`) is cheaper: one request reads twenty.
   */
  ids?: readonly string[] | undefined;
  /**
   * Watches the listed processes (scope `sswp:process:read:all`) while they are in this state. When
   * absent: all that have not ended, and every new one, even if it ends quickly.
   */
  status?: "CREATED" | "PENDING" | undefined;
  /** `cursor` of an earlier watch: continues after its last event. */
  cursor?: string | undefined;
  /** `"now"` skips events before the start of the watch; by default all are delivered. */
  from?: "now" | undefined;
  /**
   * Whether to deliver audit records, too, with one more request for each new or changed process. A
   * record without another change, such as a reminder, is delivered with the next change.
   */
  records?: boolean | undefined;
  /** Hard limit of requests in any 60 seconds, default 60. Token requests do not count. */
  maxRequestsPerMinute?: number | undefined;
  /** Minimum polling interval in milliseconds, default 2000, at least 50. */
  minIntervalMs?: number | undefined;
  /** Maximum polling interval in milliseconds, default 60 000; the interval grows while nothing changes. */
  maxIntervalMs?: number | undefined;
}

/**
 * Events for `for await`. Those of one process arrive in order; each is delivered once, also across
 * watches that continue with the cursor.
 *
 * @throws {@link SignError} for permanent errors; transient errors are retried.
 */
export class ProcessWatcher implements AsyncIterable<WatchEvent> {
  readonly #connection: Connection;
  readonly #options: WatchOptions;
  readonly #watch: InstanceType<ReturnType<typeof wasm>["WasmWatch"]>;
  readonly #models = new Map<string, Process>();
  #delivered = false;
  #running = false;

  /** @internal */
  constructor(connection: Connection, given: WatchOptions | null | undefined) {
    const options: WatchOptions = readOptions("options", given);
    checkWatchOptions(options);
    this.#connection = connection;
    this.#options = options;
    const watched = {
      ids: options.ids?.join(" "),
      status: options.status,
      fromNow: options.from === "now",
      records: options.records === true,
      perMinute: options.maxRequestsPerMinute ?? 60,
      shortestMs: Math.max(MIN_INTERVAL_MS, options.minIntervalMs ?? 2_000),
      longestMs: options.maxIntervalMs ?? 60_000,
    };
    const now = connection.host.monotonic();
    this.#watch = withSignErrors(() => new (wasm().WasmWatch)(watched, options.cursor, now));
  }

  /** See `SigningProcess`. @internal */
  get [Symbol.toStringTag](): string {
    return "ProcessWatcher";
  }

  /**
   * The position after the last delivered event. Save it once that event is processed, before the next
   * iteration. It is a JSON text of process identifiers and numbers, without names, addresses or
   * secrets, and grows with the number of processes that have not ended.
   */
  get cursor(): string {
    return this.#watch.cursor();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<WatchEvent, void, undefined> {
    if (this.#running) throw configurationError("the watch is already being iterated");
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
    this.#delivered = true;
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
    // No retries: the rate limiter of the core must count every request.
    const options = { signal, timeoutMs, headers, maxRetries: 0 };
    try {
      const { data } = await this.#connection.call({ operation, target, input, options });
      if (word !== "records") this.#keep(data as ProcessPage | Process);
      this.#watch.answered(JSON.stringify(data as AuditSuccessRecordResponse));
    } catch (error) {
      const passes = isTransient(error);
      const { status = 0, retryAfterMs = 0 } = Object(error) as Partial<Record<string, number>>;
      const now = host.monotonic();
      if (!this.#watch.failed(status, passes, retryAfterMs, now, host.random())) throw error;
    }
  }

  /** Keeps the models of the last read; its events are delivered before the next read. */
  #keep(data: ProcessPage | Process): void {
    if (this.#delivered) this.#models.clear();
    this.#delivered = false;
    const all: Process[] = "content" in data ? (data.content ?? []) : [data as Process];
    for (const model of all) this.#models.set((model.id ?? "").toLowerCase(), model);
  }
}

const WATCH_OPTIONS: OptionNames<WatchOptions> = {
  ids: true,
  status: true,
  cursor: true,
  from: true,
  records: true,
  maxRequestsPerMinute: true,
  minIntervalMs: true,
  maxIntervalMs: true,
  signal: true,
  timeoutMs: true,
  headers: true,
};

function checkWatchOptions(options: WatchOptions): void {
  checkOptionNames("option", options, WATCH_OPTIONS);
  const { ids, status, cursor, from, maxRequestsPerMinute: most = 60 } = options;
  if (ids !== undefined && !(Array.isArray(ids) && ids.every((id) => typeof id === "string"))) {
    throw configurationError("invalid `ids`: expected an array of strings");
  }
  if (ids?.length === 0) throw configurationError("empty `ids`: pass at least one identifier");
  if (ids !== undefined && status !== undefined)
    throw configurationError("conflicting options: pass either `ids` or `status`");
  if (status !== undefined && typeof status !== "string")
    throw configurationError("invalid `status`: expected a string");
  if (from !== undefined && from !== "now")
    throw configurationError('invalid `from`: expected "now" or nothing');
  if (cursor !== undefined && typeof cursor !== "string")
    throw configurationError("invalid `cursor`: expected a string");
  if (!(Number.isInteger(most) && most >= 1 && most <= 6_000)) {
    throw configurationError("invalid `maxRequestsPerMinute`: expected an integer from 1 to 6000");
  }
  for (const name of ["timeoutMs", "minIntervalMs", "maxIntervalMs"] as const) {
    const value = options[name];
    const wrong = value === undefined ? undefined : checkMilliseconds(name, value);
    if (wrong !== undefined) throw configurationError(wrong);
  }
}
