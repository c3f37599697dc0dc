// The audit records of a process, newest first.

import type { AuditRecord, Process } from "swisscom-sign";

import { details } from "../../web-shared/records.js";
import type { Texts } from "../../web-shared/texts.js";
import { h } from "./dom.js";

export function timeline(
  t: Texts,
  records: AuditRecord[],
  model: Process,
): HTMLElement {
  if (records.length === 0) return h("p", { class: "hint" }, t("nothingYet"));
  const items = records.map((record) => {
    const { status, createdDate } = record;
    const about = details(record, model);
    return h(
      "li",
      { class: status ?? "" },
      t.activity(record),
      about !== "" && ` (${about})`,
      createdDate !== undefined &&
        h("time", { datetime: createdDate }, t.date(createdDate)),
    );
  });
  return h("ol", { class: "timeline" }, ...items);
}
