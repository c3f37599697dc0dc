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
  type SigningProcess,
} from "swisscom-sign";

import {
  loadState,
  clearState,
  readConfig,
  saveState,
  returnedProcessId,
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
import { announce, button, byId, h } from "./dom.js";
import { follow } from "./follow.js";
import { unfinished } from "./handover.js";
import { prepare } from "./prepare.js";

let config = await readConfig();
let leave = new AbortController();
let draft = emptyDraft();
let process: SigningProcess | undefined;
let t = textsIn(preferredLanguage());

// Uses the token of the last configuration; `fail` loads a new one.
const sign = await createClient({
  relay: config.relay,
  userToken: () => config.userToken,
});

const root = byId("app") as HTMLElement;

const app: App = {
  sign,
  get config() {
    return config;
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
    const first = root.childElementCount === 0;
    const main = h(
      "main",
      { id: "main" },
      h("div", { class: "heading" }, heading),
    );
    main.append(h("div", { id: "failure" }), ...content);
    root.replaceChildren(...header(), main);
    online();
    // On the first view, keep the browser's own focus.
    if (!first) heading.focus();
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
    place.replaceChildren(failure(error, retry));
    place.querySelector("button")?.focus();
  },
};

/** The message for an error, with a button that continues. */
function failure(error: unknown, retry: () => void): HTMLElement {
  const again = (): void => {
    byId("failure")?.replaceChildren();
    retry();
  };
  if (error instanceof AuthenticationError) {
    const signIn = async (): Promise<void> => {
      // Your application would open its login here.
      config = await readConfig();
      again();
    };
    return notice(
      t("session"),
      [t("sessionLead")],
      t("signIn"),
      () => void signIn().catch(offline),
    );
  }
  const code = error instanceof SignError ? error.code : "unexpected_status";
  const said = error instanceof SignError ? error.upstream : undefined;
  const lines = [said?.clientBody ?? t.error(code)];
  if (error instanceof SignError && error.errorId !== undefined) {
    lines.push(t("reference", { id: error.errorId }));
  }
  if (!(error instanceof SignError)) console.error(error);
  return error instanceof NotFoundError
    ? notice(said?.clientSubject ?? t("failed"), lines, t("startOver"), () =>
        app.startOver(),
      )
    : notice(said?.clientSubject ?? t("failed"), lines, t("retry"), again);
}

function offline(): void {
  announce(t("offline"));
}

function notice(
  title: string,
  lines: string[],
  action: string,
  act: () => void,
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
          void route();
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
  if (config.outbox !== undefined) {
    const [before = "", after = ""] = t("sandbox").split("{outbox}");
    const link = { href: config.outbox, target: "_blank", rel: "noopener" };
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

function online(): void {
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
    return sign.processes.resume(saved.handle);
  }
  return sign.processes.get(named ?? "");
}

for (const event of ["online", "offline"]) addEventListener(event, online);
// Restored from the back/forward cache: the state may have changed on the platform's page.
addEventListener("pageshow", ({ persisted }) => persisted && void route());
addEventListener("message", ({ origin, data }) => {
  if (
    origin === location.origin &&
    (data as { returned?: unknown })?.returned === true
  )
    void route();
});

await route();
