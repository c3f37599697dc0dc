// Output: a line per step with its duration, and a progress bar for the upload.

/** Performs a step and prints its duration. */
export async function step(name, perform) {
  const begun = performance.now();
  try {
    const result = await perform();
    const note = typeof result === "string" ? ` (${result})` : "";
    console.log(
      `${name}: done in ${Math.round(performance.now() - begun)} ms${note}`,
    );
    return result;
  } catch (error) {
    console.log(
      `${name}: failed after ${Math.round(performance.now() - begun)} ms`,
    );
    throw error;
  }
}

/** Prints upload progress: redraws in a terminal, otherwise one line per ten percent. */
export function progressBar() {
  const width = 30;
  const terminal = process.stdout.isTTY;
  let last = -1;
  return ({ phase, bytes, total }) => {
    const share = total ? bytes / total : 1;
    const tenth = Math.floor(share * 10);
    if (!terminal && phase === "reading" && tenth === last) return;
    last = tenth;
    const full = Math.round(share * width);
    const bar = "#".repeat(full) + ".".repeat(width - full);
    const line = `  [${bar}] ${Math.round(share * 100)} % of ${total ?? "?"} bytes, ${phase}`;
    process.stdout.write(
      terminal ? `\r\x1b[K${line}${phase === "done" ? "\n" : ""}` : `${line}\n`,
    );
  };
}

/** Prints an error without its stack. */
export function printError(error) {
  console.error(`error: ${error.message}`);
  for (const { path, message } of error.problems ?? [])
    console.error(`  ${path}: ${message}`);
  if (error.errorId)
    console.error(`  error ID of the platform: ${error.errorId}`);
  if (error.cause?.code) console.error(`  cause: ${error.cause.code}`);
}
