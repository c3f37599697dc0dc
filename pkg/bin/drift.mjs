// The contract that this version was made for against a contract document (OpenAPI 3): what a newer
// platform has added, and what it does not have any more.

import { readFile } from "node:fs/promises";

import { UsageError } from "./settings.mjs";

const KNOWN = new URL("contract.json", import.meta.url);
const LIMIT_MS = 20_000;

/** Reads a contract document from a file or an https URL. */
export async function readContract(place) {
  let text;
  if (/^https?:/.test(place)) {
    const response = await fetch(place, { signal: AbortSignal.timeout(LIMIT_MS) });
    if (!response.ok) throw new Error(`${place} answered ${response.status}`);
    text = await response.text();
  } else {
    text = await readFile(place, "utf8").catch(({ code }) => {
      throw new UsageError(`the contract ${place} cannot be read: ${code}`);
    });
  }
  let document;
  try {
    document = JSON.parse(text);
  } catch {
    throw new Error(`${place} is no JSON; the contract is wanted as openapi.json`);
  }
  if (!document?.openapi || !document.paths || !document.components?.schemas) {
    throw new Error(`${place} is no OpenAPI document`);
  }
  return document;
}

/** `{ version, known, added, removed }`, with names such as `Signer.role` or `POST /api/process`. */
export async function drift(document) {
  const known = JSON.parse(await readFile(KNOWN, "utf8"));
  const there = described(document);
  for (const [name, fields] of Object.entries(known.objects)) {
    for (const field of Object.keys(fields)) {
      // Some values are known from prose alone: they cannot be compared.
      if (there.objects[name]?.[field]?.length === 0) fields[field] = [];
    }
  }
  const [ours, theirs] = [new Set(namesOf(known)), new Set(namesOf(there))];
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

/** The same view of an OpenAPI document. */
function described({ paths, components: { schemas } }) {
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
    // One of several others: those are compared.
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
