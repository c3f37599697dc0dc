// Opens the platform's pages, by redirect or in a frame.

import { absoluteUrl } from "../../web-shared/config.js";
import { announce, button, h } from "./dom.js";
import type { App } from "./app.js";

/** Opens the setup page. */
export async function handOver(app: App): Promise<void> {
  const { t, draft, process, signal } = app;
  if (process === undefined) return;
  announce(t("handing"));
  const { url } = await process.setup(
    {
      language: t.language,
      mode: draft.embedded ? "EMBEDDED" : "DEFAULT",
      ...back(draft.embedded),
    },
    { signal },
  );
  if (draft.embedded) embed(app, t("frame"), url);
  else location.assign(url);
}

/** Opens the page on which the user signs. The relay allows it for the user's own participant only. */
export async function openForMe(app: App, person: string): Promise<void> {
  const { t, draft, process, signal } = app;
  if (process === undefined) return;
  const { url } = await process.open(
    person,
    {
      language: t.language,
      skipAuthorization: true,
      mode: draft.embedded ? "EMBEDDED" : "DEFAULT",
      ...back(draft.embedded),
    },
    { signal },
  );
  if (draft.embedded) embed(app, t("signFrame"), url);
  else location.assign(url);
}

/** Return URLs of the platform's page. */
function back(embedded: boolean): { backUrl: string; successUrl: string } {
  const to = absoluteUrl(embedded ? "/returned.html" : "/");
  return { backUrl: to, successUrl: to };
}

function embed(app: App, title: string, url: string): void {
  const { t } = app;
  app.show(
    title,
    h("iframe", {
      class: "frame",
      title,
      src: url,
      referrerpolicy: "no-referrer",
    }),
    h(
      "p",
      { class: "actions" },
      button(t("cancel"), () => app.route()),
    ),
  );
}

/** The view of a process that has a file and is not yet released. */
export function unfinished(app: App): void {
  const { t } = app;
  const go = (): Promise<void> =>
    handOver(app).catch((error: unknown) => app.fail(error, () => void go()));
  app.show(
    t("prepare"),
    h(
      "section",
      { class: "card" },
      h("p", {}, t("prepareLead")),
      h(
        "p",
        { class: "actions" },
        button(t("continueSetup"), go, "primary"),
        button(t("startOver"), () => app.startOver()),
      ),
    ),
  );
}
