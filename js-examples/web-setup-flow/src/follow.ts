// The view of a released process: signers, activity and the signed file. It waits for changes while
// it is shown.

import {
  SignError,
  StateError,
  type Process,
  type ProcessEndReason,
  type Signer,
  type SigningProcess,
} from "swisscom-sign";

import { signedName } from "../../web-shared/config.js";
import { ME } from "../../web-shared/draft.js";
import { announce, button, byId, h } from "./dom.js";
import { openForMe } from "./handover.js";
import type { App } from "./app.js";
import { timeline } from "./timeline.js";

export async function follow(app: App, model: Process): Promise<void> {
  const { t, process } = app;
  if (process === undefined) return;
  app.show(
    t("follow"),
    h(
      "div",
      { class: "columns" },
      h(
        "div",
        { class: "stack" },
        h("section", {
          class: "card",
          id: "status",
          "aria-labelledby": "signers",
        }),
        h("section", { class: "card", id: "actions" }),
      ),
      h("section", {
        class: "card",
        id: "records",
        "aria-labelledby": "timeline",
      }),
    ),
  );
  update(app, process, model);
  await wait(app, process);
}

async function wait(app: App, process: SigningProcess): Promise<void> {
  const { t, signal } = app;
  const again = (): void => void wait(app, process);
  try {
    const model = await process.waitFor("COMPLETED", {
      signal,
      minIntervalMs: 1_000,
      maxIntervalMs: 5_000,
      onChange: ({ process: changed }) => {
        announce(t.of("", changed.status));
        update(app, process, changed);
      },
    });
    update(app, process, model);
    announce(t("COMPLETED"));
  } catch (error) {
    if (signal.aborted) return;
    if (error instanceof StateError && error.reason !== undefined) {
      const model = process.model;
      if (model !== undefined) update(app, process, model, error.reason);
      announce(t(error.reason));
    } else app.fail(error, again);
  }
}

/** All signers, the initiator first. */
function signers(model: Process): Signer[] {
  const { initiator, invitees } = model;
  const first = initiator?.type === "SIGNER" ? [initiator as Signer] : [];
  return [...first, ...(invitees?.signers ?? [])];
}

function update(
  app: App,
  process: SigningProcess,
  model: Process,
  ended?: ProcessEndReason,
): void {
  const { t } = app;
  byId("status")?.replaceChildren(
    h(
      "div",
      { class: "heading" },
      h("h2", { id: "signers" }, t("signers")),
      h(
        "span",
        { class: `badge ${model.status ?? ""}`, id: "state" },
        t.of("", model.status),
      ),
    ),
    ...(ended === undefined ? [] : [h("p", { class: "notice bad" }, t(ended))]),
    h(
      "ul",
      { class: "people" },
      ...signers(model).map((signer) => row(app, signer)),
    ),
  );
  byId("actions")?.replaceChildren(...actions(app, process, model));
  void process
    .records({ signal: app.signal })
    .then((records) => {
      const title = h("h2", { id: "timeline" }, t("timeline"));
      byId("records")?.replaceChildren(title, timeline(t, records, model));
    })
    // Ignore it: the records are requested again with the next change.
    .catch((error: unknown) => {
      if (!(error instanceof SignError)) throw error;
    });
}

function row(
  { t }: App,
  { firstName, lastName, status, signedOn, externalIdentifier }: Signer,
) {
  const you = externalIdentifier === ME ? ` (${t("you")})` : "";
  const since = signedOn === undefined ? "" : `, ${t.date(signedOn)}`;
  return h(
    "li",
    {},
    h("span", {}, `${firstName ?? ""} ${lastName ?? ""}${you}`),
    h(
      "span",
      { class: `badge ${status ?? ""}` },
      `${t.of("signer_", status)}${since}`,
    ),
  );
}

function actions(
  app: App,
  process: SigningProcess,
  model: Process,
): HTMLElement[] {
  const { t } = app;
  const own = signers(model).find(
    ({ externalIdentifier }) => externalIdentifier === ME,
  );
  const signNow = (): Promise<void> =>
    openForMe(app, ME).catch((error: unknown) =>
      app.fail(error, () => void signNow()),
    );
  const list: HTMLElement[] = [];
  if (own?.status === "PENDING" && model.status === "PENDING") {
    list.push(button(t("signNow"), signNow, "primary"));
  }
  const [file] = model.fileReferences ?? [];
  if (file?.lastSignedFileId !== undefined) {
    const complete = model.status === "COMPLETED";
    list.push(saving(app, process, file.lastSignedFileId, complete));
  }
  list.push(button(t("another"), () => app.startOver()));
  return [h("p", { class: "actions" }, ...list)];
}

function saving(
  app: App,
  process: SigningProcess,
  fileId: string,
  complete: boolean,
): HTMLElement {
  const { t } = app;
  const save = async (): Promise<void> => {
    const download = await process.download(fileId, { signal: app.signal });
    const name = signedName(download.filename);
    const url = URL.createObjectURL(await download.blob());
    h("a", { href: url, download: name }).click();
    // Long enough for the browser to start saving.
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
    announce(t("downloaded", { name }));
  };
  const act = (): Promise<void> =>
    save().catch((error: unknown) => app.fail(error, () => void act()));
  return complete
    ? button(t("download"), act, "primary")
    : button(t("downloadSoFar"), act);
}
