// DOM elements without a framework, and announcements for screen readers.

type Child = Node | string | undefined | false;
type Attributes = Record<
  string,
  string | number | boolean | undefined | ((event: Event) => void)
>;

/** Creates an element. `on…` attributes are listeners; `true` is an attribute without a value. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function")
      element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== undefined && value !== false)
      element.setAttribute(name, String(value));
  }
  element.append(
    ...children.filter((child) => child !== undefined && child !== false),
  );
  return element;
}

export function byId(id: string): HTMLElement | null {
  return document.getElementById(id);
}

const status = h("p", { class: "unseen", role: "status" });

/** Announces a text to screen readers. */
export function announce(text: string): void {
  if (!status.isConnected) document.body.append(status);
  status.textContent = text;
}

/** A button that ignores further clicks until its action has ended. */
export function button(
  text: string,
  act: () => unknown,
  kind = "",
): HTMLButtonElement {
  let running = false;
  const run = async (): Promise<void> => {
    if (running) return;
    running = true;
    try {
      await act();
    } finally {
      running = false;
    }
  };
  return h(
    "button",
    { type: "button", class: `button ${kind}`, onclick: () => void run() },
    text,
  );
}
