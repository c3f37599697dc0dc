// The message for an error, with a button that continues.

import { useEffect, useRef, useState } from "react";
import { AuthenticationError, NotFoundError, SignError } from "swisscom-sign";

import { online } from "../../web-shared/config.js";
import { useSession } from "./hooks.js";
import { useTexts } from "./texts-context.js";

/**
 * The message for an error, with a button that continues. Without a network, continues when it is
 * back.
 */
export function Failure(props: {
  error: unknown;
  retry: () => void;
  startOver?: () => void;
}) {
  const { retry, startOver = retry } = props;
  const t = useTexts();
  const session = useSession();
  const latest = useRef(retry);
  latest.current = retry;
  // An error of the new login replaces the message.
  const [again, setAgain] = useState<unknown>();
  const error = again ?? props.error;
  useEffect(() => {
    if (navigator.onLine) return;
    const leave = new AbortController();
    online(leave.signal).then(
      () => latest.current(),
      () => undefined,
    );
    return () => leave.abort();
  }, [error]);
  useEffect(() => setAgain(undefined), [props.error]);
  const said = error instanceof SignError ? error : undefined;
  const expired = error instanceof AuthenticationError;
  const gone = error instanceof NotFoundError;
  // Other reasons are not certain without a network.
  const code = navigator.onLine
    ? (said?.code ?? "unexpected_status")
    : "connection_failed";
  const title = expired
    ? t("session")
    : (said?.upstream?.clientSubject ?? t("failedTitle"));
  const text = said?.upstream?.clientBody ?? t.error(code);
  const act =
    expired && session !== undefined
      ? () => void session.renew().then(retry, setAgain)
      : gone
        ? startOver
        : retry;
  return (
    <section className="notice bad" role="alert">
      <h2>{title}</h2>
      <p>{expired ? t("sessionLead") : text}</p>
      {said?.errorId !== undefined && (
        <p>{t("reference", { id: said.errorId })}</p>
      )}
      <p className="actions">
        <button type="button" className="button" onClick={act}>
          {t(expired ? "signIn" : gone ? "startOver" : "retry")}
        </button>
      </p>
    </section>
  );
}
