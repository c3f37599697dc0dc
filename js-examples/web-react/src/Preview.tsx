// The pages of the document with the signature positions, which can be dragged or moved with the arrow
// keys.

import {
  useEffect,
  useRef,
  type CSSProperties,
  type KeyboardEvent,
  type PointerEvent,
} from "react";

import {
  clampToPage,
  nameOf,
  overlaps,
  references,
  SIGNATURE,
  type Draft,
} from "../../web-shared/draft.js";
import type { OpenPdf } from "../../web-shared/pages.js";
import { placeId, revealSignature } from "../../web-shared/reveal.js";
import { useTexts } from "./texts-context.js";
import { useSign } from "./hooks.js";

/** PDF points per arrow key; with Shift, one. */
const STEP = 10;
const ARROWS: Record<string, readonly [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

interface Props {
  pdf: OpenPdf;
  draft: Draft;
  change: (changed: Partial<Draft>) => void;
}

export function Preview({ pdf, draft, change }: Props) {
  const t = useTexts();
  const { config } = useSign();
  const overlapping = overlaps(draft);
  const warning = overlapping.map(([first, second]) =>
    t("overlap", {
      first: nameOf(draft, config.user, first),
      second: nameOf(draft, config.user, second),
    }),
  );
  // Only when the document changes.
  useEffect(() => revealSignature(references(draft)[0]), [pdf]);
  return (
    <section className="card" aria-labelledby="preview-title">
      <h2 id="preview-title">{t("preview")}</h2>
      <p className="hint">{t("previewHint")}</p>
      <p className="notice warn" role="status">
        {warning.join(" ")}
      </p>
      <div className="sheets">
        {pdf.pages.map(({ width, height }, index) => (
          <figure className="sheet" key={index}>
            <div
              className="paper"
              style={{ aspectRatio: `${width} / ${height}` }}
            >
              <Drawn pdf={pdf} page={index} />
              {references(draft)
                .filter(
                  (reference) => draft.positions[reference]?.page === index,
                )
                .map((reference) => (
                  <Place
                    key={reference}
                    {...{ reference, pdf, draft, change }}
                    overlaps={overlapping.flat().includes(reference)}
                  />
                ))}
            </div>
            <figcaption>
              {t("pageOf", { page: index + 1, pages: pdf.pages.length })}
            </figcaption>
          </figure>
        ))}
      </div>
    </section>
  );
}

/** A page, rendered when it becomes visible. */
function Drawn({ pdf, page }: { pdf: OpenPdf; page: number }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const target = canvas.current;
    if (target === null) return;
    const seen = new IntersectionObserver(
      ([entry]) => {
        if (entry?.isIntersecting !== true) return;
        seen.disconnect();
        // A page that cannot be rendered stays white; the document itself is valid.
        void pdf.draw(page, target).catch(console.warn);
      },
      { rootMargin: "300px" },
    );
    seen.observe(target);
    return () => seen.disconnect();
  }, [pdf, page]);
  return <canvas ref={canvas} aria-hidden="true" />;
}

function Place({
  reference,
  pdf,
  draft,
  change,
  overlaps,
}: Props & { reference: string; overlaps: boolean }) {
  const t = useTexts();
  const { config } = useSign();
  const from = useRef<readonly [number, number]>(undefined);
  const position = draft.positions[reference];
  const size = position && pdf.pages[position.page];
  if (position === undefined || size === undefined) return undefined;
  const name = nameOf(draft, config.user, reference);

  const move = (dx: number, dy: number): void => {
    const moved = clampToPage(
      { ...position, x: position.x + dx, y: position.y + dy },
      size,
    );
    change({ positions: { [reference]: moved } });
  };
  const press = (event: KeyboardEvent): void => {
    const arrow = ARROWS[event.key];
    if (arrow === undefined) return;
    event.preventDefault();
    const step = event.shiftKey ? 1 : STEP;
    move(arrow[0] * step, arrow[1] * step);
  };
  const drag = (event: PointerEvent<HTMLButtonElement>): void => {
    if (from.current === undefined) return;
    const scale =
      size.width /
      (event.currentTarget.parentElement?.clientWidth ?? size.width);
    const [x, y] = from.current;
    from.current = [event.clientX, event.clientY];
    move((event.clientX - x) * scale, (event.clientY - y) * scale);
  };
  const share = (part: number, whole: number): string =>
    `${(100 * part) / whole}%`;
  const style: CSSProperties = {
    left: share(position.x, size.width),
    top: share(position.y, size.height),
    width: share(SIGNATURE.width, size.width),
    height: share(SIGNATURE.height, size.height),
  };
  return (
    <button
      type="button"
      id={placeId(reference)}
      className={overlaps ? "place overlaps" : "place"}
      style={style}
      aria-label={t("positionOf", {
        name,
        ...position,
        page: position.page + 1,
      })}
      onKeyDown={press}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        from.current = [event.clientX, event.clientY];
      }}
      onPointerMove={drag}
      onPointerUp={() => (from.current = undefined)}
      onPointerCancel={() => (from.current = undefined)}
    >
      <span>{name}</span>
    </button>
  );
}
