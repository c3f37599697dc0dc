// Mails and SMS of the sandbox.

import type {
  OutboxQuery as OutboxFilter,
  OutboxMessage,
  OutboxPage,
} from "../generated/control.js";
import {
  processIdOf,
  SandboxError,
  type ControlClient,
  type ControlQuery,
  type ProcessReference,
} from "./control.js";
import { monotonicNow } from "../real-time.js";

/** Filter of messages; empty for all. */
export interface OutboxQuery extends Pick<OutboxFilter, "channel" | "to" | "type" | "personId"> {
  process?: ProcessReference | undefined;
  /** Only messages after this cursor, see {@link SandboxOutbox.cursor}. */
  after?: string | undefined;
}

/** A longer wait is split into several requests. */
const MAX_WAIT_MS = 60_000;
/** Messages in one response of the control API. */
const PAGE_SIZE = 200;

/** Mails and SMS. Nothing is sent. */
export class SandboxOutbox {
  readonly #control: ControlClient;
  readonly #organizationId: string | undefined;

  /** @internal */
  constructor(control: ControlClient, organizationId?: string) {
    this.#control = control;
    this.#organizationId = organizationId;
  }

  /** The matching messages, oldest first. */
  async messages(query: OutboxQuery = {}): Promise<OutboxMessage[]> {
    return (await this.#read(query)).messages;
  }

  /** Cursor after the last message, for `after`. */
  async cursor(): Promise<string> {
    return (await this.#read({})).next;
  }

  /**
   * The newest message to an address or of a query; if there is none, waits for the first.
   *
   * @throws {@link SandboxError} `no_message` after `timeoutMs` (default 5000).
   */
  async wait(
    query: string | OutboxQuery,
    { timeoutMs = 5_000 }: { timeoutMs?: number | undefined } = {},
  ): Promise<OutboxMessage> {
    const asked = typeof query === "string" ? { to: query } : query;
    const until = monotonicNow() + timeoutMs;
    for (;;) {
      const left = Math.max(0, until - monotonicNow());
      const { messages } = await this.#read(asked, Math.min(left, MAX_WAIT_MS));
      const newest = messages.at(-1);
      if (newest !== undefined) return newest;
      if (monotonicNow() < until) continue;
      const text = `no message for ${JSON.stringify(asked)} within ${timeoutMs} ms`;
      throw new SandboxError(text, { code: "no_message" });
    }
  }

  /** Deletes the matching messages. */
  async clear(query: OutboxQuery = {}): Promise<void> {
    await this.#control.text("DELETE", "/outbox", undefined, this.#asked(query));
  }

  #asked({ process, ...rest }: OutboxQuery): ControlQuery {
    const processId = process === undefined ? undefined : processIdOf(process);
    return { ...rest, processId, organizationId: this.#organizationId };
  }

  /** All messages, page by page; waits for the first page. */
  async #read(query: OutboxQuery, waitMs = 0): Promise<OutboxPage> {
    const messages: OutboxMessage[] = [];
    const asked = this.#asked(query);
    let wait = waitMs > 0 ? `${Math.ceil(waitMs)}ms` : undefined;
    for (let after = query.after; ; wait = undefined) {
      const path = "/outbox";
      const part: OutboxPage = await this.#control.json("GET", path, undefined, {
        ...asked,
        after,
        wait,
      });
      messages.push(...part.messages);
      if (part.messages.length < PAGE_SIZE) return { messages, next: part.next };
      after = part.next;
    }
  }
}
