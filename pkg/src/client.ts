// `createClient`: settings are checked, the module is loaded, and the client is there.

import { Connection } from "./connection.js";
import { checked, endpoints, guardSecret, invalid, type EnvironmentName } from "./environment.js";
import type { Endpoints } from "./environment.js";
import { checkCreate } from "./check.js";
import type { Problem } from "./errors.js";
import type { Process, ProcessInput, Scope } from "./generated/contract.js";
import { callOptions, guarded, identifier, typed, word } from "./guard.js";
import {
  createHost,
  type Clock,
  type Fetch,
  type Logger,
  type RequestEvent,
  type ResponseEvent,
} from "./host.js";
import { checkCallback, notMilliseconds, type CallOptions } from "./limits.js";
import { ProcessList, type ListQuery } from "./list.js";
import { SigningProcess, type SavedProcess } from "./process.js";
import { loadWasm } from "./wasm/load.js";
import { Watcher, type WatchOptions } from "./watch.js";
import type { Settings } from "./wire.js";

/** Credentials of a client, from the cockpit or from corporate onboarding. */
export interface Credentials {
  clientId: string;
  clientSecret: string;
  /** Scopes to ask for; whatever the client has by default when absent. */
  scopes?: Scope[];
  /** How the client proves who it is: in the form (the default) or in a header. */
  authentication?: "post" | "basic";
}

/** What holds for every kind of client. */
export interface CommonOptions {
  /** In place of the global `fetch`; called with one `Request`. */
  fetch?: Fetch;
  /** Milliseconds for a whole call; 60 000, or 600 000 for files, when absent; 0 for no limit. */
  timeoutMs?: number;
  /** Repetitions at most; 2 when absent. */
  maxRetries?: number;
  /** In place of the runtime's time, for tests: waits take as long as it says. */
  clock?: Clock;
  /** Where log lines go. */
  logger?: Logger;
  /** Told of every request. */
  onRequest?: (event: RequestEvent) => void;
  /** Told of every answer. */
  onResponse?: (event: ResponseEvent) => void;
  /** `"send"` passes on fields that this version does not know, for a newer contract. */
  unknownFields?: "refuse" | "send";
}

/** A backend with credentials of its own. */
export interface CredentialsOptions extends CommonOptions {
  environment: EnvironmentName | Endpoints;
  credentials: Credentials;
  /** Accepts that every visitor of the page can read the secret. */
  dangerouslyAllowBrowser?: boolean;
}

/** Tokens from elsewhere. */
export interface AccessTokenOptions extends CommonOptions {
  environment: EnvironmentName | Pick<Endpoints, "apiUrl">;
  /** Asked before each request, and once more after a 401. */
  accessToken: () => string | Promise<string>;
}

/** A page, by way of the relay, which keeps secret and token. */
export interface RelayOptions extends CommonOptions {
  /** Base URL of the relay. */
  relay: string;
  /** Proof of who the user is, for the relay. */
  userToken: () => string | Promise<string>;
}

/** How a client is made. */
export type ClientOptions = CredentialsOptions | AccessTokenOptions | RelayOptions;

/** The processes of a client. */
export interface Processes {
  /**
   * Creates a process (operation `create`), once: it gets one more property,
   * `swisscom-sign.correlation`, by which it is found again when the answer is lost. Set that
   * property yourself to choose its value. When all eight are in use (seven through the relay), a
   * lost answer is an {@link UncertainOutcomeError}.
   */
  create(process: ProcessInput, options?: CallOptions | null): Promise<SigningProcess>;
  /**
   * What would keep a process from being created, every problem at once: what a form shows at its
   * fields. No request is made.
   */
  check(operation: "create", process: unknown): Promise<Problem[]>;
  /** Reads a process (operation `getProcess`). */
  get(id: string, options?: CallOptions | null): Promise<SigningProcess>;
  /** Lists processes (operation `findAll`, scope `sswp:process:read:all`), newest first. */
  list(query?: ListQuery | null, options?: CallOptions | null): ProcessList;
  /**
   * What happens to processes, as events for `for await`: typed, each told once, in order, and with
   * a cursor to go on later. The platform has no webhooks; this reads the list.
   */
  watch(options?: WatchOptions | null): Watcher;
  /** Goes on with a process that was saved by `JSON.stringify(process)`; no request is made. */
  resume(saved: string | SavedProcess): SigningProcess;
}

