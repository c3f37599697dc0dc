// The parts of a sandbox that a test turns, breaks and reads: of the whole sandbox, or of one
// organization.

import { Control, SandboxError, idOf, type Query } from "./control.js";
import type {
  ClockMode,
  ClockState,
  Fault,
  FaultRule,
  FiredEvent,
  Moment,
  OutboxMessage,
  OutboxQuery,
} from "./types.js";

/** Longest wait of one request; a longer one is several. */
const LONGEST_WAIT_MS = 60_000;
/** Messages in one answer. */
const PAGE = 200;

/** The clock of the platform. Tokens live by the real one. */
export class SandboxClock {
  readonly #control: Control;
  readonly #organizationId: string | undefined;

  /** @internal */
  constructor(control: Control, organizationId?: string) {
    this.#control = control;
    this.#organizationId = organizationId;
  }

  /** The time now. */
  async now(): Promise<Date> {
    return new Date((await this.state()).now);
  }

  /** The time, and how it runs. */
  state(): Promise<ClockState> {
    const query = { organizationId: this.#organizationId };
    return this.#control.json("GET", "/clock", undefined, query);
  }

  /** Has it stand still, there or where it is. Resolves to what became due. */
  freeze(at?: Moment): Promise<FiredEvent[]> {
    return this.set({ mode: "frozen", at });
  }

  /** Sets it, forward or back; what has happened stays. Resolves to what became due. */
  async set(clock: ClockMode): Promise<FiredEvent[]> {
    return this.#turned("PUT", "/clock", clock);
  }

  /**
   * Turns it forward: by an ISO 8601 duration, such as `P31D`, or to a moment. What became due has
   * happened, in its order, when this resolves to it.
   */
  async advance(target: string | { to: Moment }): Promise<FiredEvent[]> {
    const body = typeof target === "string" ? { by: target } : target;
    return this.#turned("POST", "/clock/advance", body);
  }

  async #turned(method: string, path: string, body: object): Promise<FiredEvent[]> {
    const sent = { ...body, organizationId: this.#organizationId };
    return (await this.#control.json<ClockState>(method, path, sent)).fired ?? [];
  }
}

/** Mails and SMS. Nothing leaves the sandbox. */
export class SandboxOutbox {
  readonly #control: Control;
  readonly #organizationId: string | undefined;

  /** @internal */
  constructor(control: Control, organizationId?: string) {
    this.#control = control;
    this.#organizationId = organizationId;
  }

  /** The messages of a query, oldest first. */
  async messages(query: OutboxQuery = {}): Promise<OutboxMessage[]> {
    return (await this.#read(query)).messages;
  }

  /** The place after the last message, for `after`. */
  async cursor(): Promise<string> {
    return (await this.#read({})).next;
  }

  /**
   * The newest message to somebody, or of a query; the first one that comes, while there is none.
   *
   * @throws {@link SandboxError} `no_message`, when none came within `timeoutMs` (5000).
   */
  async wait(
    query: string | OutboxQuery,
    { timeoutMs = 5_000 }: { timeoutMs?: number } = {},
  ): Promise<OutboxMessage> {
    const asked = typeof query === "string" ? { to: query } : query;
    const until = performance.now() + timeoutMs;
    for (;;) {
      const left = Math.max(0, until - performance.now());
      const { messages } = await this.#read(asked, Math.min(left, LONGEST_WAIT_MS));
      const newest = messages.at(-1);
      if (newest !== undefined) return newest;
      if (performance.now() < until) continue;
      const text = `no message for ${JSON.stringify(asked)} within ${timeoutMs} ms`;
      throw new SandboxError(text, { code: "no_message" });
    }
  }

  /** Deletes the messages of a query. */
  async clear(query: OutboxQuery = {}): Promise<void> {
    await this.#control.text("DELETE", "/outbox", undefined, this.#asked(query));
  }

  #asked({ process, ...rest }: OutboxQuery): Query {
    const processId = process === undefined ? undefined : idOf(process);
    return { ...rest, processId, organizationId: this.#organizationId };
  }

  /** Every message, page by page; the first page is waited for. */
  async #read(
    query: OutboxQuery,
    waitMs = 0,
  ): Promise<{ messages: OutboxMessage[]; next: string }> {
    const messages: OutboxMessage[] = [];
    const asked = this.#asked(query);
    let wait = waitMs > 0 ? `${Math.ceil(waitMs)}ms` : undefined;
    for (let after = query.after; ; wait = undefined) {
      const path = "/outbox";
      type Part = { messages: OutboxMessage[]; next: string };
      const part: Part = await this.#control.json("GET", path, undefined, {
        ...asked,
        after,
        wait,
      });
      messages.push(...part.messages);
      if (part.messages.length < PAGE) return { messages, next: part.next };
      after = part.next;
    }
  }
}

/** What goes wrong. Every rule that fits counts a request; the first that is due strikes. */
export class SandboxFaults {
  readonly #control: Control;
  readonly #organizationId: string | undefined;

  /** @internal */
  constructor(control: Control, organizationId?: string) {
    this.#control = control;
    this.#organizationId = organizationId;
  }

  /** Puts a fault in force, after the others. */
  add(rule: FaultRule): Promise<Fault> {
    const match = {
      ...rule.match,
      organizationId: rule.match?.organizationId ?? this.#organizationId,
    };
    return this.#control.json("POST", "/faults", { ...rule, match });
  }

  /** The faults in force, with how often each fitted and struck. */
  async list(): Promise<Fault[]> {
    const query = { organizationId: this.#organizationId };
    return (await this.#control.json<{ faults: Fault[] }>("GET", "/faults", undefined, query))
      .faults;
  }

  /** Lifts a fault. */
  async remove(fault: Fault | number): Promise<void> {
    await this.#control.text("DELETE", `/faults/${typeof fault === "number" ? fault : fault.id}`);
  }

  /** Lifts all of them. */
  async clear(): Promise<void> {
    const query = { organizationId: this.#organizationId };
    await this.#control.text("DELETE", "/faults", undefined, query);
  }
}
