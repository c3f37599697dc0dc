// What the views share.

import type { SignClient, SigningProcess } from "swisscom-sign";

import type { Config } from "../../web-shared/config.js";
import type { Draft } from "../../web-shared/draft.js";
import type { Texts } from "../../web-shared/texts.js";

/** What every view is given. */
export interface App {
  readonly sign: SignClient;
  readonly config: Config;
  readonly t: Texts;
  draft: Draft;
  process: SigningProcess | undefined;
  /** Aborted when the view is left. */
  readonly signal: AbortSignal;
  /** Puts a view on the page, with the focus at its heading. */
  show(title: string, ...content: (Node | string)[]): void;
  /** The view that is due for the process. */
  route(): Promise<void>;
  /** Keeps what has begun, for a reload. */
  save(): void;
  /** Back to an empty form. */
  startOver(): void;
  /** Says what failed, and how to go on. */
  fail(error: unknown, retry: () => void): void;
}
