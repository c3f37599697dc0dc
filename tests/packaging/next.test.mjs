// The packed package in a production build of Next.js without configuration: a server component, route
// handlers of the Node and the edge runtime, and a client component.
//
//   SWISSCOM_SIGN_FULL   with webpack too

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";

import { ALL, install, run, title } from "./support.mjs";

const env = {
  ...process.env,
  NEXT_TELEMETRY_DISABLED: "1",
  NODE_ENV: "production",
};

const cwd = await install("next", { tools: "inside" });
// The copy in the app: another copy would load a second React.
const next = join(cwd, "node_modules/next/dist/bin/next");

for (const bundler of ["turbopack", "webpack"]) {
  const skip =
    bundler === "webpack" &&
    !process.env.SWISSCOM_SIGN_FULL &&
    "slow: with --full";
  test(
    `runs in Next.js with ${bundler}, on the server and in the browser`,
    { skip },
    async () => {
      // Next.js 16.4 with webpack fails on each edge route here, also on one without imports: it does
      // not write the manifest of client references that it reads.
      const edge = bundler === "turbopack";
      if (!edge)
        await rm(join(cwd, "app/api/edge"), { recursive: true, force: true });
      await run(process.execPath, [next, "build", `--${bundler}`], {
        cwd,
        env,
      }).catch(({ stdout, stderr }) => assert.fail(stdout + stderr));
      const server = spawn(
        process.execPath,
        [next, "start", "--port", "0", "--hostname", "127.0.0.1"],
        { cwd, env, stdio: ["ignore", "pipe", "inherit"] },
      );
      try {
        const url = await address(server);
        const line = await (await fetch(`${url}/api/line`)).text();
        assert.equal(line, ALL, "route handler");
        if (edge) {
          const text = await (await fetch(`${url}/api/edge`)).text();
          assert.equal(text, ALL, "route handler of the edge runtime");
        }
        const page = await (await fetch(url)).text();
        assert.ok(page.includes(`<p>${ALL}</p>`), "server component");
        assert.equal(await title(`${url}/client`), ALL, "client component");
      } finally {
        const ended = once(server, "exit");
        server.kill();
        await ended;
      }
    },
  );
}

/** The URL that the server prints. */
function address(server) {
  let output = "";
  return new Promise((done, failed) => {
    server.stdout.on("data", (chunk) => {
      output += chunk;
      const found = /http:\/\/127\.0\.0\.1:\d+/.exec(output);
      if (found) done(found[0]);
    });
    server.once("exit", () => failed(new Error(`the server ended: ${output}`)));
  });
}
