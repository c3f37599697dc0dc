// The form: document, signers and options. All problems are shown at once, each beside its field.

import {
  AbortError,
  ValidationError,
  type Problem,
  type ProcessInput,
} from "swisscom-sign";
import { requests } from "swisscom-sign/core";

import {
  fieldOf,
  addPositions,
  references,
  toPositions,
  toProcess,
} from "../../web-shared/draft.js";
import { online } from "../../web-shared/config.js";
import type { OpenPdf, UnreadablePdf } from "../../web-shared/pages.js";
import { revealSignature } from "../../web-shared/reveal.js";
import type { TextKey } from "../../web-shared/texts.js";
import { announce, button, byId, h } from "./dom.js";
import { iSign, options, picker, signerFields, type Form } from "./fields.js";
import { handOver, unfinished } from "./handover.js";
import type { App } from "./app.js";
import { preview, type Preview } from "./preview.js";
import { upload } from "./upload.js";

/** A problem with the text for users. */
interface Said {
  field: string | undefined;
  text: string;
  /** Heading, if the reason is not an entry. */
  title?: TextKey;
}

/** The chosen document. It survives a change of the language, but not a reload. */
let chosen: { file: File; pdf: OpenPdf } | undefined;
/** The draft of the created process, so that it is not created twice. */
let createdFrom = "";
/** Counts the documents that were chosen: the last one is shown. */
let choices = 0;
/** Whether the form is being sent, so that a double click does not send it twice. */
let busy = false;

export function prepare(app: App, note?: TextKey): void {
  const { t, draft, signal } = app;
  if (app.process === undefined) createdFrom = "";
  // A process without a file: only the document can still be chosen.
  const settled = app.process !== undefined && createdFrom === "";
  const sheets = h("div", { id: "preview" });
  const people = h("div", {});
  let shown: Preview | undefined;

  const form: Form = {
    people(focus) {
      const pages = chosen?.pdf.pages ?? [];
      addPositions(draft, pages);
      people.replaceChildren(...signerFields(app, pages, form));
      shown?.update();
      if (focus !== undefined) byId(focus)?.focus();
    },
    places: () => shown?.update(),
  };
  const display = (): void => {
    const name = byId("file-name");
    if (name !== null) name.textContent = chosen?.file.name ?? t("choose");
    shown = undefined;
    sheets.replaceChildren();
    if (chosen !== undefined) {
      addPositions(draft, chosen.pdf.pages);
      shown = preview(app, chosen.pdf);
      sheets.append(
        h(
          "section",
          { class: "card", "aria-labelledby": "preview-title" },
          h("h2", { id: "preview-title" }, t("preview")),
          h("p", { class: "hint" }, t("previewHint")),
          ...shown.elements,
        ),
      );
      revealSignature(references(draft)[0]);
    }
    form.people();
  };
  const take = async (file: File): Promise<void> => {
    say([]);
    const choice = ++choices;
    chosen?.pdf.close();
    chosen = undefined;
    display();
    const text = t("opening", { name: file.name });
    byId("file-name")?.replaceChildren(text);
    announce(text);
    const problem = await choose(app, file, choice);
    if (choice !== choices || signal.aborted) return;
    display();
    if (problem !== undefined) say([problem], t(problem.title ?? "problems"));
  };

  const submit = (event: Event): void => {
    event.preventDefault();
    void start(app);
  };
  const section = (title: TextKey, ...content: HTMLElement[]): HTMLElement =>
    h("section", { class: "card" }, h("h2", {}, t(title)), ...content);
  app.show(
    t(settled ? "interrupted" : "title"),
    ...(note === undefined
      ? []
      : [h("p", { class: "notice", role: "status" }, t(note))]),
    ...(settled ? [h("p", {}, t("interruptedLead"))] : []),
    h("div", { id: "problems" }),
    h(
      "form",
      { class: "prepare", novalidate: true, onsubmit: submit },
      section("document", ...picker(app, take)),
      !settled && section("people", iSign(app, form), people),
      sheets,
      !settled && section("options", ...options(app)),
      h(
        "p",
        { class: "actions" },
        h("button", {
          class: "button primary",
          id: "submit",
          "data-text": t(settled ? "continueUpload" : "submit"),
        }),
        settled && button(t("startOver"), () => app.startOver()),
      ),
    ),
  );
  display();
  showBusy(app);
}

/** Opens a document; returns its problem, if any. */
async function choose(
  { t, draft }: App,
  file: File,
  choice: number,
): Promise<Said | undefined> {
  try {
    const { openPdf } = await import("../../web-shared/pages.js");
    const pdf = await openPdf(file);
    if (choice === choices) {
      chosen = { file, pdf };
      // Positions belong to a document.
      draft.positions = {};
    } else pdf.close();
    return undefined;
  } catch (error) {
    // Without a problem of the file, the chunk with pdf.js was not loaded.
    const { problem = "notLoaded" } = error as Partial<UnreadablePdf>;
    const ofFile = problem === "encrypted" || problem === "unreadable";
    const title = ofFile ? "problems" : "failedTitle";
    return { field: "file", text: t(problem), title };
  }
}

