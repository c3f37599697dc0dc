// What the example prints: a line per step with its time, a bar for the upload.

/** Performs a step; its line says how long it took. */
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

/** Draws the progress of an upload: redrawn in a terminal, a line for each tenth elsewhere. */
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

/** Says what went wrong, and what to do, without a stack. */
export function sayError(error) {
  console.error(`error: ${error.message}`);
  for (const { path, message } of error.problems ?? [])
    console.error(`  ${path}: ${message}`);
  if (error.errorId)
    console.error(`  error id of the platform: ${error.errorId}`);
  if (error.cause?.code) console.error(`  cause: ${error.cause.code}`);
}