/** A client of one environment. */
export interface SignClient {
  readonly processes: Processes;
  /** Lets the client go. Calls under way finish; later ones are refused. */
  free(): void;
  [Symbol.dispose](): void;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Makes a client. Loads the WebAssembly module at the first call; makes no request.
 *
 * @throws {@link SignError} `invalid_argument` for options that cannot be used,
 * {@link SecretInBrowserError} for a secret in a page, {@link WasmLoadError}.
 * @example
 * const sign = await createClient({ environment: "test", credentials: { clientId, clientSecret } });
 */
export async function createClient(options: ClientOptions): Promise<SignClient> {
  try {
    return await make(options);
  } catch (error) {
    throw typed(error);
  }
}

async function make(options: ClientOptions): Promise<SignClient> {
  const { settings, accessToken } = resolve(options);
  for (const name of ["fetch", "Request", "Headers"] as const) {
    const injected = name === "fetch" && typeof options.fetch === "function";
    if (!injected && typeof globalThis[name] !== "function") {
      throw invalid(`this runtime has no ${name}`);
    }
  }
  for (const name of ["fetch", "onRequest", "onResponse"] as const) {
    checkCallback(name, options[name]);
  }
  const limit = options.timeoutMs ?? undefined;
  const wrong = limit === undefined ? undefined : notMilliseconds("timeoutMs", limit);
  if (wrong !== undefined) throw invalid(wrong);
  const { maxRetries } = callOptions({ maxRetries: options.maxRetries });
  await loadWasm();
  const { timeoutMs, unknownFields } = options;
  const host = createHost({ ...options, accessToken });
  const lenient = unknownFields === "send";
  const connection = new Connection(settings, host, {
    ...{ timeoutMs, maxRetries, lenient },
    relay: "relay" in options,
  });
  return new Client(connection);
}

class Client implements SignClient {
  readonly processes: Processes;
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.processes = processes(connection);
  }

  free(): void {
    this.#connection.free();
  }

  declare [Symbol.dispose]: () => void;
  declare [Symbol.asyncDispose]: () => Promise<void>;
}

// Symbols that browsers of today lack; tools that rewrite `using` look for these then.
for (const name of ["dispose", "asyncDispose"] as const) {
  const symbol: symbol = Symbol[name] ?? Symbol.for(`Symbol.${name}`);
  const value = function (this: Client): unknown {
    this.free();
    return name === "asyncDispose" ? Promise.resolve() : undefined;
  };
  Object.defineProperty(Client.prototype, symbol, { value, configurable: true });
}

function processes(connection: Connection): Processes {
  return guarded<Processes>({
    async create(process, options) {
      const done = await connection.call("create", {}, process ?? null, options);
      return SigningProcess.from(connection, done.data as Process);
    },
    async check(operation, process) {
      if (operation !== "create") throw invalid('operation must be "create" here');
      return checkCreate(connection, process);
    },
    async get(id, options) {
      const processId = identifier("getProcess", "processId", id);
      const done = await connection.call("getProcess", { processId }, undefined, options);
      return SigningProcess.from(connection, done.data as Process);
    },
    list: (query, options) => new ProcessList(connection, query, options),
    watch: (options) => new Watcher(connection, options),
    resume: (saved) => SigningProcess.resume(connection, saved),
  });
}

function resolve(options: ClientOptions): {
  settings: Settings;
  accessToken?: () => string | Promise<string>;
} {
  if (typeof options !== "object" || options === null) throw invalid("createClient needs options");
  if ("relay" in options) {
    const accessToken = callback("userToken", options.userToken);
    return { settings: { apiUrl: checked("relay", options.relay), relay: true }, accessToken };
  }
  const { apiUrl, tokenUrl } = endpoints(options.environment);
  const environment = nameOf(apiUrl);
  if (apiUrl === undefined) throw invalid("environment needs an apiUrl");
  if ("accessToken" in options) {
    const accessToken = callback("accessToken", options.accessToken);
    return { settings: { apiUrl, environment }, accessToken };
  }
  const credentials = (options as Partial<CredentialsOptions>).credentials;
  if (typeof credentials !== "object" || credentials === null) {
    throw invalid("createClient needs credentials, accessToken, or relay and userToken");
  }
  guardSecret(options.dangerouslyAllowBrowser);
  if (tokenUrl === undefined) throw invalid("environment needs a tokenUrl with credentials");
  const { clientId, clientSecret, scopes, authentication } = credentials;
  // A promise, say of a vault whose `await` was forgotten, would be sent as "[object Promise]".
  if (![clientId ?? "", clientSecret ?? ""].every((text: unknown) => typeof text === "string")) {
    throw invalid("credentials.clientId and credentials.clientSecret must be strings");
  }
  if (scopes !== undefined && scopes !== null && !Array.isArray(scopes)) {
    throw invalid("credentials.scopes must be a list of strings");
  }
  const settings = {
    apiUrl,
    environment,
    tokenUrl,
    clientId: word("credentials.clientId", clientId ?? ""),
    clientSecret: word("credentials.clientSecret", clientSecret ?? ""),
    scopes: scopes && word("credentials.scopes", scopes.join(" ")),
    basic: authentication === "basic",
  };
  return { settings };
}

/** The environment of the platform at this URL, however it was named. */
function nameOf(apiUrl: string | undefined): string | undefined {
  return (["production", "test"] as const).find((name) => endpoints(name).apiUrl === apiUrl);
}

function callback(name: string, value: unknown): () => string | Promise<string> {
  if (typeof value !== "function") throw invalid(`${name} must be a function that returns a token`);
  return value as () => string | Promise<string>;
}
