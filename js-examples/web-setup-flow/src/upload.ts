// The upload view: progress and a cancel button.

import type { SigningProcess, UploadProgress } from "swisscom-sign";

import { toPositions } from "../../web-shared/draft.js";
import { announce, button, h } from "./dom.js";
import type { App } from "./app.js";

/** Attaches the file. Rejects with an `AbortError` if the user cancels. */
export async function upload(
  app: App,
  process: SigningProcess,
  file: File,
): Promise<void> {
  const { t, draft, signal } = app;
  const abort = new AbortController();
  const bar = h("progress", {
    max: 100,
    value: 0,
    "aria-labelledby": "uploading",
  });
  const text = h("p", { class: "hint" });
  let announced = "";
  const onProgress = ({
    phase,
    bytes,
    total = file.size,
  }: UploadProgress): void => {
    const percent = total === 0 ? 100 : Math.floor((100 * bytes) / total);
    bar.value = percent;
    text.textContent =
      phase === "reading"
        ? t("reading", { percent })
        : t("sending", { done: t.size(bytes), total: t.size(total) });
    // Announce only quarters to screen readers.
    const quarter = `${phase} ${Math.floor(percent / 25)}`;
    if (quarter !== announced) announce(text.textContent);
    announced = quarter;
  };
  app.show(
    t("title"),
    h(
      "section",
      { class: "card" },
      h("h2", { id: "uploading" }, t("uploading", { name: file.name })),
      bar,
      text,
      h(
        "p",
        { class: "actions" },
        button(t("cancel"), () => abort.abort()),
      ),
    ),
  );
  await process.attach(
    file,
    {
      name: file.name,
      externalIdentifier: "document",
      signaturePositions: toPositions(draft),
      onProgress,
    },
    { signal: AbortSignal.any([abort.signal, signal]) },
  );
}
