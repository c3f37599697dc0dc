// The message for an error, with a button that continues.

import { AuthenticationError, NotFoundError, SignError } from "swisscom-sign";

import { useSign } from "./hooks.js";
import { useTexts } from "./texts-context.js";

/** The message for an error, with a button that continues. */
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
