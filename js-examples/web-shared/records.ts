// What of an audit record's extras a person can read: their names are an open set.

import type { AuditRecord, Process } from "swisscom-sign";

/** Whom a record is about, and for what reason; empty when it does not say. */
export function about(
  { extras = {} }: AuditRecord,
  { initiator, invitees }: Process,
): string {
  const people = [initiator, ...(invitees?.signers ?? [])];
  const said = Object.entries(extras).flatMap(([key, value]) => {
    if (/reason$/i.test(key)) return [value];
    const found = people.find(
      (one) => one !== undefined && one.identification === value,
    );
    if (found === undefined || !("firstName" in found)) return [];
    return [`${found.firstName ?? ""} ${found.lastName ?? ""}`.trim()];
  });
  return said.filter((text) => text !== "").join(", ");
}
