// Create requests validated and built per second: the core in wasm and zod with the same rules, both
// with JSON.stringify, in alternation. Prints medians, and the ratio to zod.
import { z } from "zod";
import { loadWasm, requests } from "swisscom-sign/core";

const ROUNDS = 9;
const ROUND_MS = 300;

const identifier = z
  .string()
  .max(50)
  .regex(/^[a-zA-Z0-9._~-]+$/)
  .optional();
const name = z.string().max(64);
const signer = z.strictObject({
  type: z.literal("SIGNER"),
  externalIdentifier: identifier,
  firstName: name,
  lastName: name,
  email: z.email().max(254).optional(),
  mobile: z
    .string()
    .max(16)
    .regex(/^\+[1-9]\d{1,14}$/)
    .optional(),
  role: z.string().max(256).optional(),
  verification: z
    .strictObject({ residentPermit: z.boolean().optional() })
    .optional(),
});
const schema = z.strictObject({
  signatureLevel: z
    .enum(["SIMPLE", "ADVANCED", "ADVANCED_EU", "QUALIFIED", "QUALIFIED_EU"])
    .optional(),
  initiator: z.discriminatedUnion("type", [
    z.strictObject({
      type: z.literal("NON_PERSON"),
      externalIdentifier: identifier,
      name: z.string().max(50),
    }),
    z.strictObject({
      type: z.literal("PERSON"),
      externalIdentifier: identifier,
      firstName: name.optional(),
      lastName: name.optional(),
      email: z.email().max(254).optional(),
      mobile: z.string().max(16).optional(),
    }),
    signer,
  ]),
  invitees: z
    .strictObject({
      personalMessage: z.string().max(8192).optional(),
      signers: z.array(signer).optional(),
    })
    .optional(),
  teamId: z.uuid().optional(),
  properties: z
    .array(
      z.strictObject({ key: z.string().max(64), value: z.string().max(64) }),
    )
    .max(8)
    .optional(),
  payload: z.string().max(8192).optional(),
  partnerId: z.string().optional(),
  authorization: z.enum(["CODE", "ACCOUNT"]).optional(),
});

const process = {
  signatureLevel: "SIMPLE",
  initiator: {
    type: "NON_PERSON",
    externalIdentifier: "portal-42",
    name: "Offer portal",
  },
  invitees: {
    signers: [
      {
        type: "SIGNER",
        externalIdentifier: "crm-4711",
        firstName: "Anna",
        lastName: "Muster",
        email: "anna.muster@example.ch",
      },
    ],
  },
};

await loadWasm();
const contestants = {
  "zod + stringify": () => JSON.stringify(schema.parse(process)),
  "swisscom-sign": () => requests.create(process).body,
};
for (const [who, build] of Object.entries(contestants)) {
  if (!JSON.parse(build()).invitees)
    throw new Error(`${who} built a different request`);
}

const micros = new Map(Object.keys(contestants).map((who) => [who, []]));
for (let round = 0; round <= ROUNDS; round++) {
  for (const [who, build] of Object.entries(contestants)) {
    const start = performance.now();
    let count = 0;
    while (performance.now() - start < ROUND_MS)
      for (let i = 0; i < 200; i++, count++) build();
    if (round > 0)
      micros.get(who).push(((performance.now() - start) * 1000) / count);
  }
}
const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
const peer = median(micros.get("zod + stringify"));
console.log(`a create request, validated and built, median of ${ROUNDS}`);
for (const [who, values] of micros) {
  const one = median(values);
  const perSecond = Math.round(1e6 / one).toLocaleString("en");
  console.log(
    `  ${who.padEnd(16)} ${one.toFixed(2).padStart(7)} us  ${perSecond.padStart(9)}/s   x${(one / peer).toFixed(2)}`,
  );
}
