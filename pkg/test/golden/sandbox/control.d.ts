/** The sandbox refused, or there is none. */
export declare class SandboxError extends Error {
    /** What went wrong: `name` of the refusal, `freed`, `invalid_options` or `no_message`. */
    readonly code: string;
    /** HTTP status of the refusal. */
    readonly status: number | undefined;
    constructor(message: string, options: {
        code: string;
        status?: number;
        cause?: unknown;
    });
}
