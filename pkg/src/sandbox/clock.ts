// The sandbox's clock.

import type { ClockSetting, ClockState, FiredEvent } from "../generated/control.js";
import type { ControlClient } from "./control.js";

/** A time; text is ISO 8601 with an offset. */
export type TimeInput = Date | string;

/** Clock mode: real time, frozen at a time (by default now), or ahead of real time by a duration. */
export type ClockMode = Omit<ClockSetting, "at"> & { at?: TimeInput | undefined };

/** The clock of the platform. Tokens expire by real time. */
export class SandboxClock {
  readonly #control: ControlClient;
  readonly #organizationId: string | undefined;

  /** @internal */
  constructor(control: ControlClient, organizationId?: string) {
    this.#control = control;
    this.#organizationId = organizationId;
  }

  /** The current time. */
  async now(): Promise<Date> {
    return new Date((await this.state()).now);
  }

  /** The current time and the clock mode. */
  state(): Promise<ClockState> {
    const query = { organizationId: this.#organizationId };
    return this.#control.json("GET", "/clock", undefined, query);
  }

  /** Freezes the clock at a time, by default now. Resolves to the events that became due. */
  freeze(at?: TimeInput): Promise<FiredEvent[]> {
    return this.set({ mode: "frozen", at });
  }

  /** Sets the clock, forward or back; past events are kept. Resolves to the events that became due. */
  async set(clock: ClockMode): Promise<FiredEvent[]> {
    return this.#change("PUT", "/clock", clock);
  }

  /**
   * Advances the clock by an ISO 8601 duration, such as `P31D`, or to a time. Resolves to the events
   * that became due and were applied, in order.
   */
  async advance(target: string | { to: TimeInput }): Promise<FiredEvent[]> {
    const body = typeof target === "string" ? { by: target } : target;
    return this.#change("POST", "/clock/advance", body);
  }

  async #change(method: string, path: string, body: object): Promise<FiredEvent[]> {
    const sent = { ...body, organizationId: this.#organizationId };
    return (await this.#control.json<ClockState>(method, path, sent)).events ?? [];
  }
}
