// Preflight checks: state, identifiers, fields and the core's rules, with every problem at once. The
// core runs the same checks before it sends a request.

import { serializeBody, type Connection } from "./connection.js";
import { toSignError, ValidationError, type Problem } from "./errors.js";
import type { OperationId, Process } from "./generated/contract.js";
import { readOptions, requireId } from "./arguments.js";
import { wasm } from "./wasm/load.js";

export interface KnownProcess {
  id: string;
  state: string;
  /** The process as it was last read. */
  model?: Process;
}

export function checkCreate(connection: Connection, process: unknown): Problem[] {
  return collected(() => connection.check("create", {}, serializeBody("create", process ?? null)));
}

export function checkKnown(
  connection: Connection,
  operation: OperationId,
  known: KnownProcess,
  input: unknown,
): Problem[] {
  const { id, state, model } = known;
  const problems = collected(() => {
    try {
      wasm().checkState(operation, state, id);
    } catch (error) {
      const { code, message } = error as { code: string; message: string };
      if (code !== "state_forbids") throw toSignError(error);
      return [{ path: "$", code, message, severity: "error" }];
    }
    return [];
  });
  const ids = { processId: id, personId: "x", fileId: "x" };
  const add = (request: unknown, person?: unknown): void => {
    const named =
      person === undefined ? {} : { personId: requireId(operation, "personId", person) };
    // The preconditions of `release` depend on the process while it is CREATED; later a release
    // changes nothing. `open` needs the process to look up the participant.
    const matters = operation === "open" ? person !== undefined : state === "CREATED";
    const process = matters ? serializeBody(operation, model) : undefined;
    const text = serializeBody(operation, request);
    problems.push(...connection.check(operation, { ...ids, ...named, process }, text));
  };
  problems.push(
    ...collected(() => {
      if (typeof input === "object" && input !== null && operation === "open") {
        const { personId, ...request } = readOptions<Record<string, unknown>>("input", {
          ...input,
        });
        add(request, personId ?? undefined);
      } else if (operation === "attach") {
        // `attach` itself checks the bytes.
        const { size, onProgress, ...details } = readOptions<Record<string, unknown>>(
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

/** Runs a check; the problems of a ValidationError are part of its result. */
function collected(run: () => Problem[]): Problem[] {
  try {
    return run();
  } catch (error) {
    if (error instanceof ValidationError && error.problems.length > 0) return [...error.problems];
    throw error;
  }
}
