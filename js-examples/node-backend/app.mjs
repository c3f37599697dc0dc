// HTTP routes. A signing is accepted once its document and its state are on disk; the worker does the
// rest.
//
//   POST /signings                       multipart: `signing` (JSON), then `document` (a PDF)
//   GET  /signings, /signings/ID         their status
//   GET  /signings/ID/evidence/NAME      an archived file

import { createReadStream } from "node:fs";
import { join } from "node:path";

import multipart from "@fastify/multipart";
import fastify from "fastify";
import { MAX_FILE_BYTES, ValidationError } from "swisscom-sign";
import { requests } from "swisscom-sign/core";

import { EVIDENCE } from "./evidence.mjs";
import { processOf } from "./worker.mjs";

const LOCALES = ["de-CH", "fr-CH", "it-CH", "en-GB"];

export async function createApp(store, worker) {
  const app = fastify({ forceCloseConnections: true });
  await app.register(multipart, {
    limits: { fileSize: MAX_FILE_BYTES, files: 1, fields: 1 },
  });

  app.post("/signings", async (request, reply) => {
    const part = await request.file();
    if (part?.fieldname !== "document") {
      return problem(
        reply,
        400,
        "missing file: send the field `signing`, then the file `document`",
      );
    }
    const body = parse(part.fields.signing?.value);
    const { level = "ADVANCED", locale = "de-CH", signers } = body ?? {};
    if (
      body === undefined ||
      !Array.isArray(signers) ||
      !LOCALES.includes(locale)
    ) {
      part.file.resume();
      return problem(
        reply,
        400,
        "invalid `signing`: expected JSON { signers: […], level?, locale? }",
      );
    }
    const id = await store.saveDocument(part.file);
    const signing = {
      id,
      step: "received",
      name: part.filename,
      level,
      locale,
      signers,
    };
    try {
      if (part.file.truncated)
        return problem(
          reply,
          413,
          `file too large: maximum ${MAX_FILE_BYTES} bytes`,
        );
      // Validate now, so that the caller gets the problems in this response.
      requests.create(processOf(signing));
      await store.write(signing);
    } catch (error) {
      await store.deleteDocument(id);
      if (!(error instanceof ValidationError)) throw error;
      return problem(reply, 400, error.message, error.problems);
    }
    worker.start(signing);
    return reply
      .code(202)
      .header("location", `/signings/${id}`)
      .send(publicView(signing));
  });

  app.get("/signings", async () => (await store.all()).map(publicView));

  app.get("/signings/:id", async (request, reply) => {
    const signing = await store.read(request.params.id);
    return signing === undefined
      ? problem(reply, 404, "signing not found")
      : publicView(signing);
  });

  app.get("/signings/:id/evidence/:name", async (request, reply) => {
    const { id, name } = request.params;
    const { evidence } = (await store.read(id)) ?? {};
    const exists =
      name === "SHA256SUMS" || evidence?.some((file) => file.name === name);
    if (evidence === undefined || !EVIDENCE.includes(name) || !exists) {
      return problem(reply, 404, "evidence not found, or not yet available");
    }
    return reply
      .type(
        name.endsWith(".pdf") ? "application/pdf" : "text/plain; charset=utf-8",
      )
      .send(createReadStream(join(store.evidence(id), name)));
  });

  return app;
}

function parse(text) {
  try {
    const value = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function problem(reply, status, message, problems) {
  return reply.code(status).send({ status, message, problems });
}

/** The public view of a signing. */
function publicView({
  id,
  step,
  outcome,
  name,
  handle,
  evidence,
  failedAt,
  error,
}) {
  return {
    id,
    step,
    outcome,
    name,
    processId: handle?.id,
    evidence,
    failedAt,
    error,
  };
}
