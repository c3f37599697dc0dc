// The form as data: converts it to requests, and maps the path of a problem to its form field.

import type {
  CoordinateSignaturePositionInput,
  ProcessInput,
  SignatureLevel,
  SignerInput,
} from "swisscom-sign";

/** The signed-in user, as the application knows them. */
export interface User {
  firstName: string;
  lastName: string;
  email: string;
}

export const LEVELS = [
  "SIMPLE",
  "ADVANCED",
  "ADVANCED_EU",
  "QUALIFIED",
  "QUALIFIED_EU",
] as const satisfies readonly SignatureLevel[];

/** Width and height of a visible signature, in PDF points. */
export const SIGNATURE = { width: 170, height: 50 };

/** Signature position: page from 0, and upper left corner in PDF points. */
export interface Position {
  page: number;
  x: number;
  y: number;
}

export interface Invitee {
  /** externalIdentifier of the signer. */
  reference: string;
  firstName: string;
  lastName: string;
  email: string;
  mobile: string;
}

/** Content of the form. */
export interface Draft {
  level: SignatureLevel;
  iSign: boolean;
  invitees: Invitee[];
  message: string;
  embedded: boolean;
  /** Signature positions by reference. */
  positions: Record<string, Position>;
}

/** The reference of the user. */
export const ME = "initiator";

export function emptyInvitee(draft?: Draft): Invitee {
  const taken =
    draft?.invitees.map(({ reference }) => Number(reference.split("-")[1])) ??
    [];
  const reference = `signer-${Math.max(0, ...taken) + 1}`;
  return { reference, firstName: "", lastName: "", email: "", mobile: "" };
}

export function emptyDraft(): Draft {
  const invitees = [emptyInvitee()];
  return {
    level: "ADVANCED",
    iSign: false,
    invitees,
    message: "",
    embedded: false,
    positions: {},
  };
}

/** The references of all signers, in order. */
export function references(draft: Draft): string[] {
  return [
    ...(draft.iSign ? [ME] : []),
    ...draft.invitees.map(({ reference }) => reference),
  ];
}

/** The name shown for a reference. */
export function nameOf(draft: Draft, user: User, reference: string): string {
  if (reference === ME) return `${user.firstName} ${user.lastName}`;
  const index = draft.invitees.findIndex(
    (invitee) => invitee.reference === reference,
  );
  const { firstName = "", lastName = "" } = draft.invitees[index] ?? {};
  return `${firstName} ${lastName}`.trim() || `${index + 1}`;
}

/** Omits empty fields. */
function filled<K extends string>(
  name: K,
  value: string,
): Partial<Record<K, string>> {
  return value.trim() === ""
    ? {}
    : ({ [name]: value.trim() } as Record<K, string>);
}

/** The request of `create`. */
export function toProcess(draft: Draft, user: User): ProcessInput {
  const { firstName, lastName, email } = user;
  const type = draft.iSign ? "SIGNER" : "PERSON";
  return {
    signatureLevel: draft.level,
    initiator: { type, externalIdentifier: ME, firstName, lastName, email },
    invitees: {
      ...filled("personalMessage", draft.message),
      signers: draft.invitees.map(
        ({ reference, ...fields }) =>
          ({
            type: "SIGNER",
            externalIdentifier: reference,
            ...filled("firstName", fields.firstName),
            ...filled("lastName", fields.lastName),
            ...filled("email", fields.email),
            ...filled("mobile", fields.mobile),
            // The SDK reports missing fields.
          }) as SignerInput,
      ),
    },
  };
}

/** The signature positions of `attach`. */
export function toPositions(draft: Draft): CoordinateSignaturePositionInput[] {
  return references(draft).map((signer) => {
    const { page, x, y } = draft.positions[signer] ?? { page: -1, x: 0, y: 0 };
    return {
      signer,
      pageNumber: page,
      positionX: Math.round(x),
      positionY: Math.round(y),
    };
  });
}

interface Size {
  width: number;
  height: number;
}

/** Gives each signer without a position a free one on the last page, or on a page before it. */
export function addPositions(draft: Draft, pages: readonly Size[]): void {
  for (const reference of references(draft)) {
    const found = draft.positions[reference];
    if (found !== undefined && found.page < pages.length) continue;
    const free = freePosition(draft, reference, pages.length - 1, pages);
    if (free !== undefined) draft.positions[reference] = free;
  }
}

