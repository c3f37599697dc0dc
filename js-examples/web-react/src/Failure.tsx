// The message for an error, with the button that helps.

import { AuthenticationError, NotFoundError, SignError } from "swisscom-sign";

import { useSign } from "./hooks.js";
import { useTexts } from "./texts-context.js";

/** What is said about an error, and the button that goes on. */
export function Failure(props: {
  error: unknown;
  retry: () => void;
  startOver: () => void;
}) {
  const { error, retry, startOver } = props;
  const t = useTexts();
  const { renew } = useSign();
  const said = error instanceof SignError ? error : undefined;
  const expired = error instanceof AuthenticationError;
  const gone = error instanceof NotFoundError;
  const title = expired
    ? t("session")
    : (said?.upstream?.clientSubject ?? t("failed"));
  const text =
    said?.upstream?.clientBody ?? t.error(said?.code ?? "unexpected_status");
  const act = expired
    ? () => void renew().then(retry, retry)
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
