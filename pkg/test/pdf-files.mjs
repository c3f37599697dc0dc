// Generates PDF files for the tests.

const bytes = (text) => Buffer.from(text, "latin1");

export const stream = (data, entries = "") =>
  Buffer.concat([
    bytes(`<<${entries}/Length ${data.length}>>\nstream\n`),
    typeof data === "string" ? bytes(data) : data,
    bytes("\nendstream"),
  ]);

/** A file with these objects by number; 1 is the catalog. */
export function file(objects, trailer = "") {
  const parts = [bytes("%PDF-1.7\n")];
  let at = parts[0].length;
  let table = "";
  const add = (part) => {
    parts.push(part);
    at += part.length;
  };
  for (const [number, object] of Object.entries(objects)) {
    table += `${number} 1\n${String(at).padStart(10, "0")} 00000 n \n`;
    add(bytes(`${number} 0 obj\n`));
    add(typeof object === "string" ? bytes(object) : object);
    add(bytes("\nendobj\n"));
  }
  const size = Math.max(...Object.keys(objects).map(Number)) + 1;
  const start = at;
  add(bytes(`xref\n${table}trailer\n<</Size ${size}/Root 1 0 R${trailer}>>\n`));
  add(bytes(`startxref\n${start}\n%%EOF\n`));
  return new Uint8Array(Buffer.concat(parts));
}

/** The objects of a document, from the entries and contents of its pages. */
export function objects(pages, catalog = "") {
  const all = {
    1: `<</Type/Catalog/Pages 2 0 R${catalog}>>`,
    3: "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
  };
  const kids = pages.map(({ entries = "/MediaBox[0 0 595 842]", content = "" }, index) => {
    const number = 10 + 2 * index;
    all[number] =
      `<</Type/Page/Parent 2 0 R/Contents ${number + 1} 0 R${entries}` +
      "/Resources<</Font<</F1 3 0 R>>>>>>";
    all[number + 1] = Buffer.isBuffer(content) ? content : stream(content);
    return `${number} 0 R`;
  });
  all[2] = `<</Type/Pages/Count ${pages.length}/Kids[${kids.join(" ")}]>>`;
  return all;
}

/** Content that draws text at coordinates of the file. */
export const text = (x, y, words) =>
  `BT /F1 12 Tf ${x} ${y} Td (${words.replaceAll("\\", "\\\\")}) Tj ET\n`;
