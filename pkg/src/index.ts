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
export type { Download, DownloadOptions, DownloadProgress, SaveOptions } from "./download.js";
export type { Endpoints, EnvironmentName } from "./environment.js";
export * from "./errors-public.js";
export type * from "./generated/contract.js";
export type { Clock, Fetch, FetchResponse, Logger, RequestEvent, ResponseEvent } from "./host.js";
export type { CallOptions } from "./limits.js";
export { explainLevel, levelOf } from "./levels.js";
export type { Language, Legislation, LevelExplanation, Quality } from "./levels.js";
export type { ListQuery, ProcessList, ProcessListPage } from "./list.js";
export type {
  AttachDetails,
  AttachedFile,
  HandOver,
  Released,
  SavedProcess,
  SigningProcess,
} from "./process.js";
export { MAX_FILE_BYTES } from "./source.js";
export type { FileSource, UploadProgress } from "./source.js";
export type { StateChange, WaitOptions } from "./wait.js";
export type {
  FileEvent,
  ProcessChangeEvent,
  ProcessGoneEvent,
  RecordEvent,
  SignerEvent,
  WatchEvent,
  Watcher,
  WatchOptions,
} from "./watch.js";
