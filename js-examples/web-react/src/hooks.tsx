// Hooks over the package. Each does one thing of a signing, ends it when its component goes, and
// hands out what failed as it came.

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
  begun,
  forget,
  readConfig,
  remember,
  returnedFor,
  type Config,
} from "../../web-shared/config.js";
import { emptyDraft, type Draft } from "../../web-shared/draft.js";

/** The client, and what the page was told. */
export interface Session {
  readonly sign: SignClient;
  readonly config: Config;
  /** Asks for a new token; an application of your own would lead to its login here. */
  renew(): Promise<void>;
}

/** Makes the session of the page. */
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

/** The session of the page. */
export function useSign(): Session {
  const session = useContext(Context);
  if (session === undefined)
    throw new Error("useSign is for components inside a SignProvider");
  return session;
}

/** The process of this tab, as it was last read. */
export interface Current {
  process: SigningProcess | undefined;
  model: Process | undefined;
  draft: Draft;
}

/** How {@link useProcess} stands. */
export interface UseProcess extends Current {
  /** Whether it is known yet where the process stands. */
  ready: boolean;
  error: unknown;
  /** Begins with a new process. */
  begin(process: SigningProcess, draft: Draft): void;
  /** Asks the platform where it stands. */
  refresh(): Promise<void>;
  /** Forgets it. */
  forget(): void;
}

/** The process of this tab. It outlives a reload, the platform's pages and the back button. */
export function useProcess(): UseProcess {
  const { sign } = useSign();
  const [current, setCurrent] = useState<Current>(() => ({
    process: undefined,
    model: undefined,
    draft: begun()?.draft ?? emptyDraft(),
  }));
  const [ready, setReady] = useState(false);
  const [error, setError] = useState<unknown>(undefined);
  const held = useRef<SigningProcess>(undefined);

  const refresh = useCallback(async () => {
    try {
      const saved = begun();
      const named = returnedFor();
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
    // Kept by the browser while the platform's page was open, or told by the frame.
    const shown = ({ persisted }: PageTransitionEvent): void =>
      void (persisted && refresh());
    const told = ({ origin, data }: MessageEvent): void => {
      const { returned } = (data ?? {}) as { returned?: unknown };
      if (origin === location.origin && returned === true) void refresh();
    };
    addEventListener("pageshow", shown);
    addEventListener("message", told);
    return () => {
      removeEventListener("pageshow", shown);
      removeEventListener("message", told);
    };
  }, [refresh]);

  return {
    ...current,
    ready,
    error,
    refresh,
    begin(process, draft) {
      held.current = process;
      remember({ handle: process.toJSON(), draft });
      setCurrent({ process, model: undefined, draft });
    },
    forget() {
      forget();
      held.current = undefined;
      history.replaceState(null, "", "/");
      setError(undefined);
      setCurrent({ process: undefined, model: undefined, draft: emptyDraft() });
    },
  };
}

/** How an upload stands. */
export interface UseUpload {
  /** How far it is; undefined when there is none. */
  progress: UploadProgress | undefined;
  /** Attaches the file. Rejects with an `AbortError` after {@link UseUpload.cancel}. */
  upload(
    process: SigningProcess,
    file: File,
    details: AttachOptions,
  ): Promise<void>;
  cancel(): void;
}

/** One upload with its progress. It ends with the component. */
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

/** What {@link useFollow} sees. */
export interface UseFollow {
  model: Process;
  records: AuditRecord[];
  /** Why it ended without every signature. */
  ended: ProcessEndReason | undefined;
  error: unknown;
  /** Waits again, after an error. */
  again(): void;
}

/** Follows a process until it ends, as long as the component is there. */
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
      // The status is what matters; the next change asks for the records again.
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
