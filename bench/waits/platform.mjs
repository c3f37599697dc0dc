// A simulated platform, whose processes are signed at fixed times.

const uuid = (number) =>
  `6f1a5c4d-2d9a-4f12-a1c5-${String(number).padStart(12, "0")}`;
// Time of the platform when the virtual clock starts.
const START = Date.UTC(2026, 0, 1);

export function platform(count, within, now) {
  const processes = new Map();
  for (let number = 0; number < count; number++) {
    // Spread over the hour in a mixed order: 617 and 1 000 have no common divisor.
    const signedAt = (((number * 617) % count) + 0.5) * (within / count);
    processes.set(uuid(number), { number, signedAt });
  }
  const model = (id) => {
    const { number, signedAt } = processes.get(id);
    const done = now() >= signedAt;
    const status = done ? "COMPLETED" : "PENDING";
    const signer = {
      type: "SIGNER",
      identification: uuid(1e6 + number),
      status: done ? "SIGNED" : "PENDING",
    };
    const createdDate = new Date(START - (count - number) * 1000).toISOString();
    return {
      ...{ id, status, createdDate, signatureLevel: "SIMPLE" },
      initiator: { type: "NON_PERSON", name: "Offer portal" },
      invitees: {
        signers: [{ ...signer, firstName: "Anna", lastName: "Muster" }],
      },
    };
  };
  const json = (body) =>
    new Response(JSON.stringify(body), {
      headers: { "content-type": "application/json" },
    });

  /** Responds as in the contract. */
  const answer = ({ pathname, searchParams }) => {
    const [, , , , id, what] = pathname.split("/");
    if (what === "status") return json({ status: model(id).status });
    if (what === "record") return json({ records: [] });
    if (id !== undefined) return json(model(id));
    const [page, size] = ["page", "size"].map((name) =>
      Number(searchParams.get(name)),
    );
    const wanted = searchParams.get("status");
    const found = [...processes.keys()]
      .map(model)
      .filter(({ status }) => wanted === null || status === wanted);
    if (searchParams.get("sort")?.endsWith(",desc")) found.reverse();
    const content = found.slice(page * size, (page + 1) * size);
    const totalElements = found.length;
    return json({
      content,
      page: {
        size,
        number: page,
        totalElements,
        totalPages: Math.ceil(totalElements / size),
      },
    });
  };
  return { processes, answer };
}
