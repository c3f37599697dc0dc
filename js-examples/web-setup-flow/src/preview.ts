// The pages of the document with the signature positions, which can be dragged or moved with the arrow
// keys.

import {
  clampToPage,
  nameOf,
  overlaps,
  references,
  SIGNATURE,
  type Position,
} from "../../web-shared/draft.js";
import type { OpenPdf, PageSize } from "../../web-shared/pages.js";
import { placeId } from "../../web-shared/reveal.js";
import { announce, h } from "./dom.js";
import type { App } from "./app.js";

const ARROWS: Record<string, readonly [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};
/** PDF points per arrow key; with Shift, one. */
const STEP = 10;

export interface Preview {
  readonly elements: HTMLElement[];
  /** Moves the signatures to the positions of the draft. */
  update(): void;
}

export function preview(app: App, pdf: OpenPdf): Preview {
  const { t, draft, config } = app;
  const papers = pdf.pages.map(({ width, height }, index) => {
    const paper = h(
      "div",
      { class: "paper" },
      h("canvas", { "aria-hidden": "true" }),
    );
    paper.style.aspectRatio = `${width} / ${height}`;
    const caption = t("pageOf", { page: index + 1, pages: pdf.pages.length });
    return {
      paper,
      figure: h(
        "figure",
        { class: "sheet" },
        paper,
        h("figcaption", {}, caption),
      ),
    };
  });
  drawWhenSeen(
    app,
    pdf,
    papers.map(({ paper }) => paper),
  );

  const places = new Map<string, HTMLButtonElement>();
  const label = (reference: string, { page, x, y }: Position): string =>
    t("positionOf", {
      name: nameOf(draft, config.user, reference),
      page: page + 1,
      x,
      y,
    });

  const put = (reference: string): void => {
    const position = draft.positions[reference];
    const size = position && pdf.pages[position.page];
    const place = places.get(reference);
    if (position === undefined || size === undefined || place === undefined)
      return;
    const share = (part: number, whole: number): string =>
      `${(100 * part) / whole}%`;
    place.style.left = share(position.x, size.width);
    place.style.top = share(position.y, size.height);
    place.style.width = share(SIGNATURE.width, size.width);
    place.style.height = share(SIGNATURE.height, size.height);
    const name = nameOf(draft, config.user, reference);
    place.replaceChildren(h("span", {}, name));
    place.setAttribute("aria-label", label(reference, position));
    const paper = papers[position.page]?.paper;
    if (paper !== undefined && place.parentElement !== paper)
      paper.append(place);
  };

  const warning = h("p", { class: "notice warn", role: "status" });
  const warn = (): void => {
    const pairs = overlaps(draft);
    const text = pairs.map(([first, second]) =>
      t("overlap", {
        first: nameOf(draft, config.user, first),
        second: nameOf(draft, config.user, second),
      }),
    );
    warning.textContent = text.join(" ");
    for (const [reference, place] of places)
      place.classList.toggle("overlaps", pairs.flat().includes(reference));
  };

  const move = (reference: string, dx: number, dy: number): void => {
    const from = draft.positions[reference];
    const size = from && pdf.pages[from.page];
    if (from === undefined || size === undefined) return;
    draft.positions[reference] = clampToPage(
      { ...from, x: from.x + dx, y: from.y + dy },
      size,
    );
    put(reference);
    warn();
  };

  const made = (reference: string): HTMLButtonElement => {
    const place = h("button", {
      type: "button",
      class: "place",
      id: placeId(reference),
      onkeydown: (event) => {
        const { key, shiftKey } = event as KeyboardEvent;
        const arrow = ARROWS[key];
        if (arrow === undefined) return;
        event.preventDefault();
        const step = shiftKey ? 1 : STEP;
        move(reference, arrow[0] * step, arrow[1] * step);
        const position = draft.positions[reference];
        if (position !== undefined) announce(label(reference, position));
      },
    });
    drag(place, (dx, dy) => {
      const page = draft.positions[reference]?.page ?? 0;
      const size: PageSize | undefined = pdf.pages[page];
      const shown = place.parentElement?.clientWidth ?? 1;
      const scale = (size?.width ?? shown) / shown;
      move(reference, dx * scale, dy * scale);
    });
    return place;
  };

  const update = (): void => {
    const wanted = references(draft);
    for (const [reference, place] of places) {
      if (wanted.includes(reference)) continue;
      place.remove();
      places.delete(reference);
    }
    for (const reference of wanted) {
      if (!places.has(reference)) places.set(reference, made(reference));
      put(reference);
    }
    warn();
  };
  update();
  const sheets = h(
    "div",
    { class: "sheets" },
    ...papers.map(({ figure }) => figure),
  );
  return { elements: [warning, sheets], update };
}

/** Renders pages when they become visible. */
function drawWhenSeen(app: App, pdf: OpenPdf, papers: HTMLElement[]): void {
  const seen = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        const canvas = target.querySelector("canvas");
        if (!isIntersecting || canvas === null) continue;
        seen.unobserve(target);
        // A page that cannot be rendered stays white; the document itself is valid.
        void pdf
          .draw(papers.indexOf(target as HTMLElement), canvas)
          .catch(console.warn);
      }
    },
    { rootMargin: "300px" },
  );
  for (const paper of papers) seen.observe(paper);
  app.signal.addEventListener("abort", () => seen.disconnect());
}

/** Reports pointer drags of an element, in pixels. */
function drag(
  element: HTMLElement,
  moved: (dx: number, dy: number) => void,
): void {
  element.addEventListener("pointerdown", (down) => {
    element.setPointerCapture(down.pointerId);
    let [x, y] = [down.clientX, down.clientY];
    const follow = (event: PointerEvent): void => {
      moved(event.clientX - x, event.clientY - y);
      [x, y] = [event.clientX, event.clientY];
    };
    element.addEventListener("pointermove", follow);
    const end = (): void => element.removeEventListener("pointermove", follow);
    element.addEventListener("pointerup", end, { once: true });
    element.addEventListener("pointercancel", end, { once: true });
  });
}
