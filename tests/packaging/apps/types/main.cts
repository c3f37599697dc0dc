// The same for CommonJS.
import sign = require("swisscom-sign");
import core = require("swisscom-sign/core");
import pdf = require("swisscom-sign/pdf");
import sandbox = require("swisscom-sign/sandbox");

export async function main(): Promise<string> {
  const client = await sign.createClient({
    environment: "test",
    accessToken: () => "t",
  });
  const process = await client.processes.get("x");
  const error: sign.SignError = new core.ConflictError("m");
  const { pageCount } = await pdf.inspect({ path: "a.pdf" });
  const inside: sandbox.Sandbox = await sandbox.createSandbox();
  inside.free();
  return process.state + error.code + pageCount;
}