/** Moves a signature to another page: to the same place there, or to a free one. */
export function moveToPage(
  draft: Draft,
  reference: string,
  page: number,
  pages: readonly Size[],
): void {
  const size = pages[page];
  if (size === undefined) return;
  const from = draft.positions[reference] ?? { x: 0, y: 0 };
  const same = clampToPage({ ...from, page }, size);
  const taken = others(draft, reference).some((one) => overlap(one, same));
  const free = taken && freePosition(draft, reference, page, pages);
  draft.positions[reference] = free || same;
}

function others(draft: Draft, reference: string): Position[] {
  return references(draft)
    .filter((other) => other !== reference)
    .flatMap((other) => draft.positions[other] ?? []);
}

function overlap(a: Position, b: Position): boolean {
  return (
    a.page === b.page &&
    Math.abs(a.x - b.x) < SIGNATURE.width &&
    Math.abs(a.y - b.y) < SIGNATURE.height
  );
}

/** The signers whose signatures overlap, in pairs. */
export function overlaps(draft: Draft): [string, string][] {
  const placed = references(draft).flatMap((reference) => {
    const position = draft.positions[reference];
    return position === undefined ? [] : [{ reference, position }];
  });
  return placed.flatMap((one, index) =>
    placed
      .slice(index + 1)
      .filter((other) => overlap(one.position, other.position))
      .map((other): [string, string] => [one.reference, other.reference]),
  );
}

/** A place on a page, or on the pages before it, that no other signature covers. */
function freePosition(
  draft: Draft,
  reference: string,
  from: number,
  pages: readonly Size[],
): Position | undefined {
  const taken = others(draft, reference);
  for (let page = from; page >= 0; page -= 1) {
    const free = places(pages[page], page).find(
      (place) => !taken.some((other) => overlap(place, other)),
    );
    if (free !== undefined) return free;
  }
  return places(pages[from], from)[0];
}

/** Rows of up to three signatures: at the bottom of a page first, then upwards. */
function places(size: Size | undefined, page: number): Position[] {
  if (size === undefined) return [];
  const [width, height] = [SIGNATURE.width + 10, SIGNATURE.height + 10];
  const columns = Math.max(
    1,
    Math.min(3, Math.floor((size.width - 50) / width)),
  );
  const start = Math.max(0, size.height - 180);
  const rows: number[] = [];
  for (let y = start; y <= size.height - height; y += height) rows.push(y);
  for (let y = start - height; y >= 0; y -= height) rows.push(y);
  return (rows.length === 0 ? [0] : rows).flatMap((y) =>
    Array.from({ length: columns }, (_, column) =>
      clampToPage({ page, x: 30 + width * column, y }, size),
    ),
  );
}

/** Moves a position so that the signature is fully on the page. */
export function clampToPage(position: Position, size: Size): Position {
  const fit = (value: number, max: number): number =>
    Math.round(Math.max(0, Math.min(value, Math.floor(max))));
  return {
    page: position.page,
    x: fit(position.x, size.width - SIGNATURE.width),
    y: fit(position.y, size.height - SIGNATURE.height),
  };
}

const FIELDS: readonly [
  RegExp,
  (draft: Draft, found: RegExpExecArray) => string,
][] = [
  [
    /^\$\.invitees\.signers\[(\d+)\]\.(firstName|lastName|email|mobile)/,
    (draft, [, index, name]) =>
      `${draft.invitees[Number(index)]?.reference ?? ""}-${name ?? ""}`,
  ],
  [
    /^\$\.invitees\.signers\[(\d+)\]/,
    (draft, [, index]) =>
      `${draft.invitees[Number(index)]?.reference ?? ""}-firstName`,
  ],
  [/^\$\.invitees\.personalMessage/, () => "message"],
  [/^\$\.invitees/, () => "add"],
  [/^\$\.signatureLevel/, () => "level"],
  [/^\$\.initiator/, () => "iSign"],
  [
    /^\$\.signaturePositions\[(\d+)\]/,
    (draft, [, index]) => `${references(draft)[Number(index)] ?? ""}-page`,
  ],
  [/^\$\.(content|name)/, () => "file"],
];

/** The id of the form field for the JSONPath of a problem. */
export function fieldOf(draft: Draft, path: string): string | undefined {
  for (const [pattern, field] of FIELDS) {
    const found = pattern.exec(path);
    if (found !== null) return field(draft, found);
  }
  return undefined;
}
