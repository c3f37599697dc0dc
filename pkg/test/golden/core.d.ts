import type { Authorization, OperationId, OperationTypes, Participant, ParticipantInput, Process, ProcessEvent, ProcessInput, State } from "./generated/contract.js";
import { loadWasm, type WasmSource } from "./wasm/load.js";
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
export type OperationResult<O extends OperationId> = OperationTypes[O]["response"] & (O extends "release" ? {
    alreadyReleased: boolean;
} : unknown);
type Query = OperationTypes["findAll"]["request"];
type Body<O extends OperationId> = OperationTypes[O]["request"];
/** The request builders, one per operation, and the decoding of answers. Call {@link loadWasm} first. */
export interface Requests {
    findAll(query?: Omit<Query, "sort"> & {
        sort?: string | string[];
    }): SignRequest;
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
/** The request builders. */
export declare const requests: Requests;
/** The state machine of a process (guide, "States"). Call {@link loadWasm} first. */
export declare const lifecycle: {
    /** The operations that do something in a state, in the order of a process's life. */
    allowedOperations(state: string): OperationId[];
    /** Whether an operation can be called; release can in any later state, and changes nothing. */
    permits(state: string, operation: OperationId): boolean;
    /** The state that follows an event; `undefined` when it cannot happen in that state. */
    next(state: string, event: ProcessEvent): State | undefined;
    /** Whether no event can change the state any more. */
    isFinal(state: string): boolean;
};
/** How somebody who opens a process is let in. */
export type Challenge = "none" | "sms-code" | "email-code" | "login" | "denied";
/** Who opens a process, and with what. */
export interface Visit {
    role: "initiator" | "invitee";
    /** The process; its `authorization` counts, CODE when absent (the platform does not return it). */
    process?: (Process | ProcessInput) & {
        authorization?: Authorization;
    };
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
    oneTimeCode?: {
        ageMs: number;
        redeemed?: boolean;
    };
}
/** Process authorization (guide, "Process Authorization"). Call {@link loadWasm} first. */
export declare const access: {
    /** How this person will be let in. */
    challenge(visit: Visit): Challenge;
};
