// The parts of the form, and the upload view that replaces it.

import { useEffect, useRef, useState } from "react";

import {
  emptyInvitee,
  LEVELS,
  ME,
  moveToPage,
  nameOf,
  type Draft,
  type Invitee,
} from "../../web-shared/draft.js";
import type { PageSize } from "../../web-shared/pages.js";
import { revealSignature } from "../../web-shared/reveal.js";
import { useTexts } from "./texts-context.js";
import { useSign } from "./hooks.js";

export function Uploading(props: {
  name: string;
  progress: { phase: string; bytes: number; total: number | undefined };
  cancel: () => void;
}) {
  const t = useTexts();
  const { phase, bytes, total = bytes } = props.progress;
  const percent = total === 0 ? 100 : Math.floor((100 * bytes) / total);
  return (
    <section className="card">
      <h2 id="uploading">{t("uploading", { name: props.name })}</h2>
      <progress max={100} value={percent} aria-labelledby="uploading" />
      <p className="hint">
        {phase === "reading"
          ? t("reading", { percent })
          : t("sending", { done: t.size(bytes), total: t.size(total) })}
      </p>
      <p className="actions">
        <button type="button" className="button" onClick={props.cancel}>
          {t("cancel")}
        </button>
      </p>
    </section>
  );
}

export function Picker(props: {
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
          // The same file can be chosen again.
          onClick={({ currentTarget }) => (currentTarget.value = "")}
          onChange={({ target }) => {
            const file = target.files?.[0];
            if (file !== undefined) props.choose(file);
          }}
        />
        <strong id="file-name" role="status">
          {props.name ?? t("choose")}
        </strong>
        <span className="hint">{t("drop")}</span>
      </label>
      <p className="problem" id="file-problem">
        {props.problem}
      </p>
    </>
  );
}

interface Part {
  draft: Draft;
  change: (changed: Partial<Draft>) => void;
  problem: (field: string) => string | undefined;
}

export function People({
  draft,
  pages,
  change,
  problem,
}: Part & { pages: readonly PageSize[] }) {
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
    pages.length > 0 && (
      <div className="field">
        <label htmlFor={`${reference}-page`}>{label}</label>
        <select
          id={`${reference}-page`}
          value={draft.positions[reference]?.page ?? pages.length - 1}
          onChange={({ target }) => {
            const moved = { ...draft, positions: { ...draft.positions } };
            moveToPage(moved, reference, Number(target.value), pages);
            change({ positions: moved.positions });
          }}
        >
          {pages.map((_, index) => (
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
          <fieldset key={reference} onFocus={() => revealSignature(reference)}>
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

export function Options({ draft, change, problem }: Part) {
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
