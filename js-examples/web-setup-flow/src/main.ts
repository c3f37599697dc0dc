// The page: which view is due, in which language, and what is said when something fails.
//
//   prepare -> (upload) -> hand over -> [the platform's page] -> follow
//
// Where a process stands is asked of the platform, so that a reload, the back button and a second
// tab all lead to the right view.

import {
  AuthenticationError,
  createClient,
  NotFoundError,
  SignError,
  type SigningProcess,
} from "swisscom-sign";

import {
  begun,
  forget,
  readConfig,
  remember,
  returnedFor,
  type Begun,
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

// The token is the one that the application was last told: `fail` asks for a new one.
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
    // Where the browser puts it is right at first.
    if (!first) heading.focus();
  },
  route,
  save() {
    if (process !== undefined) remember({ handle: process.toJSON(), draft });
  },
  startOver() {
    forget();
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

/** What is said about an error, and the button that goes on. */
function failure(error: unknown, retry: () => void): HTMLElement {
  const again = (): void => {
    byId("failure")?.replaceChildren();
    retry();
  };
  if (error instanceof AuthenticationError) {
    const signIn = async (): Promise<void> => {
      // An application of your own would lead to its login here.
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

/** Which view is due. */
async function route(): Promise<void> {
  leave.abort();
  leave = new AbortController();
  const saved = begun();
  const named = returnedFor();
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
  saved: Begun | undefined,
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
// A page that the browser kept while the platform's page was open does not know what happened there.
addEventListener("pageshow", ({ persisted }) => persisted && void route());
addEventListener("message", ({ origin, data }) => {
  if (
    origin === location.origin &&
    (data as { returned?: unknown })?.returned === true
  )
    void route();
});

await route();
