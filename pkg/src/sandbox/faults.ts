// Fault rules of the sandbox.

import type { ActiveFault, FaultList, FaultRule } from "../generated/control.js";
import type { ControlClient } from "./control.js";

/** Fault rules. Every matching rule counts a request; the first that is due is applied. */
export class SandboxFaultRules {
  readonly #control: ControlClient;
  readonly #organizationId: string | undefined;

  /** @internal */
  constructor(control: ControlClient, organizationId?: string) {
    this.#control = control;
    this.#organizationId = organizationId;
  }

  /** Adds a rule after the existing ones. */
  add(rule: FaultRule): Promise<ActiveFault> {
    const match = {
      ...rule.match,
      organizationId: rule.match?.organizationId ?? this.#organizationId,
    };
    return this.#control.json("POST", "/faults", { ...rule, match });
  }

  /** The active rules, with match and hit counts. */
  async list(): Promise<ActiveFault[]> {
    const query = { organizationId: this.#organizationId };
    return (await this.#control.json<FaultList>("GET", "/faults", undefined, query)).faults;
  }

  /** Removes a rule. */
  async remove(fault: ActiveFault | number): Promise<void> {
    await this.#control.text("DELETE", `/faults/${typeof fault === "number" ? fault : fault.id}`);
  }

  /** Removes all rules. */
  async clear(): Promise<void> {
    const query = { organizationId: this.#organizationId };
    await this.#control.text("DELETE", "/faults", undefined, query);
  }
}
