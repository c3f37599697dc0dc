// `swisscom-sign`: the client.

/// <reference lib="esnext.disposable" />

export { createClient } from "./client.js";
export type {
  AccessTokenOptions,
  ClientOptions,
  CommonOptions,
  Credentials,
  CredentialsOptions,
  Processes,
  RelayOptions,
  SignClient,
} from "./client.js";
export type {
  Download,
  DownloadOptions,
  DownloadProgress,
  DownloadSaveOptions,
} from "./download.js";
export type { Endpoints, EnvironmentName } from "./environment.js";
export * from "./errors-public.js";
export type * from "./generated/contract.js";
export type {
  ClientClock,
  FetchLike,
  FetchResponseLike,
  Logger,
  RequestEvent,
  ResponseEvent,
} from "./host.js";
export type { CallOptions } from "./deadline.js";
export type { NewProcess, ProcessDetails } from "./process-input.js";
export { explainLevel, levelOf } from "./levels.js";
export type { Language, Legislation, LevelExplanation, Quality } from "./levels.js";
export type { ListQuery, ProcessList, ProcessListPage } from "./list.js";
export type {
  AttachedFile,
  AttachOptions,
  RedirectUrl,
  ReleaseResult,
  SavedProcess,
  SignedFile,
  SigningProcess,
} from "./process.js";
export { MAX_FILE_BYTES } from "./generated/facts.js";
export type { FileSource } from "./source.js";
export type { UploadProgress } from "./chunks.js";
export type { StateChange, WaitOptions } from "./wait.js";
export type {
  FileEvent,
  ProcessChangeEvent,
  ProcessGoneEvent,
  ProcessWatcher,
  RecordEvent,
  SignerEvent,
  WatchEvent,
  WatchOptions,
} from "./watch.js";
