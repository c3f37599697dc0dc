// What the page is told at run time, and what it keeps over a reload. Nothing of it is built in.

import type { SavedProcess } from "swisscom-sign";

import type { Draft, User } from "./draft.js";

/** `/config.json`. In an application of your own, its session answers this. */
export interface Config {
  /** Base URL of the relay. */
  relay: string;
  /** The proof of who the user is, for the relay. */
  userToken: string;
  user: User;
  /** The page on which the sandbox shows its mails; with the sandbox only. */
  outbox?: string;
}

export async function readConfig(): Promise<Config> {
  const response = await fetch("/config.json", { cache: "no-store" });
  if (!response.ok) throw new Error(`/config.json: ${response.status}`);
  return (await response.json()) as Config;
}

/** What a tab has begun. The handle names the process and holds no secret. */
export interface Begun {
  handle: SavedProcess;
  draft: Draft;
}

const KEY = "swisscom-sign";

/** What this tab has begun before it was reloaded, or left for the platform's page. */
export function begun(): Begun | undefined {
  try {
    const text = sessionStorage.getItem(KEY);
    return text === null ? undefined : (JSON.parse(text) as Begun);
  } catch {
    return undefined;
  }
}

export function remember(what: Begun): void {
  sessionStorage.setItem(KEY, JSON.stringify(what));
}

export function forget(): void {
  sessionStorage.removeItem(KEY);
}

/** An address of this application, for the platform to return to. */
export function address(path: string): string {
  return new URL(path, location.origin).href;
}

/**
 * The process that a return address names, in a tab that has not begun it: the platform adds `id`
 * after setup and `process` after a signature.
 */
export function returnedFor(): string | undefined {
  const query = new URLSearchParams(location.search);
  return query.get("id") ?? query.get("process") ?? undefined;
}
