// Signs a process in the sandbox of the same program.
export async function flow({ createClient }, { createSandbox }) {
  const sandbox = await createSandbox();
  const sign = await createClient({
    environment: "sandbox",
    credentials: sandbox.credentials,
    fetch: sandbox.fetch,
    dangerouslyAllowBrowser: true,
  });
  const signer = {
    type: "SIGNER",
    externalIdentifier: "anna",
    firstName: "Anna",
    lastName: "Muster",
    email: "anna@example.com",
  };
  const process = await sign.processes.create({
    signatureLevel: "ADVANCED",
    initiator: { type: "NON_PERSON", name: "Bundle" },
    invitees: { signers: [signer] },
  });
  await process.attach(new TextEncoder().encode(PDF), {
    name: "offer.pdf",
    signaturePositions: [
      { signer: "anna", pageNumber: 0, positionX: 50, positionY: 100 },
    ],
  });
  await process.release({ notification: { locale: "en-GB" } });
  const { type } = await sandbox.outbox.wait("anna@example.com");
  await sandbox.sign(process, "anna");
  const { fileReferences } = await process.waitFor("COMPLETED");
  const file = await process.download(fileReferences[0].lastSignedFileId);
  const text = new TextDecoder("latin1").decode(await file.bytes());
  sandbox.free();
  const signed = /ETSI\.CAdES\.detached/.test(text);
  return [process.state, type, text.slice(0, 5), signed].join(" ");
}

const OBJECTS = [
  "<< /Type /Catalog /Pages 2 0 R >>",
  "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
  "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>",
];

/** One empty page. */
const PDF = (() => {
  let file = "%PDF-1.4\n";
  let table = "xref\n0 4\n0000000000 65535 f \n";
  OBJECTS.forEach((object, index) => {
    table += `${String(file.length).padStart(10, "0")} 00000 n \n`;
    file += `${index + 1} 0 obj\n${object}\nendobj\n`;
  });
  const end = `trailer\n<< /Size 4 /Root 1 0 R >>\nstartxref\n${file.length}\n%%EOF\n`;
  return file + table + end;
})();
