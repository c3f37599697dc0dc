// Interface between the views.

import type { SignClient, SigningProcess } from "swisscom-sign";

import type { Config } from "../../web-shared/config.js";
import type { Draft } from "../../web-shared/draft.js";
import type { Texts } from "../../web-shared/texts.js";

export interface App {
  readonly sign: SignClient;
  readonly config: Config;
  readonly t: Texts;
  draft: Draft;
  process: SigningProcess | undefined;
  /** Aborted when another view is shown. */
  readonly signal: AbortSignal;
  /** Shows a view and moves the focus to its heading. */
  show(title: string, ...content: (Node | string)[]): void;
  /** Shows the view for the state of the process. */
  route(): Promise<void>;
  /** Saves the state of the tab, for a reload. */
  save(): void;
  /** Returns to an empty form. */
  startOver(): void;
  /** Shows an error, with a button that continues. Without a network, continues when it is back. */
  fail(error: unknown, retry: () => void): void;
}
