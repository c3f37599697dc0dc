// Fault rules of the sandbox.

import type { ControlClient } from "./control.js";
import type { ActiveFault, FaultRule } from "./types.js";

/** What goes wrong. Every rule that fits counts a request; the first that is due strikes. */
export class SandboxFaultRules {
  readonly #control: ControlClient;
  readonly #organizationId: string | undefined;

  /** @internal */
  constructor(control: ControlClient, organizationId?: string) {
    this.#control = control;
    this.#organizationId = organizationId;
  }

  /** Puts a fault in force, after the others. */
  add(rule: FaultRule): Promise<ActiveFault> {
    const match = {
      ...rule.match,
      organizationId: rule.match?.organizationId ?? this.#organizationId,
    };
    return this.#control.json("POST", "/faults", { ...rule, match });
  }

  /** The faults in force, with how often each fitted and struck. */
  async list(): Promise<ActiveFault[]> {
    const query = { organizationId: this.#organizationId };
    return (await this.#control.json<{ faults: ActiveFault[] }>("GET", "/faults", undefined, query))
      .faults;
  }

  /** Lifts a fault. */
  async remove(fault: ActiveFault | number): Promise<void> {
    await this.#control.text("DELETE", `/faults/${typeof fault === "number" ? fault : fault.id}`);
  }

  /** Lifts all of them. */
  async clear(): Promise<void> {
    const query = { organizationId: this.#organizationId };
    await this.#control.text("DELETE", "/faults", undefined, query);
  }
}
