import type { UploadProgress } from "./chunks.js";
import { Download, type DownloadOptions } from "./download.js";
import { type Problem } from "./errors.js";
import type { AuditRecord, FileAttachmentInput, Open, OperationId, Process, ProcessOpenRequest, ProcessReleaseRequest, ProcessSetupRequest, ReleasedParticipant, State } from "./generated/contract.js";
import type { ProcessDetails } from "./process-input.js";
import { type CallOptions } from "./deadline.js";
import { type FileSource } from "./source.js";
import { type WaitOptions } from "./wait.js";
/** A process as serialized by `JSON.stringify`, without secrets, URLs and personal data. */
export interface SavedProcess {
    /** Version of the format. */
    version: 1;
    id: string;
    state: Open<State>;
}
/** Description of a file. */
export interface AttachOptions extends Pick<FileAttachmentInput, "externalIdentifier" | "signaturePositions"> {
    /** File name. Default: the name of the source (File, path). */
    name?: string | undefined;
    /** Size of a stream in bytes. Without it, the stream is read into memory before it is sent. */
    size?: number | undefined;
    /** Called with the progress. */
    onProgress?: ((progress: UploadProgress) => void) | undefined;
}
/** Result of {@link SigningProcess.attach}. */
export interface AttachedFile {
    /** Identifier of the attached file. */
    fileId: string;
}
/** A file that can be downloaded, of {@link SigningProcess.signedFiles}. */
export interface SignedFile {
    /** Identifier for {@link SigningProcess.download}. */
    fileId: string;
    /** `verification`: a file of an identification provider. */
    kind: "document" | "verification";
    /** Identifier that `attach` returned. */
    initialFileId?: string | undefined;
    /** Your reference for the file. */
    externalIdentifier?: string | undefined;
}
/** Result of {@link SigningProcess.release}. */
export interface ReleaseResult {
    /** The participants and their permanent URLs. Treat the URLs as credentials: they give access. */
    participants: ReleasedParticipant[];
    /**
     * Whether the process had already been released (208), so that this call had no effect. The earlier
     * release can be an attempt of the same call whose response was lost.
     */
    alreadyReleased: boolean;
}
/** A page of the platform to which the user is sent. */
export interface RedirectUrl {
    /** Treat it as a credential: it can give access. */
    url: string;
}
/** A signing process. */
export declare class SigningProcess {
    #private;
    private constructor();
    /** Identifier of the process. */
    get id(): string;
    /** The last known state; {@link status} reads it again. */
    get state(): Open<State>;
    /** The process as last read or created; absent after `resume`. */
    get model(): Process | undefined;
    /** Operations that the last known state allows, in lifecycle order. Makes no request. */
    allowedOperations(): OperationId[];
    /**
     * Checks an operation without performing it: returns every problem at once, errors and warnings, or an
     * empty array. Calls throw for errors only.
     * `input` is the input of the operation; for `open`, with `personId` added.
     *
     * The preconditions of `release` depend on the process, which others can have changed: while it is
     * CREATED, `check("release")` reads it first (operation `getProcess`). Other checks make no request;
     * `attach` and `open` are checked against the process as last read.
     *
     * Every call runs the same checks before it sends a request, except those that need a fresh read.
     */
    check(operation: OperationId, input?: unknown, options?: CallOptions | null): Promise<Problem[]>;
    /**
     * Attaches a PDF (operation `attach`), exactly once: without an `externalIdentifier` it gets one, so
     * that it can be found again if the response is lost. Details, size and header of the file are
     * checked before anything is sent. The file is streamed, once per attempt; a stream is sent once,
     * without retries. A source that yields more or fewer bytes than its size aborts the request. A
     * stream is closed at the end of the call, also if the call fails before it reads the stream.
     */
    attach(source: FileSource, details?: AttachOptions | null, options?: CallOptions | null): Promise<AttachedFile>;
    /** Creates the URL of the hosted setup page (operation `setup`). */
    setup(request?: ProcessSetupRequest | null, options?: CallOptions | null): Promise<RedirectUrl>;
    /** Releases the process to its signers (operation `release`). Without `notification`, no mails are sent. */
    release(request?: ProcessReleaseRequest | null, options?: CallOptions | null): Promise<ReleaseResult>;
    /**
     * Creates a URL for a participant (operation `open`), given by identification or
     * externalIdentifier. Use it at once: its one-time code expires after 30 seconds.
     */
    open(personId: string, request?: ProcessOpenRequest | null, options?: CallOptions | null): Promise<RedirectUrl>;
    /** Reads the state (operation `getStatus`). */
    status(options?: CallOptions | null): Promise<Open<State>>;
    /** Reads the process (operation `getProcess`). */
    details(options?: CallOptions | null): Promise<ProcessDetails>;
    /** Reads the audit records, newest first (operation `getRecords`). */
    records(options?: CallOptions | null): Promise<AuditRecord[]>;
    /**
     * The files with signatures, and the files of identification providers. Reads the process (operation
     * `getProcess`).
     */
    signedFiles(options?: CallOptions | null): Promise<SignedFile[]>;
    /**
     * Downloads a file (operation `getFileContent`), given by identifier or externalIdentifier.
     * Resolves when the response head has arrived; the body is streamed. If the server does not support
     * the operation (404, 405, 406 or 501 without an error of the contract), it uses `getFile` and
     * decodes the Base64 as it arrives.
     */
    download(fileId: string, given?: DownloadOptions | null): Promise<Download>;
    /**
     * Waits until the process reaches a state. Rejects with a `StateError` and its `reason` (expired,
     * declined, identification rejected) if it can no longer reach it, and with a `TimeoutError` that
     * names the last known state.
     */
    waitFor(state: State, options?: WaitOptions | null): Promise<ProcessDetails>;
    /** Serializes the process for {@link Processes.resume}. */
    toJSON(): SavedProcess;
}
