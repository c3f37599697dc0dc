// `createClient`: checks the options and loads the wasm module.

import { Connection } from "./connection.js";
import {
  assertNotBrowser,
  configurationError,
  parseUrl,
  resolveEndpoints,
  type EnvironmentName,
} from "./environment.js";
import type { Endpoints } from "./environment.js";
import { checkCreate } from "./preflight.js";
import type { Problem } from "./errors.js";
import type { Process, Scope } from "./generated/contract.js";
import {
  checkOptionNames,
  ensureSignError,
  wrapMethods,
  readCallOptions,
  requireId,
  requireString,
  type OptionNames,
} from "./arguments.js";
import {
  createHost,
  type ClientClock,
  type FetchLike,
  type Logger,
  type RequestEvent,
  type ResponseEvent,
} from "./host.js";
import { checkCallback, checkMilliseconds, type CallOptions } from "./deadline.js";
import { ProcessList, type ListQuery } from "./list.js";
import type { NewProcess } from "./process-input.js";
import { SigningProcess, type SavedProcess } from "./process.js";
import { loadWasm } from "./wasm/load.js";
import { ProcessWatcher, type WatchOptions } from "./watch.js";
import type { WireSettings } from "./wire.js";

/** Client credentials, from the vendor's cockpit or from corporate onboarding. */
export interface Credentials {
  /** `createClient` rejects `undefined`; the type allows it, so that `process.env.NAME` can be passed. */
  clientId: string | undefined;
  clientSecret: string | undefined;
  /** Scopes to request; by default all that the client has. */
  scopes?: Scope[] | undefined;
  /** Client authentication: in the form (`post`, default) or in a header (`basic`). */
  authentication?: "post" | "basic" | undefined;
}

/** Options of every kind of client. */
export interface CommonOptions {
  /** Replaces the global `fetch`; called with one `Request`. */
  fetch?: FetchLike | undefined;
  /** Timeout of a call in milliseconds, default 60 000, or 600 000 for files; 0 for no limit. */
  timeoutMs?: number | undefined;
  /** Maximum number of retries, default 2. */
  maxRetries?: number | undefined;
  /** Replaces the runtime's clock and timers, for tests. */
  clock?: ClientClock | undefined;
  /** Receives log lines. */
  logger?: Logger | undefined;
  /** Called before every request. */
  onRequest?: ((event: RequestEvent) => void) | undefined;
  /** Called for every response. */
  onResponse?: ((event: ResponseEvent) => void) | undefined;
  /**
   * `"send"` sends fields and values that this version does not know, for a newer contract. By default
   * they are errors, because a misspelt field would have no effect.
   */
  unknownFields?: "refuse" | "send" | undefined;
  /**
   * Tenant of the client. With `"public"`, fields and methods for corporate tenants are errors; without
   * this option they are sent. A token does not tell the tenant.
   */
  tenant?: "public" | "corporate" | undefined;
}

/** A backend with client credentials. */
export interface CredentialsOptions extends CommonOptions {
  environment: EnvironmentName | Endpoints;
  credentials: Credentials;
  /** Allows the secret in a web page, where every visitor can read it. */
  dangerouslyAllowBrowser?: boolean | undefined;
}

/** A client with access tokens of the caller. */
export interface AccessTokenOptions extends CommonOptions {
  environment: EnvironmentName | Pick<Endpoints, "apiUrl">;
  /** Called before each request, and again after a 401. */
  accessToken: () => string | Promise<string>;
}

/** A web page that uses the relay, which holds secret and token. */
export interface RelayOptions extends CommonOptions {
  /** Base URL of the relay. */
  relay: string;
  /** Authenticates the user to the relay. */
  userToken: () => string | Promise<string>;
}

/** Options of {@link createClient}. */
export type ClientOptions = CredentialsOptions | AccessTokenOptions | RelayOptions;

