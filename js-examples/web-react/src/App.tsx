// The page: chooses the view, the language, and the messages for errors.

import { useEffect, useRef, useState, type ReactNode } from "react";
import type { SigningProcess } from "swisscom-sign";

import { absoluteUrl } from "../../web-shared/config.js";
import { ME } from "../../web-shared/draft.js";
import {
  LANGUAGES,
  preferredLanguage,
  rememberLanguage,
  textsIn,
} from "../../web-shared/texts.js";
import { Failure } from "./Failure.js";
import { Follow } from "./Follow.js";
import { useProcess, useSign } from "./hooks.js";
import { Prepare } from "./Prepare.js";
import { TextsContext, useTexts } from "./texts-context.js";

export function App() {
  const { config } = useSign();
  const [language, setLanguage] = useState(preferredLanguage);
  const t = textsIn(language);
  const [before, after] = t("sandbox").split("{outbox}");
  return (
    <TextsContext value={t}>
      <a className="skip" href="#main">
        {t("skip")}
      </a>
      <header className="bar">
        <span className="brand">{t("title")}</span>
        <nav className="languages" aria-label={t("language")}>
          {LANGUAGES.map(({ code, name }) => (
            <button
              key={code}
              type="button"
              lang={code}
              aria-current={code === language ? "true" : undefined}
              onClick={() => {
                rememberLanguage(code);
                setLanguage(code);
              }}
            >
              {name}
            </button>
          ))}
        </nav>
      </header>
      {config.outbox !== undefined && (
        <aside aria-label={t("outbox")}>
          <p className="demo">
            {before}
            <a href={config.outbox} target="_blank" rel="noopener">
              {t("outbox")}
            </a>
            {after}
          </p>
        </aside>
      )}
      <Offline />
      <Flow />
    </TextsContext>
  );
}

function Offline() {
  const t = useTexts();
  const [online, setOnline] = useState(navigator.onLine);
  useEffect(() => {
    const look = (): void => setOnline(navigator.onLine);
    for (const event of ["online", "offline"]) addEventListener(event, look);
    return () => {
      for (const event of ["online", "offline"])
        removeEventListener(event, look);
    };
  }, []);
  return (
    <div role="status">
      {!online && <p className="notice bad">{t("offline")}</p>}
    </div>
  );
}

/** A page of the platform that is shown in a frame. */
interface Framed {
  title: string;
  url: string;
}

function Flow() {
  const t = useTexts();
  const current = useProcess();
  const { process, model, draft, ready, refresh } = current;
  const [frame, setFrame] = useState<Framed>();
  const [failed, setFailed] = useState<{ error: unknown; retry: () => void }>();

  // Close the frame when the process was read again.
  useEffect(() => setFrame(undefined), [model]);

  /** Opens a page of the platform, by redirect or in a frame. */
  const leading = useRef(false);
  const lead = async (
    title: string,
    embedded: boolean,
    page: () => Promise<{ url: string }>,
  ) => {
    // Not twice after a double click.
    if (leading.current) return;
    leading.current = true;
    try {
      setFailed(undefined);
      const { url } = await page();
      if (embedded) setFrame({ title, url });
      else location.assign(url);
    } catch (error) {
      setFailed({ error, retry: () => void lead(title, embedded, page) });
    } finally {
      leading.current = false;
    }
  };
  const options = (embedded: boolean) => {
    const to = absoluteUrl(embedded ? "/returned.html" : "/");
    const mode = embedded ? ("EMBEDDED" as const) : ("DEFAULT" as const);
    return { language: t.language, mode, backUrl: to, successUrl: to };
  };
  const setUp = (of: SigningProcess, embedded: boolean) =>
    lead(t("frame"), embedded, () => of.setup(options(embedded)));
  const signAs = (of: SigningProcess) =>
    lead(t("signFrame"), draft.embedded, () =>
      of.open(ME, { ...options(draft.embedded), skipAuthorization: true }),
    );

  if (!ready) return <Page title={t("title")}>{t("loading")}</Page>;
  const failure =
    failed ??
    (current.error === undefined ? undefined : { error: current.error });
  const said = failure && (
    <Failure
      error={failure.error}
      retry={failed?.retry ?? (() => void refresh())}
      startOver={current.forget}
    />
  );
  if (frame !== undefined) {
    return (
      <Page title={frame.title}>
        <iframe
          className="frame"
          title={frame.title}
          src={frame.url}
          referrerPolicy="no-referrer"
        />
        <p className="actions">
          <button
            type="button"
            className="button"
            onClick={() => void refresh()}
          >
            {t("cancel")}
          </button>
        </p>
      </Page>
    );
  }
  if (current.error !== undefined && model === undefined)
    return <Page title={t("title")}>{said}</Page>;
  if (
    process !== undefined &&
    model !== undefined &&
    model.status !== "CREATED"
  ) {
    return (
      <Page title={t("follow")}>
        {said}
        <Follow
          key={process.id}
          process={process}
          first={model}
          sign={() => void signAs(process)}
          startOver={current.forget}
        />
      </Page>
    );
  }
  if (process !== undefined && (model?.fileReferences ?? []).length > 0) {
    return (
      <Page title={t("prepare")}>
        {said}
        <section className="card">
          <p>{t("prepareLead")}</p>
          <p className="actions">
            <button
              type="button"
              className="button primary"
              onClick={() => void setUp(process, draft.embedded)}
            >
              {t("continueSetup")}
            </button>
            <button type="button" className="button" onClick={current.forget}>
              {t("startOver")}
            </button>
          </p>
        </section>
      </Page>
    );
  }
  // A process without a file: only the document can still be chosen.
  const settled = process !== undefined && model !== undefined;
  return (
    <Page title={t(settled ? "interrupted" : "title")}>
      {said}
      <Prepare
        key={settled ? process.id : "new"}
        current={current}
        settled={settled}
        attached={(of, embedded) => {
          // If this fails, the view of the process shows the error.
          void refresh().then(() => setUp(of, embedded));
        }}
      />
    </Page>
  );
}

/** A view with its heading, which gets the focus. */
function Page({ title, children }: { title: string; children: ReactNode }) {
  const heading = useRef<HTMLHeadingElement>(null);
  const first = useRef(true);
  const t = useTexts();
  useEffect(() => {
    document.title = title;
    document.documentElement.lang = t.language;
    // On the first view, keep the browser's own focus.
    if (!first.current) heading.current?.focus();
    first.current = false;
  }, [title, t.language]);
  return (
    <main id="main">
      <div className="heading">
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
      </div>
      {children}
    </main>
  );
}
