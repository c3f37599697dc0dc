// The audit records of a process, newest first as the platform gives them.

import type { AuditRecord } from "swisscom-sign";

import type { Texts } from "../../web-shared/texts.js";
import { h } from "./dom.js";

export function timeline(t: Texts, records: AuditRecord[]): HTMLElement {
  if (records.length === 0) return h("p", { class: "hint" }, t("nothingYet"));
  const items = records.map(({ action, status, createdDate }) =>
    h(
      "li",
      { class: status ?? "" },
      `${t.of("action_", action)}: ${t.of("record_", status)}`,
      createdDate !== undefined &&
        h("time", { datetime: createdDate }, t.date(createdDate)),
    ),
  );
  return h("ol", { class: "timeline" }, ...items);
}
