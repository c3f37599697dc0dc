import type { AuditRecord, Open, SignerStatus, State } from "./generated/contract.js";
import { type CallOptions } from "./deadline.js";
import { SigningProcess } from "./process.js";
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
    type: "process.created" | "process.released" | "process.completed" | "process.expired" | "process.changed";
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
    type: "signer.invited" | "signer.identified" | "signer.identification_rejected" | "signer.signed" | "signer.declined" | "signer.canceled" | "signer.removed" | "signer.replaced" | "signer.changed";
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
export type WatchEvent = ProcessChangeEvent | ProcessGoneEvent | FileEvent | SignerEvent | RecordEvent;
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
export declare class ProcessWatcher implements AsyncIterable<WatchEvent> {
    #private;
    /**
     * The position after the last delivered event. Save it once that event is processed, before the next
     * iteration. It is a JSON text of process identifiers and numbers, without names, addresses or
     * secrets, and grows with the number of processes that have not ended.
     */
    get cursor(): string;
    [Symbol.asyncIterator](): AsyncGenerator<WatchEvent, void, undefined>;
}
export {};