/** The processes of a client. */
export interface Processes {
  /**
   * Creates a process (operation `create`), exactly once: the additional property
   * `swisscom-sign.correlation` identifies it if the response is lost. You can set that property
   * yourself. If all eight properties are in use (seven through the relay), a lost response is an
   * {@link UncertainOutcomeError}.
   */
  create(process: NewProcess, options?: CallOptions | null): Promise<SigningProcess>;
  /**
   * Checks the input of `create` and returns every problem at once, for example to show them beside the
   * fields of a form. Warnings do not prevent the call. Makes no request.
   */
  check(operation: "create", process: unknown): Promise<Problem[]>;
  /** Reads a process (operation `getProcess`). */
  get(id: string, options?: CallOptions | null): Promise<SigningProcess>;
  /** Lists processes (operation `findAll`, scope `sswp:process:read:all`), newest first. */
  list(query?: ListQuery | null, options?: CallOptions | null): ProcessList;
  /**
   * Watches processes: typed events for `for await`, each delivered once and in order, with a cursor
   * to continue later. The platform has no webhooks, so this polls the list.
   */
  watch(options?: WatchOptions | null): ProcessWatcher;
  /** Restores a process from `JSON.stringify(process)`. Makes no request. */
  resume(saved: string | SavedProcess): SigningProcess;
}

