import { randomBytes } from "node:crypto";

/** A PDF of A4 pages. An object that nothing refers to adds `bytes` bytes. */
export function pdf({ pages = 1, bytes = 0 } = {}) {
  const kids = Array.from(
    { length: pages },
    (_, index) => `${4 + 2 * index} 0 R`,
  );
  const objects = [
    "<< /Type /Catalog /Pages 2 0 R >>",
    `<< /Type /Pages /Kids [${kids.join(" ")}] /Count ${pages} >>`,
    "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
  ];
  for (let page = 0; page < pages; page += 1) {
    const text = `BT /F1 24 Tf 72 760 Td (Offer 2026, page ${page + 1}) Tj ET`;
    objects.push(
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents ${5 + 2 * page} 0 R ` +
        "/Resources << /Font << /F1 3 0 R >> >> >>",
      `<< /Length ${text.length} >>\nstream\n${text}\nendstream`,
    );
  }
  const parts = [];
  const offsets = [];
  let length = 0;
  const add = (...added) => {
    for (const part of added.map((one) => Buffer.from(one))) {
      parts.push(part);
      length += part.length;
    }
  };
  add("%PDF-1.4\n");
  for (const [index, object] of objects.entries()) {
    offsets.push(length);
    add(`${index + 1} 0 obj\n${object}\nendobj\n`);
  }
  if (bytes > 0) {
    offsets.push(length);
    add(
      `${objects.length + 1} 0 obj\n<< /Length ${bytes} >>\nstream\n`,
      randomBytes(bytes),
      "\nendstream\nendobj\n",
    );
  }
  const xref = length;
  const size = offsets.length + 1;
  const line = (offset) => `${String(offset).padStart(10, "0")} 00000 n \n`;
  add(
    `xref\n0 ${size}\n0000000000 65535 f \n${offsets.map(line).join("")}`,
    `trailer\n<< /Size ${size} /Root 1 0 R >>\nstartxref\n${xref}\n%%EOF\n`,
  );
  return Buffer.concat(parts);
}
