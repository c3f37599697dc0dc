// Elements without a framework, and the words that a screen reader is told.

type Child = Node | string | undefined | false;
type Attributes = Record<
  string,
  string | number | boolean | undefined | ((event: Event) => void)
>;

/** An element. `on…` attributes are listeners; `true` is an attribute without a value. */
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

/** Says something to those who do not see the page. */
export function announce(text: string): void {
  if (!status.isConnected) document.body.append(status);
  status.textContent = text;
}

/** A button. */
export function button(
  text: string,
  act: () => void,
  kind = "",
): HTMLButtonElement {
  return h(
    "button",
    { type: "button", class: `button ${kind}`, onclick: act },
    text,
  );
}
