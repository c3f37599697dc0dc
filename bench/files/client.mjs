// One transfer by one client. Prints the peak of memory above the start, and the duration.

import {
  createReadStream,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { readFile, writeFile } from "node:fs/promises";

const [, , name, way, url, path, out] = process.argv;
const ID = "6f1a5c4d-2d9a-4f12-a1c5-bc6e2bcb2d6a";
const headers = {
  authorization: "Bearer token",
  "content-type": "application/json",
};
const document = async () => ({
  name: "file.pdf",
  contentType: "application/pdf",
  content: (await readFile(path)).toString("base64"),
});

/** The set-up of each client, and its two transfers. */
const CLIENTS = {
  naive: async () => ({
    warm: async () =>
      (await fetch(`${url}/api/process/${ID}`, { headers })).text(),
    upload: async () => {
      const body = JSON.stringify(await document());
      const init = { method: "POST", headers, body };
      await (await fetch(`${url}/api/process/${ID}/attach`, init)).json();
    },
    download: async () => {
      const answer = await fetch(`${url}/api/process/${ID}/file/f/content`, {
        headers,
      });
      await writeFile(out, Buffer.from(await answer.arrayBuffer()));
    },
  }),
  "openapi-fetch": async () => {
    const { default: createClient } = await import("openapi-fetch");
    const client = createClient({ baseUrl: url, headers });
    const params = { path: { processId: ID, fileId: "f" } };
    return {
      warm: () => client.GET("/api/process/{processId}", { params }),
      upload: async () =>
        client.POST("/api/process/{processId}/attach", {
          params,
          body: await document(),
        }),
      download: async () => {
        const where = "/api/process/{processId}/file/{fileId}/content";
        const { data } = await client.GET(where, {
          params,
          parseAs: "arrayBuffer",
        });
        await writeFile(out, Buffer.from(data));
      },
    };
  },
  "hey-api": async () => {
    const { client, attach, getFileContent, getProcess } =
      await import("#hey-api");
    client.setConfig({ baseUrl: url, auth: () => "token" });
    const where = { path: { processId: ID, fileId: "f" }, throwOnError: true };
    return {
      warm: () => getProcess(where),
      upload: async () => attach({ ...where, body: await document() }),
      download: async () => {
        const { data } = await getFileContent({
          ...where,
          parseAs: "arrayBuffer",
        });
        await writeFile(out, Buffer.from(data));
      },
    };
  },
  "docusign-esign": async () => {
    const { default: docusign } = await import("docusign-esign");
    const client = new docusign.ApiClient();
    client.setBasePath(url);
    const envelopes = new docusign.EnvelopesApi(client);
    return {
      warm: () => envelopes.getEnvelope("1", ID),
      upload: async () => {
        const documentBase64 = (await readFile(path)).toString("base64");
        const documents = [
          { documentBase64, documentId: "1", name: "file.pdf" },
        ];
        await envelopes.createEnvelope("1", {
          envelopeDefinition: { documents },
        });
      },
      download: async () => {
        const text = await envelopes.getDocument("1", ID, "content");
        await writeFile(out, text, "binary");
      },
    };
  },
  openai: async () => {
    const { default: OpenAI } = await import("openai");
    const openai = new OpenAI({ apiKey: "token", baseURL: url });
    return {
      warm: () => openai.files.retrieve("f"),
      upload: () =>
        openai.files.create({
          file: createReadStream(path),
          purpose: "user_data",
        }),
      download: async () => {
        const answer = await openai.files.content("f");
        await writeFile(out, Buffer.from(await answer.arrayBuffer()));
      },
    };
  },
  "swisscom-sign": async () => {
    const { createClient } = await import("swisscom-sign");
    const sign = await createClient({
      environment: { apiUrl: url },
      accessToken: () => "token",
    });
    const process = sign.processes.resume({
      version: 1,
      id: ID,
      state: "CREATED",
    });
    return {
      warm: () => process.details(),
      upload: () => process.attach({ path }),
      download: async () => (await process.download("f")).saveTo(out),
    };
  },
};

const kib = (field) =>
  Number(
    new RegExp(`${field}:\\s+(\\d+)`).exec(
      readFileSync("/proc/self/status", "utf8"),
    )[1],
  );

const client = await CLIENTS[name]();
await client.warm();
// At its first fetch, Node compiles the parser of its HTTP client in the background, which takes 20 MiB
// for a short time; it must not count for any client.
await new Promise((done) => setTimeout(done, 1000));
// Linux: resets the peak.
writeFileSync("/proc/self/clear_refs", "5");
const start = kib("VmRSS");
const begun = performance.now();
await client[way]();
const ms = performance.now() - begun;
const size = statSync(path).size;
if (way === "download" && statSync(out).size !== size)
  throw new Error("the received file differs");
console.log(JSON.stringify({ mib: (kib("VmHWM") - start) / 1024, ms }));
process.exit();
