import type { OutboxQuery as OutboxFilter, OutboxMessage } from "../generated/control.js";
import { type ProcessReference } from "./control.js";
/** Filter of messages; empty for all. */
export interface OutboxQuery extends Pick<OutboxFilter, "channel" | "to" | "type" | "personId"> {
    process?: ProcessReference | undefined;
    /** Only messages after this cursor, see {@link SandboxOutbox.cursor}. */
    after?: string | undefined;
}
/** Mails and SMS. Nothing is sent. */
export declare class SandboxOutbox {
    #private;
    /** The matching messages, oldest first. */
    messages(query?: OutboxQuery): Promise<OutboxMessage[]>;
    /** Cursor after the last message, for `after`. */
    cursor(): Promise<string>;
    /**
     * The newest message to an address or of a query; if there is none, waits for the first.
     *
     * @throws {@link SandboxError} `no_message` after `timeoutMs` (default 5000).
     */
    wait(query: string | OutboxQuery, { timeoutMs }?: {
        timeoutMs?: number | undefined;
    }): Promise<OutboxMessage>;
    /** Deletes the matching messages. */
    clear(query?: OutboxQuery): Promise<void>;
}
