// `swisscom-sign/sandbox`: the platform inside a test suite. Its WebAssembly module is in this entry
// point alone, and compiled when the first sandbox is made.

/// <reference lib="esnext.disposable" />

export { connectSandbox, createSandbox } from "./sandbox/create.js";
export type { RunningSandbox, SandboxOptions, SandboxSwitches } from "./sandbox/create.js";
export { SandboxError } from "./sandbox/control.js";
export type { SandboxFetch } from "./sandbox/fetch.js";
export type { SandboxClock, SandboxFaults, SandboxOutbox } from "./sandbox/parts.js";
export type { Sandbox, SandboxOrganization } from "./sandbox/sandbox.js";
export type {
  ClockMode,
  ClockState,
  Decision,
  Fault,
  FaultAction,
  FaultMatch,
  FaultRule,
  FiredEvent,
  JournalEntry,
  JournalQuery,
  Moment,
  OutboxMessage,
  OutboxQuery,
  Person,
  Placement,
  ProcessReference,
  SetupCompletion,
} from "./sandbox/types.js";
export type { WasmSource } from "./wasm/loader.js";
