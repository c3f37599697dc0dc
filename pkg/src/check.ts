// What would keep an operation from being performed, as a list: state, identifiers, fields and the
// core's preflight. The same is checked by the engine before a call is sent.

import { toJson, type Connection } from "./connection.js";
import { ValidationError, toSignError, type Problem } from "./errors.js";
import type { OperationId, Process } from "./generated/contract.js";
import { fields, identifier } from "./guard.js";
import { wasm } from "./wasm/load.js";

/** What is known of a process. */
export interface Known {
  id: string;
  state: string;
  /** The process as it was last read. */
  model?: Process;
}

/** Every problem of a process that is to be created. */
export function checkCreate(connection: Connection, process: unknown): Problem[] {
  return collected(() => connection.check("create", {}, toJson("create", process ?? null)));
}

/** Every problem of an operation on a process. */
export function checkKnown(
  connection: Connection,
  operation: OperationId,
  known: Known,
  input: unknown,
): Problem[] {
  const { id, state, model } = known;
  const problems = collected(() => {
    try {
      wasm().checkState(operation, state, id);
    } catch (error) {
      const { code, message } = error as { code: string; message: string };
      if (code !== "state_forbids") throw toSignError(error);
      return [{ path: "$", code, message }];
    }
    return [];
  });
  const ids = { processId: id, personId: "x", fileId: "x" };
  const add = (request: unknown, person?: unknown): void => {
    const named =
      person === undefined ? {} : { personId: identifier(operation, "personId", person) };
    // Before there is a release, the process is what the preconditions speak of; after it, nothing
    // is left to be done. A participant can be looked up at any time.
    const matters = operation === "open" ? person !== undefined : state === "CREATED";
    const process = matters ? toJson(operation, model) : undefined;
    const text = toJson(operation, request);
    problems.push(...connection.check(operation, { ...ids, ...named, process }, text));
  };
  problems.push(
    ...collected(() => {
      if (typeof input === "object" && input !== null && operation === "open") {
        const { personId, ...request } = fields<Record<string, unknown>>("input", { ...input });
        add(request, personId ?? undefined);
      } else if (operation === "attach") {
        // The bytes are looked at when they are attached.
        const { size, onProgress, ...details } = fields<Record<string, unknown>>(
          "input",
          input as Record<string, unknown>,
        );
        add({ name: "file.pdf", contentType: "application/pdf", content: "", ...details });
      } else {
        add(input ?? undefined);
      }
      return [];
    }),
  );
  return problems;
}

/** What an error says, as a list; the form of a request is part of what is checked. */
function collected(run: () => Problem[]): Problem[] {
  try {
    return run();
  } catch (error) {
    if (error instanceof ValidationError && error.problems.length > 0) return [...error.problems];
    throw error;
  }
}
