// The routes. A signing is accepted once its document and its state are on disk; everything after
// that is the worker's.
//
//   POST /signings                       multipart: `signing` (JSON), then `document` (a PDF)
//   GET  /signings, /signings/ID         how they stand
//   GET  /signings/ID/evidence/NAME      what was archived

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
        "send the field `signing`, then the file `document`",
      );
    }
    const asked = read(part.fields.signing?.value);
    const { level = "ADVANCED", locale = "de-CH", signers } = asked ?? {};
    if (
      asked === undefined ||
      !Array.isArray(signers) ||
      !LOCALES.includes(locale)
    ) {
      part.file.resume();
      return problem(
        reply,
        400,
        "`signing` is JSON: { signers: […], level?, locale? }",
      );
    }
    const id = await store.take(part.file);
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
        return problem(reply, 413, `at most ${MAX_FILE_BYTES} bytes`);
      // What the platform would refuse is refused while the caller is still there.
      requests.create(processOf(signing));
      await store.write(signing);
    } catch (error) {
      await store.drop(id);
      if (!(error instanceof ValidationError)) throw error;
      return problem(reply, 400, error.message, error.problems);
    }
    worker.start(signing);
    return reply
      .code(202)
      .header("location", `/signings/${id}`)
      .send(shown(signing));
  });

  app.get("/signings", async () => (await store.all()).map(shown));

  app.get("/signings/:id", async (request, reply) => {
    const signing = await store.read(request.params.id);
    return signing === undefined
      ? problem(reply, 404, "there is no such signing")
      : shown(signing);
  });

  app.get("/signings/:id/evidence/:name", async (request, reply) => {
    const { id, name } = request.params;
    const { evidence } = (await store.read(id)) ?? {};
    const there =
      name === "SHA256SUMS" || evidence?.some((file) => file.name === name);
    if (evidence === undefined || !EVIDENCE.includes(name) || !there) {
      return problem(reply, 404, "there is no such evidence, or not yet");
    }
    return reply
      .type(
        name.endsWith(".pdf") ? "application/pdf" : "text/plain; charset=utf-8",
      )
      .send(createReadStream(join(store.evidence(id), name)));
  });

  return app;
}

function read(text) {
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

/** What callers are shown of a signing. */
function shown({ id, step, outcome, name, handle, evidence, failedAt, error }) {
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
