// One page with a signature tag.
const objects = [
  "<</Type/Catalog/Pages 2 0 R>>",
  "<</Type/Pages/Count 1/Kids[3 0 R]/MediaBox[0 0 595 842]>>",
  "<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
  "<</Length 38>>stream\nBT/F 12 Tf 72 700 Td(\\\\s1\\\\)Tj ET     \nendstream",
  "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
];

function smallPdf() {
  let text = "%PDF-1.7\n";
  let table = "xref\n0 6\n0000000000 65535 f \n";
  for (const [index, object] of objects.entries()) {
    table += `${String(text.length).padStart(10, "0")} 00000 n \n`;
    text += `${index + 1} 0 obj${object}endobj\n`;
  }
  const trailer = "trailer<</Size 6/Root 1 0 R>>";
  return new TextEncoder().encode(
    `${text}${table}${trailer}\nstartxref\n${text.length}\n%%EOF\n`,
  );
}

// Runs in every app. The tests compare the returned line.
export async function check(
  { createClient, ValidationError },
  { loadWasm, lifecycle, requests },
  { inspect },
) {
  const clients = await Promise.all(
    [1, 2].map(() =>
      createClient({
        environment: { apiUrl: "https://api.example.com/system" },
        accessToken: () => "token",
        fetch: async () => ({
          status: 201,
          headers: { "content-type": "application/json" },
          text: async () =>
            '{"id":"6f1a5c4d-2d9a-4f12-a1c5-bc6e2bcb2d6a","status":"CREATED"}',
        }),
      }),
    ),
  );
  await loadWasm();
  const [sign] = clients;
  const wrong = { initiator: { type: "PERSON", email: "?" } };
  const error = await sign.processes.create(wrong).catch((error) => error);
  if (!(error instanceof ValidationError)) throw error;
  const right = { initiator: { type: "PERSON", email: "a@b.ch" } };
  const process = await sign.processes.create(right);
  const { pageCount, tags } = await inspect(smallPdf());
  return [
    error.name,
    error.problems[0].path,
    lifecycle.next("CREATED", "released"),
    requests.findAll({ size: 1 }).path,
    process.state,
    pageCount,
    tags[0].tag,
  ].join(" ");
}
