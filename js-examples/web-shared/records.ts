// Readable details of an audit record. The keys of its extras are an open set.

import type { AuditRecord, Process } from "swisscom-sign";

/** Names and reasons in the extras of a record; empty if there are none. */
export function details(
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
