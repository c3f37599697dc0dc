// The fields of the form. Each updates the draft and shows its problem.

import {
  emptyInvitee,
  LEVELS,
  ME,
  moveToPage,
  nameOf,
  type Invitee,
} from "../../web-shared/draft.js";
import type { PageSize } from "../../web-shared/pages.js";
import { revealSignature } from "../../web-shared/reveal.js";
import { button, h } from "./dom.js";
import type { App } from "./app.js";

/** Updates parts of the form. */
export interface Form {
  /** Renders the fields of the signers, with the focus on one of them. */
  people(focus?: string): void;
  /** Updates the signatures on the pages. */
  places(): void;
}

export function picker(
  { t }: App,
  take: (file: File) => Promise<void>,
): HTMLElement[] {
  const input = h("input", {
    type: "file",
    id: "file",
    class: "unseen",
    accept: "application/pdf,.pdf",
    "aria-describedby": "file-problem",
    // The same file can be chosen again.
    onclick: () => (input.value = ""),
    onchange: () => {
      const file = input.files?.[0];
      if (file !== undefined) void take(file);
    },
  });
  const label = h(
    "label",
    {
      class: "drop",
      ondragover: (event) => {
        event.preventDefault();
        label.classList.add("over");
      },
      ondragleave: () => label.classList.remove("over"),
      ondrop: (event) => {
        event.preventDefault();
        label.classList.remove("over");
        const file = (event as DragEvent).dataTransfer?.files[0];
        if (file !== undefined) void take(file);
      },
    },
    input,
    h("strong", { id: "file-name" }, t("choose")),
    h("span", { class: "hint" }, t("drop")),
  );
  return [label, h("p", { class: "problem", id: "file-problem" })];
}

export function iSign(app: App, form: Form): HTMLElement {
  const { t, draft, config } = app;
  const name = nameOf(draft, config.user, ME);
  const input = h("input", {
    type: "checkbox",
    id: "iSign",
    checked: draft.iSign,
    onchange: () => {
      draft.iSign = input.checked;
      form.people();
    },
  });
  return h("label", { class: "choice" }, input, t("iSign", { name }));
}

export function signerFields(
  app: App,
  pages: readonly PageSize[],
  form: Form,
): HTMLElement[] {
  const { t, draft } = app;
  const sets = draft.invitees.map((invitee, index) => {
    const number = index + 1;
    const field = (
      name: Exclude<keyof Invitee, "reference">,
      type: string,
      complete: string,
    ) =>
      text(
        `${invitee.reference}-${name}`,
        t(name),
        invitee[name],
        type,
        complete,
        (value) => {
          invitee[name] = value;
          // The signature on the page shows the name.
          form.places();
        },
      );
    return h(
      "fieldset",
      { onfocusin: () => revealSignature(invitee.reference) },
      h("legend", {}, t("signer", { number })),
      h(
        "div",
        { class: "pair" },
        field("firstName", "text", "off"),
        field("lastName", "text", "off"),
      ),
      h(
        "div",
        { class: "pair" },
        field("email", "email", "off"),
        field("mobile", "tel", "off"),
      ),
      pages.length > 0 && pageField(app, invitee.reference, pages, form),
      button(
        t("remove", { number }),
        () => {
          draft.invitees = draft.invitees.filter((other) => other !== invitee);
          form.people("add");
        },
        "small",
      ),
    );
  });
  const mine =
    draft.iSign && pages.length > 0 ? [pageField(app, ME, pages, form)] : [];
  const add = h(
    "button",
    {
      type: "button",
      class: "button",
      id: "add",
      "aria-describedby": "add-problem",
      onclick: () => {
        const invitee = emptyInvitee(draft);
        draft.invitees.push(invitee);
        form.people(`${invitee.reference}-firstName`);
      },
    },
    t("add"),
  );
  return [
    ...mine,
    ...sets,
    add,
    h("p", { class: "problem", id: "add-problem" }),
  ];
}

function pageField(
  app: App,
  reference: string,
  pages: readonly PageSize[],
  form: Form,
): HTMLElement {
  const { t, draft } = app;
  const id = `${reference}-page`;
  const current = draft.positions[reference]?.page ?? pages.length - 1;
  const select = h(
    "select",
    {
      id,
      "aria-describedby": `${id}-problem`,
      onchange: () => {
        moveToPage(draft, reference, Number(select.value), pages);
        form.people(id);
      },
    },
    ...pages.map((_, page) =>
      h("option", { value: page, selected: page === current }, `${page + 1}`),
    ),
  );
  const who = reference === ME ? ` (${t("you")})` : "";
  return h(
    "div",
    { class: "field" },
    h("label", { for: id }, `${t("page")}${who}`),
    select,
    h("p", { class: "problem", id: `${id}-problem` }),
  );
}

function text(
  id: string,
  label: string,
  value: string,
  type: string,
  autocomplete: string,
  changed: (value: string) => void,
): HTMLElement {
  const input = h("input", {
    id,
    type,
    autocomplete,
    value,
    placeholder: type === "tel" ? "+41791234567" : undefined,
    "aria-describedby": `${id}-problem`,
    oninput: () => changed(input.value),
  });
  return h(
    "div",
    { class: "field" },
    h("label", { for: id }, label),
    input,
    h("p", { class: "problem", id: `${id}-problem` }),
  );
}

export function options({ t, draft }: App): HTMLElement[] {
  const level = h(
    "select",
    {
      id: "level",
      "aria-describedby": "level-problem",
      onchange: () => {
        draft.level =
          LEVELS.find((known) => known === level.value) ?? draft.level;
      },
    },
    ...LEVELS.map((known) =>
      h("option", { value: known, selected: known === draft.level }, t(known)),
    ),
  );
  const message = h("textarea", {
    id: "message",
    rows: 3,
    "aria-describedby": "message-problem",
    oninput: () => {
      draft.message = message.value;
    },
  });
  message.value = draft.message;
  const embedded = h("input", {
    type: "checkbox",
    checked: draft.embedded,
    onchange: () => {
      draft.embedded = embedded.checked;
    },
  });
  return [
    h(
      "div",
      { class: "field" },
      h("label", { for: "level" }, t("level")),
      level,
      h("p", { class: "problem", id: "level-problem" }),
    ),
    h(
      "div",
      { class: "field" },
      h("label", { for: "message" }, t("message")),
      message,
      h("p", { class: "problem", id: "message-problem" }),
    ),
    h("label", { class: "choice" }, embedded, t("embedded")),
  ];
}
