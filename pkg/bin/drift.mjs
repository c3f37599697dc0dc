// Compares the contract of this version with an OpenAPI 3 document: what a newer platform has added or
// removed.

import { readFile } from "node:fs/promises";

import { UsageError } from "./settings.mjs";

const KNOWN = new URL("contract.json", import.meta.url);
const LIMIT_MS = 20_000;

/** Reads a contract document from a file or an https URL. */
export async function readContract(source) {
  let text;
  if (/^https?:/.test(source)) {
    const response = await fetch(source, { signal: AbortSignal.timeout(LIMIT_MS) });
    if (!response.ok) throw new Error(`cannot download ${source}: status ${response.status}`);
    text = await response.text();
  } else {
    text = await readFile(source, "utf8").catch(({ code }) => {
      throw new UsageError(`cannot read the contract \`${source}\`: ${code}`);
    });
  }
  let document;
  try {
    document = JSON.parse(text);
  } catch {
    throw new Error(`not JSON: \`${source}\`; expected the contract as openapi.json`);
  }
  if (!document?.openapi || !document.paths || !document.components?.schemas) {
    throw new Error(`not an OpenAPI document: \`${source}\``);
  }
  return document;
}

/** `{ version, known, added, removed }`, with names such as `Signer.role` or `POST /api/process`. */
export async function drift(document) {
  const known = JSON.parse(await readFile(KNOWN, "utf8"));
  const other = describe(document);
  for (const [name, fields] of Object.entries(known.objects)) {
    for (const field of Object.keys(fields)) {
      // The document describes some values in prose only: do not compare them.
      if (other.objects[name]?.[field]?.length === 0) fields[field] = [];
    }
  }
  const [ours, theirs] = [new Set(namesOf(known)), new Set(namesOf(other))];
  return {
    version: document.info?.version,
    known: known.version,
    added: [...theirs].filter((name) => !ours.has(name)),
    removed: [...ours].filter((name) => !theirs.has(name)),
  };
}

function* namesOf({ operations, objects }) {
  for (const { id, method, path, scope } of operations) {
    yield `${method} ${path} (${id}, ${scope})`;
  }
  for (const [name, fields] of Object.entries(objects)) {
    yield name;
    for (const [field, values] of Object.entries(fields)) {
      yield `${name}.${field}`;
      for (const value of values) yield `${name}.${field} = ${value}`;
    }
  }
}

/** An OpenAPI document in the format of contract.json. */
function describe({ paths, components: { schemas } }) {
  const operations = Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item)
      .filter(([, operation]) => operation?.operationId)
      .map(([method, { operationId: id, security = [] }]) => {
        const scope = security.flatMap((one) => Object.values(one).flat()).join(" ");
        return { id, method: method.toUpperCase(), path, scope };
      }),
  );
  const objects = {};
  for (const [name, schema] of Object.entries(schemas)) {
    // A union: its members are compared instead.
    if (schema.discriminator !== undefined) continue;
    const parts = [schema, ...(schema.allOf ?? [])];
    const own = Object.assign({}, ...parts.map(({ properties }) => properties));
    if (Object.keys(own).length === 0) continue;
    const values = ({ enum: list, items }) => list ?? items?.enum ?? [];
    objects[name] = Object.fromEntries(
      Object.entries(own).map(([field, property]) => [field, values(property)]),
    );
  }
  return { operations, objects };
}
