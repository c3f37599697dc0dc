// The form: a document, who signs it, and how. Whatever the SDK finds wrong is said beside its
// field, all of it at once.

import { useEffect, useRef, useState, type FormEvent } from "react";
import {
  AbortError,
  ValidationError,
  type Problem,
  type SigningProcess,
} from "swisscom-sign";
import { requests } from "swisscom-sign/core";

import {
  emptyInvitee,
  fieldOf,
  LEVELS,
  ME,
  nameOf,
  place,
  references,
  toPositions,
  toProcess,
  type Draft,
  type Invitee,
} from "../../web-shared/draft.js";
import type { OpenPdf } from "../../web-shared/pages.js";
import { Failure, useTexts } from "./App.js";
import { useSign, useUpload, type UseProcess } from "./hooks.js";
import { Preview } from "./Preview.js";

/** A document that was chosen. */
interface Chosen {
  file: File;
  pdf: OpenPdf;
}

/** A problem, worded for a person. */
interface Said {
  field: string | undefined;
  text: string;
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
  /** What a process was created from, so that it is not created twice. */
  const created = useRef<{ from: string; process: SigningProcess }>(undefined);
  const summary = useRef<HTMLElement>(null);
  useEffect(() => summary.current?.focus(), [said]);

  const change = (changed: Partial<Draft>): void =>
    setDraft((before) => {
      const positions = { ...before.positions, ...changed.positions };
      const next = { ...before, ...changed, positions };
      place(next, chosen?.pdf.pages ?? []);
      return next;
    });
  // The document of before, and the last one when the form goes.
  useEffect(() => () => chosen?.pdf.close(), [chosen]);
  const choose = async (file: File): Promise<void> => {
    setChosen(undefined);
    setSaid([]);
    const { openPdf, UnreadablePdf } =
      await import("../../web-shared/pages.js");
    try {
      const pdf = await openPdf(file);
      setDraft((before) => {
        // Places belong to a document.
        const next = { ...before, positions: {} };
        place(next, pdf.pages);
        return next;
      });
      setChosen({ file, pdf });
    } catch (failure) {
      const encrypted = failure instanceof UnreadablePdf && failure.encrypted;
      setSaid([
        { field: "file", text: t(encrypted ? "encrypted" : "unreadable") },
      ]);
    }
  };
  const worded = (problems: readonly Problem[]): Said[] =>
    problems.map(({ path, code, message }) => ({
      field: fieldOf(draft, path),
      text: t.problem(code, message),
    }));
  /** What the form itself demands, and what the SDK finds wrong without sending it. */
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
  const start = async (): Promise<void> => {
    setError(undefined);
    setCanceled(false);
    try {
      const found = wrong();
      setSaid(found);
      if (found.length > 0 || chosen === undefined) return;
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
      // A try before this one may have arrived although its answer did not.
      const { fileReferences = [] } = await process.details();
      if (fileReferences.length === 0) {
        await upload(process, file, {
          ...details,
          externalIdentifier: "document",
        });
      }
      attached(process, draft.embedded);
    } catch (failure) {
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
          <h2>{t("problems")}</h2>
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
        noValidate
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          void start();
        }}
      >
        <div className="columns">
          <div className="stack">
            <section className="card">
              <h2>{t("document")}</h2>
              <Picker
                name={chosen?.file.name}
                problem={problem("file")}
                choose={(file) => void choose(file)}
              />
            </section>
            {!settled && (
              <>
                <section className="card">
                  <h2>{t("people")}</h2>
                  <People
                    draft={draft}
                    pages={chosen?.pdf.pages.length ?? 0}
                    change={change}
                    problem={problem}
                  />
                </section>
                <section className="card">
                  <h2>{t("options")}</h2>
                  <Options draft={draft} change={change} problem={problem} />
                </section>
              </>
            )}
            <p className="actions">
              <button className="button primary">
                {t(settled ? "continueUpload" : "submit")}
              </button>
              {settled && (
                <button
                  type="button"
                  className="button"
                  onClick={current.forget}
                >
                  {t("startOver")}
                </button>
              )}
            </p>
          </div>
          {chosen !== undefined && (
            <Preview
              key={chosen.file.name}
              pdf={chosen.pdf}
              draft={draft}
              change={change}
            />
          )}
        </div>
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

function Uploading(props: {
  name: string;
  progress: { phase: string; bytes: number; total: number | undefined };
  cancel: () => void;
}) {
  const t = useTexts();
  const { phase, bytes, total = bytes } = props.progress;
  const percent = total === 0 ? 100 : Math.floor((100 * bytes) / total);
  const mega = (value: number): string =>
    (value / 1024 / 1024).toLocaleString(t.language, {
      maximumFractionDigits: 1,
    });
  return (
    <section className="card">
      <h2 id="uploading">{t("uploading", { name: props.name })}</h2>
      <progress max={100} value={percent} aria-labelledby="uploading" />
      <p className="hint">
        {phase === "reading"
          ? t("reading", { percent })
          : t("sending", { done: mega(bytes), total: mega(total) })}
      </p>
      <p className="actions">
        <button type="button" className="button" onClick={props.cancel}>
          {t("cancel")}
        </button>
      </p>
    </section>
  );
}

function Picker(props: {
  name: string | undefined;
  problem: string | undefined;
  choose: (file: File) => void;
}) {
  const t = useTexts();
  const [over, setOver] = useState(false);
  return (
    <>
      <label
        className={over ? "drop over" : "drop"}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault();
          setOver(false);
          const file = event.dataTransfer.files[0];
          if (file !== undefined) props.choose(file);
        }}
      >
        <input
          type="file"
          id="file"
          className="unseen"
          accept="application/pdf,.pdf"
          aria-describedby="file-problem"
          aria-invalid={props.problem !== undefined || undefined}
          onChange={({ target }) => {
            const file = target.files?.[0];
            if (file !== undefined) props.choose(file);
          }}
        />
        <strong id="file-name">{props.name ?? t("choose")}</strong>
        <span className="hint">{t("drop")}</span>
      </label>
      <p className="problem" id="file-problem">
        {props.problem}
      </p>
    </>
  );
}

