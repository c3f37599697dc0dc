import { Download, type DownloadOptions } from "./download.js";
import { type Problem } from "./errors.js";
import type { AuditRecord, FileAttachmentInput, Open, OperationId, Process, ProcessOpenRequest, ProcessReleaseRequest, ProcessSetupRequest, ReleasedParticipant, State } from "./generated/contract.js";
import { type CallOptions } from "./limits.js";
import { type FileSource, type UploadProgress } from "./source.js";
import { type WaitOptions } from "./wait.js";
/** A process as `JSON.stringify` saves it: no secret, no URL, no personal data. */
export interface SavedProcess {
    /** Version of this form. */
    version: 1;
    id: string;
    state: Open<State>;
}
/** What is said about a file, beside its bytes. */
export interface AttachDetails extends Pick<FileAttachmentInput, "externalIdentifier" | "signaturePositions"> {
    /** File name; that of the source (File, path) when absent. */
    name?: string;
    /** Bytes of a stream; one without has to be read into memory before it can be sent. */
    size?: number;
    /** Told how far the upload is. */
    onProgress?: (progress: UploadProgress) => void;
}
/** Answer of {@link SigningProcess.attach}. */
export interface AttachedFile {
    /** Identifier of the file as it was attached. */
    fileId: string;
}
/** Answer of {@link SigningProcess.release}. */
export interface Released {
    /** The participants and their permanent URLs, which let them in: to be handled as credentials. */
    participants: ReleasedParticipant[];
    /**
     * Whether the process had been released before (208); nothing more was done then. It may have
     * been this call that did it, when the answer to its first try was lost.
     */
    alreadyReleased: boolean;
}
/** A page to which a user is sent. */
export interface HandOver {
    /** To be handled as a credential: it may let its bearer in. */
    url: string;
}
/** A signing process. */
export declare class SigningProcess {
    #private;
    private constructor();
    /** Identifier of the process. */
    get id(): string;
    /** The last known state; {@link status} asks. */
    get state(): Open<State>;
    /** The process as it was last read or created; absent after `resume`. */
    get model(): Process | undefined;
    /** What the last known state permits, in the order of a process's life. No request is made. */
    allowedOperations(): OperationId[];
    /**
     * What would keep an operation from being performed: every problem at once, and none when it is
     * ready. `input` is what the operation would be given; for `open`, with `personId` beside it.
     *
     * The preconditions of `release` are about the process, which others may have changed: while it
     * is CREATED, `check("release")` reads it first (operation `getProcess`). Other checks make no
     * request; `attach` and `open` are held against the process as it was last read.
     *
     * Before any call is sent the same is checked, but for what may have changed meanwhile.
     */
    check(operation: OperationId, input?: unknown, options?: CallOptions | null): Promise<Problem[]>;
    /**
     * Attaches a PDF (operation `attach`), once: without an `externalIdentifier` it gets one, by which
     * it is found again when the answer is lost. What is wrong with its details, its size or its
     * beginning is said before anything is sent. The file is read as it is sent, once for each
     * attempt; a stream is sent once and not repeated. A source that gives more or fewer bytes than it
     * said ends the request.
     */
    attach(source: FileSource, details?: AttachDetails | null, options?: CallOptions | null): Promise<AttachedFile>;
    /** Hands over to the hosted setup page (operation `setup`). */
    setup(request?: ProcessSetupRequest | null, options?: CallOptions | null): Promise<HandOver>;
    /** Releases the process to its signers (operation `release`). Without `notification` no mail is sent. */
    release(request?: ProcessReleaseRequest | null, options?: CallOptions | null): Promise<Released>;
    /**
     * Makes a URL for a participant (operation `open`), named by identification or
     * externalIdentifier. Redeem it at once: a one-time code lives for 30 seconds.
     */
    open(personId: string, request?: ProcessOpenRequest | null, options?: CallOptions | null): Promise<HandOver>;
    /** Asks for the state (operation `getStatus`). */
    status(options?: CallOptions | null): Promise<Open<State>>;
    /** Reads the process (operation `getProcess`). */
    details(options?: CallOptions | null): Promise<Process>;
    /** Reads the audit records, newest first (operation `getRecords`). */
    records(options?: CallOptions | null): Promise<AuditRecord[]>;
    /**
     * Downloads a file (operation `getFileContent`), named by identifier or externalIdentifier.
     * Resolves once its head is there; the bytes come as they are read. Of a server that does not know
     * this operation (404, 405, 406 or 501 without an error of the contract) it asks `getFile`, whose
     * Base64 is decoded as it comes.
     */
    download(fileId: string, given?: DownloadOptions | null): Promise<Download>;
    /**
     * Waits until the process reaches a state. Rejects with a `StateError` whose `reason` says why
     * when it cannot reach it any more: expired, declined, identification rejected; with a
     * `TimeoutError` that says what was seen last when the time is over.
     */
    waitFor(state: State, options?: WaitOptions | null): Promise<Process>;
    /** What to save so that {@link Processes.resume} can go on later, elsewhere. */
    toJSON(): SavedProcess;
}
