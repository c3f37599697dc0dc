// The page: chooses the view, the language, and the messages for errors.
//
//   prepare -> (upload) -> setup on the platform's page -> follow
//
// The view depends on the state that the platform returns, so that a reload, the back button and a
// second tab lead to the right one.

import {
  AuthenticationError,
  createClient,
  NotFoundError,
  SignError,
  type SignClient,
  type SigningProcess,
} from "swisscom-sign";

import {
  loadState,
  clearState,
  online,
  readConfig,
  saveState,
  returnedProcessId,
  type Config,
  type TabState,
} from "../../web-shared/config.js";
import { emptyDraft } from "../../web-shared/draft.js";
import {
  LANGUAGES,
  preferredLanguage,
  rememberLanguage,
  textsIn,
} from "../../web-shared/texts.js";
import type { App } from "./app.js";
import { button, byId, h } from "./dom.js";
import { follow } from "./follow.js";
import { unfinished } from "./handover.js";
import { prepare } from "./prepare.js";

let loaded: { config: Config; sign: SignClient } | undefined;
let leave = new AbortController();
let draft = emptyDraft();
let process: SigningProcess | undefined;
let t = textsIn(preferredLanguage());
/** Whether a view has been shown. */
let shown = false;

/** Configuration and client, which the views need. */
function needed(): { config: Config; sign: SignClient } {
  if (loaded === undefined) throw new Error("the page has not been loaded");
  return loaded;
}

const root = byId("app") as HTMLElement;

const app: App = {
  get sign() {
    return needed().sign;
  },
  get config() {
    return needed().config;
  },
  get t() {
    return t;
  },
  get draft() {
    return draft;
  },
  set draft(value) {
    draft = value;
  },
  get process() {
    return process;
  },
  set process(value) {
    process = value;
  },
  get signal() {
    return leave.signal;
  },
  show(title, ...content) {
    document.title = title;
    document.documentElement.lang = t.language;
    const heading = h("h1", { tabindex: -1 }, title);
    const main = h(
      "main",
      { id: "main" },
      h("div", { class: "heading" }, heading),
    );
    main.append(h("div", { id: "failure" }), ...content);
    root.replaceChildren(...header(), main);
    showConnection();
    // On the first view, keep the browser's own focus.
    if (shown) heading.focus();
    shown = true;
  },
  route,
  save() {
    if (process !== undefined) saveState({ handle: process.toJSON(), draft });
  },
  startOver() {
    clearState();
    draft = emptyDraft();
    process = undefined;
    history.replaceState(null, "", "/");
    void route();
  },
  fail(error, retry) {
    const place = byId("failure");
    if (
      place === null ||
      (error instanceof SignError && error.code === "aborted")
    )
      return;
    const again = (): void => {
      // Not after another button has continued.
      if (!message.isConnected) return;
      message.remove();
      retry();
    };
    const message = failure(error, retry, again);
    place.replaceChildren(message);
    place.querySelector("button")?.focus();
    if (!navigator.onLine) online(leave.signal).then(again, () => undefined);
  },
};

/** The message for an error, with a button that continues. */
function failure(
  error: unknown,
  retry: () => void,
  again: () => void,
): HTMLElement {
  if (error instanceof AuthenticationError) {
    const signIn = async (): Promise<void> => {
      // Your application would open its login here.
      needed().config = await readConfig();
      again();
    };
    return notice(t("session"), [t("sessionLead")], t("signIn"), () =>
      signIn().catch((failed: unknown) => app.fail(failed, retry)),
    );
  }
  const known = error instanceof SignError ? error.code : "unexpected_status";
  // Other reasons are not certain without a network.
  const code = navigator.onLine ? known : "connection_failed";
  const said = error instanceof SignError ? error.upstream : undefined;
  const lines = [said?.clientBody ?? t.error(code)];
  if (error instanceof SignError && error.errorId !== undefined) {
    lines.push(t("reference", { id: error.errorId }));
  }
  if (!(error instanceof SignError)) console.error(error);
  const title = said?.clientSubject ?? t("failedTitle");
  return error instanceof NotFoundError
    ? notice(title, lines, t("startOver"), () => app.startOver())
    : notice(title, lines, t("retry"), again);
}

