import type { Authorization, OperationId, OperationTypes, Participant, ParticipantInput, Process, ProcessEvent, ProcessInput, State } from "./generated/contract.js";
import type { NewProcess } from "./process-input.js";
import { loadWasm, type WasmModule, type WasmSource } from "./wasm/load.js";
export * from "./errors-public.js";
export type * from "./generated/contract.js";
export { loadWasm, type WasmModule, type WasmSource };
/** A request, relative to the base URL of an environment. Add a bearer token. */
export interface SignRequest {
    operation: OperationId;
    method: "GET" | "POST";
    /** Path and query, encoded. */
    path: string;
    /** Lower-case names, without `authorization`. */
    headers: Record<string, string>;
    /** JSON text. */
    body: string | undefined;
    /** Success statuses; the first is the usual one. */
    successStatuses: number[];
}
/** An HTTP response. */
export interface SignResponse {
    status: number;
    /** `Headers`, a map or a plain object. Content-Type and Retry-After are used. */
    headers?: unknown;
    /** Text of the body; for `getFileContent` its bytes, which are returned unchanged. */
    body?: string | Uint8Array | undefined;
}
/** Result of an operation; for release also whether the process had been released before. */
export type OperationResult<O extends OperationId> = OperationTypes[O]["response"] & (O extends "release" ? {
    alreadyReleased: boolean;
} : unknown);
type Query = OperationTypes["findAll"]["request"];
type Body<O extends OperationId> = OperationTypes[O]["request"];
/** A request builder per operation, and the decoder of responses. Call {@link loadWasm} first. */
export interface RequestBuilders {
    findAll(query?: Omit<Query, "sort"> & {
        sort?: string | string[] | undefined;
    }): SignRequest;
    create(process: NewProcess): SignRequest;
    /** `content` is Base64, in memory; `SigningProcess.attach` streams the file instead. */
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
     * Decodes a response.
     *
     * @throws {@link SignError} for every error status, and for a malformed body.
     */
    decode<O extends OperationId>(operation: O, response: SignResponse): OperationResult<O>;
}
export declare const requests: RequestBuilders;
/** The state machine of a process (guide, "States"). Call {@link loadWasm} first. */
export declare const lifecycle: {
    /** The operations that have an effect in a state, in lifecycle order. */
    allowedOperations(state: string): OperationId[];
    /** Whether an operation can be called. `release` can be repeated in any later state, without effect. */
    permits(state: string, operation: OperationId): boolean;
    /** The next state after an event; `undefined` if the event cannot occur in this state. */
    next(state: string, event: ProcessEvent): State | undefined;
    /** Whether the state is final. */
    isFinal(state: string): boolean;
};
/** How a person proves access to a process. */
export type Challenge = "none" | "sms-code" | "email-code" | "login" | "denied";
/** A person who opens a process, with the proofs of access. */
export interface AccessRequest {
    role: "initiator" | "invitee";
    /** The process. `authorization` is CODE when absent (the platform does not return it). */
    process?: ((Process | ProcessInput) & {
        authorization?: Authorization | undefined;
    }) | undefined;
    /** The person, or their identification or externalIdentifier in the process. */
    person?: Participant | ParticipantInput | {
        email?: string | undefined;
        mobile?: string | undefined;
    } | string | undefined;
    /** The account of the person, if logged in. */
    account?: {
        /** Whether it owns the process. */
        ownsProcess?: boolean | undefined;
        /** Whether the process belongs to one of its teams. */
        inTeamOfProcess?: boolean | undefined;
        /** E-mail address, if verified. */
        verifiedEmail?: string | undefined;
        /** Mobile number, if verified. */
        verifiedMobile?: string | undefined;
    } | undefined;
    /** The one-time code of the URL, if it has one. */
    oneTimeCode?: {
        ageMs: number;
        redeemed?: boolean | undefined;
    } | undefined;
}
/** Process authorization (guide, "Process Authorization"). Call {@link loadWasm} first. */
export declare const access: {
    /** The challenge that the platform will present. */
    challenge(request: AccessRequest): Challenge;
};
