/** A process: its identifier, or an object with one, such as a `SigningProcess`. */
export type ProcessReference = string | {
    readonly id: string;
};
/** The sandbox rejected a request, was closed, or has invalid options. */
export declare class SandboxError extends Error {
    /** `name` of the control API's error, or `freed`, `invalid_options` or `no_message`. */
    readonly code: string;
    /** HTTP status of the error. */
    readonly status: number | undefined;
    constructor(message: string, options: {
        code: string;
        status?: number | undefined;
        cause?: unknown;
    });
}