/** What the parts of the form are given. */
interface Part {
  draft: Draft;
  change: (changed: Partial<Draft>) => void;
  problem: (field: string) => string | undefined;
}

function People({ draft, pages, change, problem }: Part & { pages: number }) {
  const t = useTexts();
  const { config } = useSign();
  const count = useRef(draft.invitees.length);
  useEffect(() => {
    const last = draft.invitees.at(-1);
    if (draft.invitees.length > count.current && last !== undefined) {
      document.getElementById(`${last.reference}-firstName`)?.focus();
    }
    count.current = draft.invitees.length;
  }, [draft.invitees]);
  const edit = (reference: string, changed: Partial<Invitee>): void =>
    change({
      invitees: draft.invitees.map((one) =>
        one.reference === reference ? { ...one, ...changed } : one,
      ),
    });
  const page = (reference: string, label: string) =>
    pages > 0 && (
      <div className="field">
        <label htmlFor={`${reference}-page`}>{label}</label>
        <select
          id={`${reference}-page`}
          value={draft.positions[reference]?.page ?? pages - 1}
          onChange={({ target }) => {
            const from = draft.positions[reference] ?? { x: 0, y: 0 };
            change({
              positions: {
                [reference]: { ...from, page: Number(target.value) },
              },
            });
          }}
        >
          {Array.from({ length: pages }, (_, index) => (
            <option key={index} value={index}>
              {index + 1}
            </option>
          ))}
        </select>
      </div>
    );
  return (
    <>
      <label className="choice">
        <input
          type="checkbox"
          id="iSign"
          checked={draft.iSign}
          onChange={({ target }) => change({ iSign: target.checked })}
        />
        {t("iSign", { name: nameOf(draft, config.user, ME) })}
      </label>
      {draft.iSign && page(ME, `${t("page")} (${t("you")})`)}
      {draft.invitees.map((invitee, index) => {
        const { reference } = invitee;
        const field = (
          name: Exclude<keyof Invitee, "reference">,
          type = "text",
        ) => (
          <Field
            id={`${reference}-${name}`}
            label={t(name)}
            type={type}
            value={invitee[name]}
            problem={problem(`${reference}-${name}`)}
            change={(value) => edit(reference, { [name]: value })}
          />
        );
        return (
          <fieldset key={reference}>
            <legend>{t("signer", { number: index + 1 })}</legend>
            <div className="pair">
              {field("firstName")}
              {field("lastName")}
            </div>
            <div className="pair">
              {field("email", "email")}
              {field("mobile", "tel")}
            </div>
            {page(reference, t("page"))}
            <button
              type="button"
              className="button small"
              onClick={() => {
                change({
                  invitees: draft.invitees.filter((one) => one !== invitee),
                });
                document.getElementById("add")?.focus();
              }}
            >
              {t("remove", { number: index + 1 })}
            </button>
          </fieldset>
        );
      })}
      <button
        type="button"
        className="button"
        id="add"
        onClick={() =>
          change({ invitees: [...draft.invitees, emptyInvitee(draft)] })
        }
      >
        {t("add")}
      </button>
      <p className="problem">{problem("add")}</p>
    </>
  );
}

function Field(props: {
  id: string;
  label: string;
  type: string;
  value: string;
  problem: string | undefined;
  change: (value: string) => void;
}) {
  const { id, label, type, value, problem, change } = props;
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        type={type}
        autoComplete="off"
        value={value}
        placeholder={type === "tel" ? "+41791234567" : undefined}
        aria-describedby={`${id}-problem`}
        aria-invalid={problem !== undefined || undefined}
        onChange={({ target }) => change(target.value)}
      />
      <p className="problem" id={`${id}-problem`}>
        {problem}
      </p>
    </div>
  );
}

function Options({ draft, change, problem }: Part) {
  const t = useTexts();
  return (
    <>
      <div className="field">
        <label htmlFor="level">{t("level")}</label>
        <select
          id="level"
          value={draft.level}
          onChange={({ target }) =>
            change({
              level:
                LEVELS.find((known) => known === target.value) ?? draft.level,
            })
          }
        >
          {LEVELS.map((level) => (
            <option key={level} value={level}>
              {t(level)}
            </option>
          ))}
        </select>
        <p className="problem">{problem("level")}</p>
      </div>
      <div className="field">
        <label htmlFor="message">{t("message")}</label>
        <textarea
          id="message"
          rows={3}
          value={draft.message}
          onChange={({ target }) => change({ message: target.value })}
        />
        <p className="problem">{problem("message")}</p>
      </div>
      <label className="choice">
        <input
          type="checkbox"
          checked={draft.embedded}
          onChange={({ target }) => change({ embedded: target.checked })}
        />
        {t("embedded")}
      </label>
    </>
  );
}