function showBusy({ t }: App): void {
  const submit = byId("submit");
  submit?.setAttribute("aria-disabled", String(busy));
  submit?.replaceChildren(busy ? t("wait") : (submit.dataset.text ?? ""));
}

/** Problems that the form finds: no document, no signer, or no contact data. */
function lacking({ t, draft }: App, settled: boolean): Said[] {
  const said: Said[] = [];
  if (chosen === undefined) said.push({ field: "file", text: t("needFile") });
  if (settled) return said;
  if (references(draft).length === 0)
    said.push({ field: "add", text: t("needSigner") });
  for (const { reference, email, mobile } of draft.invitees) {
    if (email.trim() === "" && mobile.trim() === "")
      said.push({ field: `${reference}-email`, text: t("needContact") });
  }
  return said;
}

/** Problems that the SDK finds without sending the request. */
function refused(input: ProcessInput): readonly Problem[] {
  try {
    requests.create(input);
    return [];
  } catch (error) {
    if (error instanceof ValidationError) return error.problems;
    throw error;
  }
}

function worded({ t, draft }: App, problems: readonly Problem[]): Said[] {
  return problems.map(({ path, code, message }) => ({
    field: fieldOf(draft, path),
    text: t.problem(code, message),
  }));
}

/** Shows each problem beside its field, and all of them above the form. */
function say(said: Said[], title = ""): void {
  for (const field of document.querySelectorAll("[aria-invalid]")) {
    field.removeAttribute("aria-invalid");
  }
  for (const place of document.querySelectorAll(".problem"))
    place.textContent = "";
  for (const { field = "", text } of said) {
    byId(field)?.setAttribute("aria-invalid", "true");
    const place = byId(`${field}-problem`);
    if (place !== null && place.textContent === "") place.textContent = text;
  }
  const summary = byId("problems");
  summary?.replaceChildren();
  if (summary === null || said.length === 0) return;
  const items = said.map(({ field, text }) => {
    const target = byId(field ?? "");
    if (target === null) return h("li", {}, text);
    const label = document.querySelector(`label[for="${field}"]`)?.textContent;
    const jump = (event: Event): void => {
      event.preventDefault();
      target.focus();
    };
    const shown = label == null ? text : `${label}: ${text}`;
    return h("li", {}, h("a", { href: `#${field}`, onclick: jump }, shown));
  });
  const list = h("section", {
    class: "notice bad",
    role: "alert",
    tabindex: -1,
  });
  list.append(h("h2", {}, title), h("ul", {}, ...items));
  summary.append(list);
  list.focus();
}

/** Sends the form, unless it is being sent. */
async function start(app: App): Promise<void> {
  if (busy) return;
  busy = true;
  showBusy(app);
  try {
    await send(app);
  } finally {
    busy = false;
    showBusy(app);
  }
}

/** Creates the process, uploads the file and opens the setup page. */
async function send(app: App): Promise<void> {
  const { t, draft, config, sign, signal } = app;
  const settled = app.process !== undefined && createdFrom === "";
  try {
    const input = toProcess(draft, config.user);
    const said = lacking(app, settled);
    if (!settled) said.push(...worded(app, refused(input)));
    if (said.length > 0 || chosen === undefined)
      return say(said, t("problems"));
    await online(signal);
    const text = JSON.stringify(input);
    if (!settled && text !== createdFrom) {
      app.process = await sign.processes.create(input, { signal });
      createdFrom = text;
    }
    const { process } = app;
    if (process === undefined) return;
    const { file, pdf } = chosen;
    const details = { name: file.name, signaturePositions: toPositions(draft) };
    const problems = await process.check("attach", details);
    if (problems.length > 0) return say(worded(app, problems), t("problems"));
    app.save();
    await upload(app, process, file);
    app.save();
    pdf.close();
    chosen = undefined;
    createdFrom = "";
  } catch (error) {
    if (signal.aborted) return;
    failed(app, error);
    return;
  }
  await handOver(app).catch((error: unknown) => {
    if (signal.aborted) return;
    unfinished(app);
    app.fail(error, () => void app.route());
  });
}

function failed(app: App, error: unknown): void {
  // The upload view has replaced the form.
  if (byId("problems") === null)
    prepare(app, error instanceof AbortError ? "canceled" : undefined);
  if (error instanceof AbortError) return;
  if (error instanceof ValidationError && error.problems.length > 0) {
    return say(worded(app, error.problems), app.t("problems"));
  }
  app.fail(error, () => void goOn(app));
}

/** Tries again, unless the file was attached and only the response was lost. */
async function goOn(app: App): Promise<void> {
  try {
    const model = await app.process?.details({ signal: app.signal });
    if ((model?.fileReferences ?? []).length > 0) return await app.route();
  } catch (error) {
    return app.fail(error, () => void goOn(app));
  }
  await start(app);
}
