// The form: document, signers and options. All problems are shown at once, each beside its field.

import { useEffect, useRef, useState, type FormEvent } from "react";
import {
  AbortError,
  ValidationError,
  type Problem,
  type SigningProcess,
} from "swisscom-sign";
import { requests } from "swisscom-sign/core";

import {
  fieldOf,
  addPositions,
  references,
  toPositions,
  toProcess,
  type Draft,
} from "../../web-shared/draft.js";
import { online } from "../../web-shared/config.js";
import type { OpenPdf, UnreadablePdf } from "../../web-shared/pages.js";
import type { TextKey } from "../../web-shared/texts.js";
import { Failure } from "./Failure.js";
import { useTexts } from "./texts-context.js";
import { Options, People, Picker, Uploading } from "./Fields.js";
import { useSign, useUpload, type UseProcess } from "./hooks.js";
import { Preview } from "./Preview.js";

interface Chosen {
  file: File;
  pdf: OpenPdf;
}

/** A problem with the text for users. */
interface Said {
  field: string | undefined;
  text: string;
  /** Heading, if the reason is not an entry. */
  title?: TextKey;
}

export function Prepare(props: {
  current: UseProcess;
  settled: boolean;
  attached: (process: SigningProcess, embedded: boolean) => void;
}) {
  const { current, settled, attached } = props;
  const t = useTexts();
  const { sign, config } = useSign();
  const [draft, setDraft] = useState(current.draft);
  const [chosen, setChosen] = useState<Chosen>();
  const [said, setSaid] = useState<Said[]>([]);
  const [canceled, setCanceled] = useState(false);
  const [error, setError] = useState<unknown>();
  const { progress, upload, cancel } = useUpload();
  /** Name of the document that is being opened. */
  const [opening, setOpening] = useState<string>();
  /** Counts the documents that were chosen: the last one is shown. */
  const choices = useRef(0);
  const [busy, setBusy] = useState(false);
  /** Aborted when the form is left. */
  const leave = useRef<AbortController>(undefined);
  useEffect(() => {
    leave.current = new AbortController();
    return () => leave.current?.abort();
  }, []);
  /** The draft of the created process, so that it is not created twice. */
  const created = useRef<{ from: string; process: SigningProcess }>(undefined);
  const summary = useRef<HTMLElement>(null);
  useEffect(() => summary.current?.focus(), [said]);

  const change = (changed: Partial<Draft>): void =>
    setDraft((before) => {
      const positions = { ...before.positions, ...changed.positions };
      const next = { ...before, ...changed, positions };
      addPositions(next, chosen?.pdf.pages ?? []);
      return next;
    });
  // Close the previous document, and the last one on unmount.
  useEffect(() => () => chosen?.pdf.close(), [chosen]);
  const choose = async (file: File): Promise<void> => {
    const choice = ++choices.current;
    setChosen(undefined);
    setSaid([]);
    setOpening(file.name);
    try {
      const { openPdf } = await import("../../web-shared/pages.js");
      const pdf = await openPdf(file);
      if (choice !== choices.current) return pdf.close();
      setDraft((before) => {
        // Positions belong to a document.
        const next = { ...before, positions: {} };
        addPositions(next, pdf.pages);
        return next;
      });
      setChosen({ file, pdf });
    } catch (failure) {
      if (choice !== choices.current) return;
      // Without a problem of the file, the chunk with pdf.js was not loaded.
      const { problem = "notLoaded" } = failure as Partial<UnreadablePdf>;
      const ofFile = problem === "encrypted" || problem === "unreadable";
      const title = ofFile ? "problems" : "failedTitle";
      setSaid([{ field: "file", text: t(problem), title }]);
    }
    setOpening(undefined);
  };
  const worded = (problems: readonly Problem[]): Said[] =>
    problems.map(({ path, code, message }) => ({
      field: fieldOf(draft, path),
      text: t.problem(code, message),
    }));
  /** Problems that the form finds, and those that the SDK finds without sending the request. */
  const wrong = (): Said[] => {
    const found: Said[] = [];
    if (chosen === undefined)
      found.push({ field: "file", text: t("needFile") });
    if (settled) return found;
    if (references(draft).length === 0)
      found.push({ field: "add", text: t("needSigner") });
    for (const { reference, email, mobile } of draft.invitees) {
      if (email.trim() === "" && mobile.trim() === "")
        found.push({ field: `${reference}-email`, text: t("needContact") });
    }
    try {
      requests.create(toProcess(draft, config.user));
    } catch (failure) {
      if (!(failure instanceof ValidationError)) throw failure;
      found.push(...worded(failure.problems));
    }
    return found;
  };
  /** A double click must not send the form twice; the state is too late for that. */
  const sending = useRef(false);
  const start = async (): Promise<void> => {
    if (sending.current) return;
    sending.current = true;
    setBusy(true);
    try {
      await send();
    } finally {
      sending.current = false;
      setBusy(false);
    }
  };
  const send = async (): Promise<void> => {
    setError(undefined);
    setCanceled(false);
    try {
      const found = wrong();
      setSaid(found);
      if (found.length > 0 || chosen === undefined) return;
      if (leave.current !== undefined) await online(leave.current.signal);
      let process = settled ? current.process : created.current?.process;
      const input = toProcess(draft, config.user);
      const from = JSON.stringify(input);
      if (
        process === undefined ||
        (!settled && created.current?.from !== from)
      ) {
        process = await sign.processes.create(input);
        created.current = { from, process };
      }
      const { file } = chosen;
      const details = {
        name: file.name,
        signaturePositions: toPositions(draft),
      };
      const problems = await process.check("attach", details);
      setSaid(worded(problems));
      if (problems.length > 0) return;
      current.begin(process, draft);
      // An earlier attempt may have succeeded although its response was lost.
      const { fileReferences = [] } = await process.details();
      if (fileReferences.length === 0) {
        await upload(process, file, {
          ...details,
          externalIdentifier: "document",
        });
      }
      attached(process, draft.embedded);
    } catch (failure) {
      if (leave.current?.signal.aborted) return;
      if (failure instanceof AbortError) setCanceled(true);
      else if (
        failure instanceof ValidationError &&
        failure.problems.length > 0
      )
        setSaid(worded(failure.problems));
      else setError(failure);
    }
  };

  if (progress !== undefined && chosen !== undefined) {
    return (
      <Uploading name={chosen.file.name} progress={progress} cancel={cancel} />
    );
  }
  const problem = (field: string): string | undefined =>
    said.find((one) => one.field === field)?.text;
  return (
    <>
      {settled && <p>{t("interruptedLead")}</p>}
      {canceled && (
        <p className="notice" role="status">
          {t("canceled")}
        </p>
      )}
      {error !== undefined && (
        <Failure
          error={error}
          retry={() => void start()}
          startOver={current.forget}
        />
      )}
      {said.length > 0 && (
        <section
          className="notice bad"
          role="alert"
          tabIndex={-1}
          ref={summary}
        >
          <h2>{t(said[0]?.title ?? "problems")}</h2>
          <ul>
            {said.map(({ field, text }) => (
              <li key={`${field ?? ""} ${text}`}>
                <Jump to={field} text={text} />
              </li>
            ))}
          </ul>
        </section>
      )}
      <form
        className="prepare"
        noValidate
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          void start();
        }}
      >
        <section className="card">
          <h2>{t("document")}</h2>
          <Picker
            name={
              opening === undefined
                ? chosen?.file.name
                : t("opening", { name: opening })
            }
            problem={problem("file")}
            choose={(file) => void choose(file)}
          />
        </section>
        {!settled && (
          <section className="card">
            <h2>{t("people")}</h2>
            <People
              draft={draft}
              pages={chosen?.pdf.pages ?? []}
              change={change}
              problem={problem}
            />
          </section>
        )}
        <div id="preview">
          {chosen !== undefined && (
            <Preview
              key={choices.current}
              pdf={chosen.pdf}
              draft={draft}
              change={change}
            />
          )}
        </div>
        {!settled && (
          <section className="card">
            <h2>{t("options")}</h2>
            <Options draft={draft} change={change} problem={problem} />
          </section>
        )}
        <p className="actions">
          <button className="button primary" aria-disabled={busy}>
            {t(busy ? "wait" : settled ? "continueUpload" : "submit")}
          </button>
          {settled && (
            <button type="button" className="button" onClick={current.forget}>
              {t("startOver")}
            </button>
          )}
        </p>
      </form>
    </>
  );
}

function Jump({ to, text }: { to: string | undefined; text: string }) {
  if (to === undefined) return text;
  const label = document.querySelector(`label[for="${to}"]`)?.textContent;
  return (
    <a
      href={`#${to}`}
      onClick={(event) => {
        event.preventDefault();
        document.getElementById(to)?.focus();
      }}
    >
      {label == null ? text : `${label}: ${text}`}
    </a>
  );
}