/** A client of one environment. */
export interface SignClient {
  readonly processes: Processes;
  /** Releases the client. Pending calls finish; later calls are rejected. */
  free(): void;
  [Symbol.dispose](): void;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Creates a client. The first call loads the WebAssembly module; no request is made.
 *
 * @throws {@link SignError} `invalid_argument` for invalid options, {@link SecretInBrowserError} for a
 * secret in a web page, {@link WasmLoadError}.
 * @example
 * const sign = await createClient({ environment: "test", credentials: { clientId, clientSecret } });
 */
export async function createClient(options: ClientOptions): Promise<SignClient> {
  try {
    return await make(options);
  } catch (error) {
    throw ensureSignError(error);
  }
}

type AllOptions = CredentialsOptions & AccessTokenOptions & RelayOptions;

const CLIENT_OPTIONS: OptionNames<AllOptions> = {
  environment: true,
  credentials: true,
  accessToken: true,
  relay: true,
  userToken: true,
  fetch: true,
  timeoutMs: true,
  maxRetries: true,
  clock: true,
  logger: true,
  onRequest: true,
  onResponse: true,
  unknownFields: true,
  tenant: true,
  dangerouslyAllowBrowser: true,
};

const CREDENTIALS: OptionNames<Credentials> = {
  clientId: true,
  clientSecret: true,
  scopes: true,
  authentication: true,
};

async function make(options: ClientOptions): Promise<SignClient> {
  const { settings: target, accessToken } = resolve(options);
  const { tenant } = options;
  if (![undefined, null, "public", "corporate"].includes(tenant)) {
    throw configurationError('invalid `tenant`: expected "public" or "corporate"');
  }
  const settings = { ...target, tenant };
  for (const name of ["fetch", "Request", "Headers"] as const) {
    const injected = name === "fetch" && typeof options.fetch === "function";
    if (!injected && typeof globalThis[name] !== "function") {
      throw configurationError(`unsupported runtime: \`${name}\` is missing`);
    }
  }
  for (const name of ["fetch", "onRequest", "onResponse"] as const) {
    checkCallback(name, options[name]);
  }
  const limit = options.timeoutMs ?? undefined;
  const wrong = limit === undefined ? undefined : checkMilliseconds("timeoutMs", limit);
  if (wrong !== undefined) throw configurationError(wrong);
  const { maxRetries } = readCallOptions({ maxRetries: options.maxRetries });
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

  /** See `SigningProcess`. @internal */
  get [Symbol.toStringTag](): string {
    return "SignClient";
  }

  free(): void {
    this.#connection.free();
  }

  declare [Symbol.dispose]: () => void;
  declare [Symbol.asyncDispose]: () => Promise<void>;
}

// Not all browsers have these symbols; tools that compile `using` then look for `Symbol.for`.
for (const name of ["dispose", "asyncDispose"] as const) {
  const symbol: symbol = Symbol[name] ?? Symbol.for(`Symbol.${name}`);
  const value = function (this: Client): unknown {
    this.free();
    return name === "asyncDispose" ? Promise.resolve() : undefined;
  };
  Object.defineProperty(Client.prototype, symbol, { value, configurable: true });
}

function processes(connection: Connection): Processes {
  return wrapMethods<Processes>({
    async create(process, options) {
      const done = await connection.call({
        operation: "create",
        input: process ?? null,
        options,
      });
      return SigningProcess.from(connection, done.data as Process);
    },
    async check(operation, process) {
      if (operation !== "create")
        throw configurationError('invalid `operation`: expected "create"');
      return checkCreate(connection, process);
    },
    async get(id, options) {
      const processId = requireId("getProcess", "processId", id);
      const done = await connection.call({
        operation: "getProcess",
        target: { processId },
        options,
      });
      return SigningProcess.from(connection, done.data as Process);
    },
    list: (query, options) => new ProcessList(connection, query, options),
    watch: (options) => new ProcessWatcher(connection, options),
    resume: (saved) => SigningProcess.resume(connection, saved),
  });
}

function resolve(options: ClientOptions): {
  settings: WireSettings;
  accessToken?: (() => string | Promise<string>) | undefined;
} {
  if (typeof options !== "object" || options === null)
    throw configurationError("missing options: call `createClient({ … })`");
  checkOptionNames("option", options, CLIENT_OPTIONS);
  if ("relay" in options) {
    const accessToken = callback("userToken", options.userToken);
    return { settings: { apiUrl: parseUrl("relay", options.relay), relay: true }, accessToken };
  }
  const { apiUrl, tokenUrl } = resolveEndpoints(options.environment);
  const environment = nameOf(apiUrl);
  if (apiUrl === undefined) throw configurationError("missing `environment.apiUrl`");
  if ("accessToken" in options) {
    const accessToken = callback("accessToken", options.accessToken);
    return { settings: { apiUrl, environment }, accessToken };
  }
  const credentials = (options as Partial<CredentialsOptions>).credentials;
  if (typeof credentials !== "object" || credentials === null) {
    throw configurationError(
      "missing option: pass `credentials`, `accessToken`, or `relay` and `userToken`",
    );
  }
  checkOptionNames("credential", credentials, CREDENTIALS);
  assertNotBrowser(options.dangerouslyAllowBrowser);
  if (tokenUrl === undefined)
    throw configurationError("missing `environment.tokenUrl`: credentials need it");
  const { clientId, clientSecret, scopes, authentication } = credentials;
  // A promise whose `await` was forgotten would be sent as "[object Promise]".
  if (![clientId ?? "", clientSecret ?? ""].every((text: unknown) => typeof text === "string")) {
    throw configurationError("invalid credentials: `clientId` and `clientSecret` must be strings");
  }
  if (scopes !== undefined && scopes !== null && !Array.isArray(scopes)) {
    throw configurationError("invalid `credentials.scopes`: expected an array of strings");
  }
  const settings = {
    apiUrl,
    environment,
    tokenUrl,
    clientId: requireString("credentials.clientId", clientId ?? ""),
    clientSecret: requireString("credentials.clientSecret", clientSecret ?? ""),
    scopes: scopes && requireString("credentials.scopes", scopes.join(" ")),
    basic: authentication === "basic",
  };
  return { settings };
}

/** The environment of a URL of the platform. */
function nameOf(apiUrl: string | undefined): string | undefined {
  return (["production", "test"] as const).find((name) => resolveEndpoints(name).apiUrl === apiUrl);
}

function callback(name: string, value: unknown): () => string | Promise<string> {
  if (typeof value !== "function")
    throw configurationError(`invalid \`${name}\`: expected a function that returns a token`);
  return value as () => string | Promise<string>;
}
