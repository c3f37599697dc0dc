import type { OutboxMessage, OutboxQuery } from "./types.js";
/** Mails and SMS. Nothing leaves the sandbox. */
export declare class SandboxOutbox {
    #private;
    /** The messages of a query, oldest first. */
    messages(query?: OutboxQuery): Promise<OutboxMessage[]>;
    /** The place after the last message, for `after`. */
    cursor(): Promise<string>;
    /**
     * The newest message to somebody, or of a query; the first one that comes, while there is none.
     *
     * @throws {@link SandboxError} `no_message`, when none came within `timeoutMs` (5000).
     */
    wait(query: string | OutboxQuery, { timeoutMs }?: {
        timeoutMs?: number;
    }): Promise<OutboxMessage>;
    /** Deletes the messages of a query. */
    clear(query?: OutboxQuery): Promise<void>;
}
