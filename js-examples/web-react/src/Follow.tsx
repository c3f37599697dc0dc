// A released process: signers, activity and the signed file.

import type {
  AuditRecord,
  Process,
  Signer,
  SigningProcess,
} from "swisscom-sign";
import { useState } from "react";

import { signedName } from "../../web-shared/config.js";
import { ME } from "../../web-shared/draft.js";
import { details } from "../../web-shared/records.js";
import { Failure } from "./Failure.js";
import { useTexts } from "./texts-context.js";
import { useFollow } from "./hooks.js";

export function Follow(props: {
  process: SigningProcess;
  first: Process;
  sign: () => void;
  startOver: () => void;
}) {
  const { process, first, sign, startOver } = props;
  const t = useTexts();
  const { model, records, ended, error, again } = useFollow(process, first);
  const [failed, setFailed] = useState<unknown>();
  const everybody = signers(model);
  const own = everybody.find(
    ({ externalIdentifier }) => externalIdentifier === ME,
  );
  const fileId = model.fileReferences?.[0]?.lastSignedFileId;
  const complete = model.status === "COMPLETED";

  const save = async (id: string): Promise<void> => {
    try {
      setFailed(undefined);
      const download = await process.download(id);
      const url = URL.createObjectURL(await download.blob());
      const link = document.createElement("a");
      Object.assign(link, {
        href: url,
        download: signedName(download.filename),
      });
      link.click();
      // Long enough for the browser to start saving.
      setTimeout(() => URL.revokeObjectURL(url), 60_000);
    } catch (failure) {
      setFailed(failure);
    }
  };

  return (
    <>
      {error !== undefined && (
        <Failure error={error} retry={again} startOver={startOver} />
      )}
      {failed !== undefined && fileId !== undefined && (
        <Failure
          error={failed}
          retry={() => void save(fileId)}
          startOver={startOver}
        />
      )}
      <div className="columns">
        <section className="card" aria-labelledby="signers">
          <div className="heading">
            <h2 id="signers">{t("signers")}</h2>
            <span
              className={`badge ${model.status ?? ""}`}
              id="state"
              role="status"
            >
              {t.of("", model.status)}
            </span>
          </div>
          {ended !== undefined && <p className="notice bad">{t(ended)}</p>}
          <ul className="people">
            {everybody.map((signer) => (
              <Row key={signer.identification} signer={signer} />
            ))}
          </ul>
          <p className="actions">
            {own?.status === "PENDING" && model.status === "PENDING" && (
              <button type="button" className="button primary" onClick={sign}>
                {t("signNow")}
              </button>
            )}
            {fileId !== undefined && (
              <button
                type="button"
                className={complete ? "button primary" : "button"}
                onClick={() => void save(fileId)}
              >
                {t(complete ? "download" : "downloadSoFar")}
              </button>
            )}
            <button type="button" className="button" onClick={startOver}>
              {t("another")}
            </button>
          </p>
        </section>
        <section className="card" aria-labelledby="timeline">
          <h2 id="timeline">{t("timeline")}</h2>
          <Timeline records={records} model={model} />
        </section>
      </div>
    </>
  );
}

/** All signers, the initiator first. */
function signers({ initiator, invitees }: Process): Signer[] {
  const first = initiator?.type === "SIGNER" ? [initiator as Signer] : [];
  return [...first, ...(invitees?.signers ?? [])];
}

function Row({ signer }: { signer: Signer }) {
  const t = useTexts();
  const { firstName, lastName, status, signedOn, externalIdentifier } = signer;
  return (
    <li>
      <span>
        {firstName} {lastName}
        {externalIdentifier === ME && ` (${t("you")})`}
      </span>
      <span className={`badge ${status ?? ""}`}>
        {t.of("signer_", status)}
        {signedOn !== undefined && `, ${t.date(signedOn)}`}
      </span>
    </li>
  );
}

function Timeline({
  records,
  model,
}: {
  records: AuditRecord[];
  model: Process;
}) {
  const t = useTexts();
  if (records.length === 0) return <p className="hint">{t("nothingYet")}</p>;
  return (
    <ol className="timeline">
      {records.map((record) => {
        const { id, status, createdDate } = record;
        const about = details(record, model);
        return (
          <li key={id} className={status}>
            {t.activity(record)}
            {about !== "" && ` (${about})`}
            {createdDate !== undefined && (
              <time dateTime={createdDate}>{t.date(createdDate)}</time>
            )}
          </li>
        );
      })}
    </ol>
  );
}
