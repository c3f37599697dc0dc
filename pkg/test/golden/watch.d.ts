import type { AuditRecord, Open, SignerStatus, State } from "./generated/contract.js";
import { type CallOptions } from "./limits.js";
import { SigningProcess } from "./process.js";
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
    type: "process.created" | "process.released" | "process.completed" | "process.expired" | "process.changed";
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
    type: "signer.invited" | "signer.identified" | "signer.identification_rejected" | "signer.signed" | "signer.declined" | "signer.canceled" | "signer.removed" | "signer.replaced" | "signer.changed";
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
export type WatchEvent = ProcessChangeEvent | ProcessGoneEvent | FileEvent | SignerEvent | RecordEvent;
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
export declare class Watcher implements AsyncIterable<WatchEvent> {
    #private;
    /**
     * Where to go on: everything up to the last event that was handed out has been told. Save it when
     * that event is dealt with, before the next one is asked for. A text (JSON) of identifiers of
     * processes and digits, without names, addresses or secrets; it grows with the processes that
     * have not ended.
     */
    get cursor(): string;
    [Symbol.asyncIterator](): AsyncGenerator<WatchEvent, void, undefined>;
}
export {};
