import type { Process, ProcessInput } from "./generated/contract.js";
/** A process as the platform returns it. */
export type ProcessDetails = Process & Required<Pick<Process, "id" | "status">>;
/**
 * A process to create. An object as `payload` is sent as its JSON. A process that was read can be a
 * template: its read-only fields are not sent, with a warning.
 */
export type NewProcess = (Omit<ProcessInput, "payload"> & {
    payload?: string | object | undefined;
    id?: undefined;
}) | ProcessDetails;
/** `payload` is a string in the contract ("May contain a JSON string"): an object is sent as its JSON. */
export declare function withPayloadText(input: unknown): unknown;
