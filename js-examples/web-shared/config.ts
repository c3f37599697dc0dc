// Runtime configuration of the page, and the state that survives a reload.

import type { SavedProcess } from "swisscom-sign";

import type { Draft, User } from "./draft.js";

/** `/config.json`. Your application would take these values from the user's session. */
export interface Config {
  /** Base URL of the relay. */
  relay: string;
  /** Authenticates the user to the relay. */
  userToken: string;
  user: User;
  /** URL of the sandbox's outbox page; absent with the real platform. */
  outbox?: string;
}

export async function readConfig(): Promise<Config> {
  const response = await fetch("/config.json", { cache: "no-store" });
  if (!response.ok) throw new Error(`/config.json: ${response.status}`);
  return (await response.json()) as Config;
}

/** State of the tab. The handle identifies the process and contains no secret. */
export interface TabState {
  handle: SavedProcess;
  draft: Draft;
}

const KEY = "swisscom-sign";

/** The state saved before a reload, or before a visit to the platform's page. */
export function loadState(): TabState | undefined {
  try {
    const text = sessionStorage.getItem(KEY);
    return text === null ? undefined : (JSON.parse(text) as TabState);
  } catch {
    return undefined;
  }
}

export function saveState(state: TabState): void {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(state));
  } catch {
    // Storage is blocked or full. The return URL still identifies the process.
  }
}

export function clearState(): void {
  try {
    sessionStorage.removeItem(KEY);
  } catch {
    // Nothing was saved.
  }
}

/** Resolves when the browser is online. */
export function online(signal: AbortSignal): Promise<void> {
  if (navigator.onLine) return Promise.resolve();
  return new Promise((resolve, reject) => {
    addEventListener("online", () => resolve(), { once: true, signal });
    signal.addEventListener("abort", () => reject(signal.reason), {
      once: true,
    });
  });
}

/** The name of a document with signatures: `offer.pdf` becomes `offer-signed.pdf`. */
export function signedName(name = "document.pdf"): string {
  return name.replace(/(\.pdf)?$/i, "-signed.pdf");
}

/** An absolute URL of this application, for the platform to return to. */
export function absoluteUrl(path: string): string {
  return new URL(path, location.origin).href;
}

/**
 * The process identifier in the return URL, for a tab without state: the platform adds `id` after
 * setup and `process` after a signature.
 */
export function returnedProcessId(): string | undefined {
  const query = new URLSearchParams(location.search);
  return query.get("id") ?? query.get("process") ?? undefined;
}
