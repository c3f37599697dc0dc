// `swisscom-sign/sandbox`: the sandbox for test suites. Only this entry point contains its WebAssembly
// module, which is compiled when the first sandbox is created.

/// <reference lib="esnext.disposable" />

export { connectSandbox, createSandbox } from "./sandbox/create.js";
export type { SandboxConnection, SandboxOptions, SandboxSettings } from "./sandbox/create.js";
export { SandboxError } from "./sandbox/control.js";
export type { SandboxFetch } from "./sandbox/fetch.js";
export type { SandboxClock } from "./sandbox/clock.js";
export type { SandboxFaultRules } from "./sandbox/faults.js";
export type { SandboxOutbox } from "./sandbox/outbox.js";
export type { Sandbox, SandboxCredentials, SandboxOrganization } from "./sandbox/sandbox.js";
export type {
  ActiveFault,
  ClockMode,
  ClockState,
  CompleteSetupInput,
  FaultAction,
  FaultMatch,
  FaultRule,
  FiredEvent,
  JournalEntry,
  JournalQuery,
  OutboxMessage,
  OutboxQuery,
  ProcessReference,
  SandboxPosition,
  SandboxSignerInput,
  SignDecision,
  TimeInput,
} from "./sandbox/types.js";
export type { WasmSource } from "./wasm/loader.js";