function notice(
  title: string,
  lines: string[],
  action: string,
  act: () => unknown,
): HTMLElement {
  return h(
    "section",
    { class: "notice bad", role: "alert" },
    h("h2", {}, title),
    ...lines.map((line) => h("p", {}, line)),
    h("p", { class: "actions" }, button(action, act)),
  );
}

function header(): HTMLElement[] {
  const languages = LANGUAGES.map(({ code, name }) =>
    h(
      "button",
      {
        type: "button",
        lang: code,
        "aria-current": code === t.language ? "true" : undefined,
        onclick: () => {
          rememberLanguage(code);
          t = textsIn(code);
          void (loaded === undefined ? start() : route());
        },
      },
      name,
    ),
  );
  const parts: HTMLElement[] = [
    h("a", { class: "skip", href: "#main" }, t("skip")),
    h(
      "header",
      { class: "bar" },
      h("span", { class: "brand" }, t("title")),
      h(
        "nav",
        { class: "languages", "aria-label": t("language") },
        ...languages,
      ),
    ),
  ];
  const outbox = loaded?.config.outbox;
  if (outbox !== undefined) {
    const [before = "", after = ""] = t("sandbox").split("{outbox}");
    const link = { href: outbox, target: "_blank", rel: "noopener" };
    const said = h(
      "p",
      { class: "demo" },
      before,
      h("a", link, t("outbox")),
      after,
    );
    parts.push(h("aside", { "aria-label": t("outbox") }, said));
  }
  parts.push(
    h("p", {
      class: "notice bad",
      id: "offline",
      role: "status",
      hidden: true,
    }),
  );
  return parts;
}

function showConnection(): void {
  const place = byId("offline");
  if (place === null) return;
  place.hidden = navigator.onLine;
  place.textContent = navigator.onLine ? "" : t("offline");
}

/** Shows the view for the state of the process. */
async function route(): Promise<void> {
  leave.abort();
  leave = new AbortController();
  const saved = loadState();
  const named = returnedProcessId();
  if (process === undefined && saved === undefined && named === undefined)
    return prepare(app);
  try {
    process ??= await found(saved, named);
    const model = await process.details({ signal: leave.signal });
    app.save();
    if (process.state !== "CREATED") return await follow(app, model);
    if ((model.fileReferences ?? []).length === 0) return prepare(app);
    return unfinished(app);
  } catch (error) {
    if (leave.signal.aborted) return;
    app.show(t("title"));
    app.fail(error, () => void route());
  }
}

async function found(
  saved: TabState | undefined,
  named: string | undefined,
): Promise<SigningProcess> {
  if (
    saved !== undefined &&
    (named === undefined || named === saved.handle.id)
  ) {
    draft = saved.draft;
    return app.sign.processes.resume(saved.handle);
  }
  return app.sign.processes.get(named ?? "");
}

for (const event of ["online", "offline"])
  addEventListener(event, showConnection);
// Restored from the back/forward cache: the state may have changed on the platform's page.
addEventListener("pageshow", ({ persisted }) => persisted && void route());
addEventListener("message", ({ origin, data }) => {
  if (
    origin === location.origin &&
    (data as { returned?: unknown })?.returned === true
  )
    void route();
});

/** Loads the configuration and shows the view. */
async function start(): Promise<void> {
  try {
    const config = await readConfig();
    // Uses the token of the last configuration; `failure` loads a new one.
    const sign = await createClient({
      relay: config.relay,
      userToken: () => needed().config.userToken,
    });
    loaded = { config, sign };
  } catch (error) {
    app.show(t("title"));
    app.fail(error, () => void start());
    return;
  }
  await route();
}

await start();
