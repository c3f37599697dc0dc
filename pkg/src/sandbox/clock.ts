// The sandbox's clock.

import type { ControlClient } from "./control.js";
import type { ClockMode, ClockState, FiredEvent, TimeInput } from "./types.js";

/** The clock of the platform. Tokens live by the real one. */
export class SandboxClock {
  readonly #control: ControlClient;
  readonly #organizationId: string | undefined;

  /** @internal */
  constructor(control: ControlClient, organizationId?: string) {
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
  freeze(at?: TimeInput): Promise<FiredEvent[]> {
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
  async advance(target: string | { to: TimeInput }): Promise<FiredEvent[]> {
    const body = typeof target === "string" ? { by: target } : target;
    return this.#turned("POST", "/clock/advance", body);
  }

  async #turned(method: string, path: string, body: object): Promise<FiredEvent[]> {
    const sent = { ...body, organizationId: this.#organizationId };
    return (await this.#control.json<ClockState>(method, path, sent)).fired ?? [];
  }
}
