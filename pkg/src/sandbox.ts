// `swisscom-sign/sandbox`: the sandbox for test suites. Only this entry point contains its WebAssembly
// module, which is compiled when the first sandbox is created.

/// <reference lib="esnext.disposable" />

export { connectSandbox, createSandbox } from "./sandbox/create.js";
export type { SandboxConnection, SandboxOptions } from "./sandbox/create.js";
export { SandboxError } from "./sandbox/control.js";
export type { ProcessReference } from "./sandbox/control.js";
export type { SandboxFetch } from "./sandbox/fetch.js";
export type { ClockMode, SandboxClock, TimeInput } from "./sandbox/clock.js";
export type { SandboxFaultRules } from "./sandbox/faults.js";
export type { OutboxQuery, SandboxOutbox } from "./sandbox/outbox.js";
export type {
  JournalQuery,
  Sandbox,
  SandboxCredentials,
  SandboxOrganization,
} from "./sandbox/sandbox.js";
export type {
  ActiveFault,
  ClockModeName,
  ClockSetting,
  ClockState,
  CompleteSetupInput,
  DeclineOutcome,
  FaultAction,
  FaultMatch,
  FaultRule,
  FiredEvent,
  FiredEventType,
  IdentificationResult,
  JournalEntry,
  MessageChannel,
  MessageType,
  MissingProcess,
  OperationName,
  OutboxMessage,
  Qes,
  ResponseDrop,
  SandboxPosition,
  SandboxSettings,
  SandboxSignerInput,
  ScopeError,
  SetupInitiator,
  SignDecision,
  SignedDownload,
  SignerBeforeRelease,
} from "./generated/control.js";
export type { WasmModule, WasmSource } from "./wasm/loader.js";
