// What a person enters, as data: to the request that the platform takes, and from the path of a
// problem back to the field that it is about.

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

/** The levels to choose from. */
export const LEVELS = [
  "SIMPLE",
  "ADVANCED",
  "ADVANCED_EU",
  "QUALIFIED",
  "QUALIFIED_EU",
] as const satisfies readonly SignatureLevel[];

/** Width and height of a visible signature, in PDF points. */
export const SIGNATURE = { width: 170, height: 50 };

/** Where a signature stands: page from 0, upper left corner in PDF points from the page's own. */
export interface Position {
  page: number;
  x: number;
  y: number;
}

/** Somebody who is asked to sign. */
export interface Invitee {
  /** Its externalIdentifier. */
  reference: string;
  firstName: string;
  lastName: string;
  email: string;
  mobile: string;
}

/** The form. */
export interface Draft {
  level: SignatureLevel;
  iSign: boolean;
  invitees: Invitee[];
  message: string;
  embedded: boolean;
  /** By reference. */
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

/** The references of everybody who signs, in their order. */
export function references(draft: Draft): string[] {
  return [
    ...(draft.iSign ? [ME] : []),
    ...draft.invitees.map(({ reference }) => reference),
  ];
}

/** The name that stands for a reference. */
export function nameOf(draft: Draft, user: User, reference: string): string {
  if (reference === ME) return `${user.firstName} ${user.lastName}`;
  const index = draft.invitees.findIndex(
    (invitee) => invitee.reference === reference,
  );
  const { firstName = "", lastName = "" } = draft.invitees[index] ?? {};
  return `${firstName} ${lastName}`.trim() || `${index + 1}`;
}

/** An empty field is none. */
function filled<K extends string>(
  name: K,
  value: string,
): Partial<Record<K, string>> {
  return value.trim() === ""
    ? {}
    : ({ [name]: value.trim() } as Record<K, string>);
}

/** The request `create`. */
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
            // What is missing is for the SDK to say.
          }) as SignerInput,
      ),
    },
  };
}

/** What is said about the file at `attach`. */
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

/** A free place for everybody who has none: on the last page, in rows of three. */
export function place(
  draft: Draft,
  pages: readonly { width: number; height: number }[],
): void {
  const last = pages.length - 1;
  const size = pages[last];
  if (size === undefined) return;
  const columns = Math.max(
    1,
    Math.min(3, Math.floor((size.width - 60) / (SIGNATURE.width + 5))),
  );
  references(draft).forEach((reference, index) => {
    const found = draft.positions[reference];
    if (found !== undefined && found.page <= last) return;
    const x = 30 + (SIGNATURE.width + 10) * (index % columns);
    const y = size.height - 180 + 60 * Math.floor(index / columns);
    draft.positions[reference] = inside({ page: last, x, y }, size);
  });
}

/** The nearest place that is wholly on the page. */
export function inside(
  position: Position,
  size: { width: number; height: number },
): Position {
  const fit = (value: number, room: number): number =>
    Math.round(Math.max(0, Math.min(value, Math.floor(room))));
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

/** The id of the field that a problem is about, by its JSONPath. */
export function fieldOf(draft: Draft, path: string): string | undefined {
  for (const [pattern, field] of FIELDS) {
    const found = pattern.exec(path);
    if (found !== null) return field(draft, found);
  }
  return undefined;
}
