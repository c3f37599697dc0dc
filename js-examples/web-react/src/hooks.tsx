// React hooks for the SDK. Each stops when its component is unmounted and returns errors unchanged.

import {
  createContext,
  useCallback,
  useContext,
  useEffect,
  useRef,
  useState,
  type ReactNode,
} from "react";
import {
  createClient,
  StateError,
  type AttachOptions,
  type AuditRecord,
  type Process,
  type ProcessEndReason,
  type SignClient,
  type SigningProcess,
  type UploadProgress,
} from "swisscom-sign";

import {
  loadState,
  clearState,
  readConfig,
  saveState,
  returnedProcessId,
  type Config,
} from "../../web-shared/config.js";
import { emptyDraft, type Draft } from "../../web-shared/draft.js";

/** Client and configuration of the page. */
export interface Session {
  readonly sign: SignClient;
  readonly config: Config;
  /** Loads a new token; your application would open its login here. */
  renew(): Promise<void>;
}

export async function connect(first: Config): Promise<Session> {
  let config = first;
  const sign = await createClient({
    relay: first.relay,
    userToken: () => config.userToken,
  });
  return {
    sign,
    get config() {
      return config;
    },
    async renew() {
      config = await readConfig();
    },
  };
}

const Context = createContext<Session | undefined>(undefined);

export function SignProvider({
  session,
  children,
}: {
  session: Session;
  children: ReactNode;
}) {
  return <Context value={session}>{children}</Context>;
}

/** The session, or undefined before it is connected. */
export const useSession = (): Session | undefined => useContext(Context);

export function useSign(): Session {
  const session = useContext(Context);
  if (session === undefined)
    throw new Error("useSign is for components inside a SignProvider");
  return session;
}

/** The process of this tab, as last read. */
export interface Current {
  process: SigningProcess | undefined;
  model: Process | undefined;
  draft: Draft;
}

/** Result of {@link useProcess}. */
export interface UseProcess extends Current {
  /** Whether the process was read. */
  ready: boolean;
  error: unknown;
  /** Starts with a new process. */
  begin(process: SigningProcess, draft: Draft): void;
  /** Reads the process from the platform. */
  refresh(): Promise<void>;
  /** Removes the process from the tab. */
  forget(): void;
}

/** The process of this tab. It survives reloads, the platform's pages and the back button. */
export function useProcess(): UseProcess {
  const { sign } = useSign();
  const [current, setCurrent] = useState<Current>(() => ({
    process: undefined,
    model: undefined,
    draft: loadState()?.draft ?? emptyDraft(),
  }));
  const [ready, setReady] = useState(false);
  const [error, setError] = useState<unknown>(undefined);
  const held = useRef<SigningProcess>(undefined);

  const refresh = useCallback(async () => {
    try {
      const saved = loadState();
      const named = returnedProcessId();
      if (held.current === undefined) {
        const own =
          saved !== undefined &&
          (named === undefined || named === saved.handle.id);
        if (own) held.current = sign.processes.resume(saved.handle);
        else if (named !== undefined)
          held.current = await sign.processes.get(named);
      }
      const process = held.current;
      const model = await process?.details();
      setCurrent(({ draft }) => ({ process, model, draft }));
      setError(undefined);
    } catch (failure) {
      setError(failure);
    } finally {
      setReady(true);
    }
  }, [sign]);

  useEffect(() => {
    void refresh();
    // Restored from the back/forward cache, or notified by the frame.
    const shown = ({ persisted }: PageTransitionEvent): void =>
      void (persisted && refresh());
    const notified = ({ origin, data }: MessageEvent): void => {
      const { returned } = (data ?? {}) as { returned?: unknown };
      if (origin === location.origin && returned === true) void refresh();
    };
    addEventListener("pageshow", shown);
    addEventListener("message", notified);
    return () => {
      removeEventListener("pageshow", shown);
      removeEventListener("message", notified);
    };
  }, [refresh]);

  return {
    ...current,
    ready,
    error,
    refresh,
    begin(process, draft) {
      held.current = process;
      saveState({ handle: process.toJSON(), draft });
      setCurrent({ process, model: undefined, draft });
    },
    forget() {
      clearState();
      held.current = undefined;
      history.replaceState(null, "", "/");
      setError(undefined);
      setCurrent({ process: undefined, model: undefined, draft: emptyDraft() });
    },
  };
}

/** Result of {@link useUpload}. */
export interface UseUpload {
  /** Progress; undefined while no upload runs. */
  progress: UploadProgress | undefined;
  /** Attaches the file. Rejects with an `AbortError` after {@link UseUpload.cancel}. */
  upload(
    process: SigningProcess,
    file: File,
    details: AttachOptions,
  ): Promise<void>;
  cancel(): void;
}

/** An upload with progress. Unmounting the component aborts it. */
export function useUpload(): UseUpload {
  const [progress, setProgress] = useState<UploadProgress>();
  const abort = useRef<AbortController>(undefined);
  useEffect(() => () => abort.current?.abort(), []);
  return {
    progress,
    async upload(process, file, details) {
      abort.current = new AbortController();
      const { signal } = abort.current;
      setProgress({ phase: "reading", bytes: 0, total: file.size });
      try {
        await process.attach(
          file,
          { ...details, onProgress: setProgress },
          { signal },
        );
      } finally {
        setProgress(undefined);
      }
    },
    cancel: () => abort.current?.abort(),
  };
}

/** Result of {@link useFollow}. */
export interface UseFollow {
  model: Process;
  records: AuditRecord[];
  /** Why the process ended without all signatures. */
  ended: ProcessEndReason | undefined;
  error: unknown;
  /** Continues after an error. */
  again(): void;
}

/** Follows a process until it ends or the component is unmounted. */
export function useFollow(process: SigningProcess, first: Process): UseFollow {
  const [model, setModel] = useState(first);
  const [records, setRecords] = useState<AuditRecord[]>([]);
  const [ended, setEnded] = useState<ProcessEndReason>();
  const [error, setError] = useState<unknown>();
  const [round, setRound] = useState(0);

  useEffect(() => {
    const abort = new AbortController();
    const { signal } = abort;
    const seen = (changed: Process): void => {
      setModel(changed);
      // Ignore errors: the records are requested again with the next change.
      void process.records({ signal }).then(setRecords, () => undefined);
    };
    void process
      .waitFor("COMPLETED", {
        signal,
        minIntervalMs: 1_000,
        maxIntervalMs: 5_000,
        onChange: ({ process: changed }) => seen(changed),
      })
      .then(seen)
      .catch((failure: unknown) => {
        if (signal.aborted) return;
        if (failure instanceof StateError && failure.reason !== undefined) {
          setEnded(failure.reason);
          seen(process.model ?? first);
        } else setError(failure);
      });
    seen(first);
    return () => abort.abort();
  }, [process, first, round]);

  return {
    model,
    records,
    ended,
    error,
    again() {
      setError(undefined);
      setRound((before) => before + 1);
    },
  };
}
