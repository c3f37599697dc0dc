// Made by `cargo xtask types` from src/contract and src/error.rs; do not edit.

/** Version of the vendor's contract that these types describe. */
export const CONTRACT_VERSION = "2.19.0";

/** A value in a response: a known one, or one that a newer version of the platform has added. */
export type Open<T extends string> = T | (string & Record<never, never>);

/** `operationId` of an operation. */
export type OperationId = "findAll" | "create" | "attach" | "setup" | "release" | "open" | "getProcess" | "getStatus" | "getRecords" | "getFile" | "getFileContent";

/** OAuth scope. */
export type Scope = "sswp:process:create" | "sswp:process:read" | "sswp:process:read:all";

/** An event in the life of a process. */
export type ProcessEvent = "attached" | "setupRequested" | "released" | "signed" | "completed" | "declined" | "expired" | "archived";

/** First-party applications of the vendor. */
export type ApplicationNamespace = "MSA" | "MSAINT";

/** What a participant must show to be let in. */
export type Authorization = "CODE" | "ACCOUNT";

/** Whether the declared name is the one in the signing certificate. */
export type CertificateMatch = "UNCHECKED" | "MATCH" | "MISMATCH";

/** How the hosted page is shown. */
export type DisplayMode = "DEFAULT" | "EMBEDDED";

/** Language of pages and mails (BCP 47). */
export type Locale = "en-GB" | "de-CH" | "fr-CH" | "it-CH";

/** How a signature position is found. */
export type Locator = "COORDINATES" | "TAG";

/** A kind of mail that can be suppressed. */
export type NotificationType = "ALL" | "INVITE" | "COMPLETION";

/** How long the options of open apply. */
export type OpenLifecycle = "PERMANENT" | "TEMPORARY";

/** Result of an audited action. */
export type RecordStatus = "INITIALIZE" | "ABORT" | "FAIL" | "SUCCESS" | "UNKNOWN";

/** Legal quality of the signatures of a process. */
export type SignatureLevel = "SIMPLE" | "ADVANCED" | "ADVANCED_EU" | "QUALIFIED" | "QUALIFIED_EU";

/** How a signer declares the will to sign. */
export type SignatureMethod = "APP" | "SMS" | "CLICK" | "PASSKEY" | "OSS";

/** Where a signer stands. */
export type SignerStatus = "WAITING" | "PENDING" | "SIGNED" | "CANCELED" | "DECLINED" | "REMOVED" | "REPLACED";

/** State of a signing process (guide, "States"). */
export type State = "CREATED" | "PENDING" | "COMPLETED" | "EXPIRED";

/** Who draws the visible signature. */
export type StickerProvider = "VISUAL_SIGNATURE_PROVIDER" | "CUSTOM_VISUAL_SIGNATURE_PROVIDER";

/** A technical system that takes part, for instance as initiator; it never signs. */
export interface NonPerson {
  /**
   * Discriminator: `NON_PERSON`.
   * @defaultValue NON_PERSON
   */
  type: "NON_PERSON";
  /**
   * Identifier that the platform assigned.
   * A UUID.
   */
  identification?: string;
  /**
   * Your own reference for this system.
   * At most 50 characters. Letters, digits and `. _ ~ -`.
   */
  externalIdentifier?: string;
  /**
   * Name that is displayed.
   * At most 50 characters.
   */
  name: string;
}

/** A technical system that takes part, for instance as initiator; it never signs. */
export interface NonPersonInput {
  /**
   * Discriminator: `NON_PERSON`.
   * @defaultValue NON_PERSON
   */
  type: "NON_PERSON";
  /**
   * Your own reference for this system.
   * At most 50 characters. Letters, digits and `. _ ~ -`.
   */
  externalIdentifier?: string;
  /**
   * Name that is displayed.
   * At most 50 characters.
   */
  name: string;
}

/** A human who takes part without signing. Either `email` or both names must be given. */
export interface Person {
  /**
   * Discriminator: `PERSON`.
   * @defaultValue PERSON
   */
  type: "PERSON";
  /**
   * Identifier that the platform assigned.
   * A UUID.
   */
  identification?: string;
  /**
   * Your own reference for this person.
   * At most 50 characters. Letters, digits and `. _ ~ -`.
   */
  externalIdentifier?: string;
  /**
   * First name.
   * At most 64 characters.
   */
  firstName?: string;
  /**
   * Last name.
   * At most 64 characters.
   */
  lastName?: string;
  /**
   * E-mail address (RFC 5322).
   * At most 254 characters.
   */
  email?: string;
  /**
   * Mobile number in E.164, for instance `+41791234567`.
   * At most 16 characters.
   */
  mobile?: string;
}

/** A human who takes part without signing. Either `email` or both names must be given. */
export interface PersonInput {
  /**
   * Discriminator: `PERSON`.
   * @defaultValue PERSON
   */
  type: "PERSON";
  /**
   * Your own reference for this person.
   * At most 50 characters. Letters, digits and `. _ ~ -`.
   */
  externalIdentifier?: string;
  /**
   * First name.
   * At most 64 characters.
   */
  firstName?: string;
  /**
   * Last name.
   * At most 64 characters.
   */
  lastName?: string;
  /**
   * E-mail address (RFC 5322).
   * At most 254 characters.
   */
  email?: string;
  /**
   * Mobile number in E.164, for instance `+41791234567`.
   * At most 16 characters.
   */
  mobile?: string;
}

/** A signing process: one or more signers over one or more files. */
export interface Process {
  /**
   * Identifier that the platform assigned.
   * A UUID.
   */
  id?: string;
  /** State of the process. */
  status?: Open<State>;
  /**
   * Legal quality of the signatures.
   * @defaultValue QUALIFIED
   */
  signatureLevel?: Open<SignatureLevel>;
  /** Who starts the process: a system, a person, or a person who also signs. */
  initiator: Participant;
  /** The further signers; an initiator who signs is not repeated here. */
  invitees?: Invitees;
  /**
   * Team, made in the cockpit, whose members see the process; fixed at creation.
   * A UUID.
   */
  teamId?: string;
  /**
   * Your own key-value pairs; keys are unique.
   * At most 8 items.
   */
  properties?: Array<Property>;
  /**
   * Your own opaque text, for correlation and audit.
   * At most 8192 characters.
   */
  payload?: string;
  /**
   * When the process expires; set by release.
   * RFC 3339 with an offset.
   */
  validUntil?: string;
  /**
   * When the process was created (UTC).
   * RFC 3339 with an offset.
   */
  createdDate?: string;
  /**
   * When the process last changed (UTC).
   * RFC 3339 with an offset.
   */
  lastModifiedDate?: string;
  /**
   * When the files will be deleted (UTC).
   * RFC 3339 with an offset.
   */
  archiveOn?: string;
  /**
   * When the files were deleted (UTC).
   * RFC 3339 with an offset.
   */
  archivedOn?: string;
  /** The attached files, their versions and where they are signed. */
  fileReferences?: Array<FileReference>;
  /** An existing partner. */
  partnerId?: string;
}

/** A signing process: one or more signers over one or more files. */
export interface ProcessInput {
  /**
   * Legal quality of the signatures.
   * @defaultValue QUALIFIED
   */
  signatureLevel?: SignatureLevel;
  /** Who starts the process: a system, a person, or a person who also signs. */
  initiator: ParticipantInput;
  /** The further signers; an initiator who signs is not repeated here. */
  invitees?: InviteesInput;
  /**
   * Team, made in the cockpit, whose members see the process; fixed at creation.
   * A UUID.
   */
  teamId?: string;
  /**
   * Your own key-value pairs; keys are unique.
   * At most 8 items.
   */
  properties?: Array<Property>;
  /**
   * Your own opaque text, for correlation and audit.
   * At most 8192 characters.
   */
  payload?: string;
  /** An existing partner. */
  partnerId?: string;
  /**
   * What a participant must show to be let in.
   * @defaultValue CODE
   */
  authorization?: Authorization;
}

/** A human who signs. */
export interface Signer {
  /**
   * Discriminator: `SIGNER`.
   * @defaultValue SIGNER
   */
  type: "SIGNER";
  /**
   * Identifier that the platform assigned.
   * A UUID.
   */
  identification?: string;
  /**
   * Your own reference for this signer; usable wherever a signer is named.
   * At most 50 characters. Letters, digits and `. _ ~ -`.
   */
  externalIdentifier?: string;
  /**
   * First name.
   * At most 64 characters.
   */
  firstName: string;
  /**
   * Last name.
   * At most 64 characters.
   */
  lastName: string;
  /**
   * E-mail address (RFC 5322).
   * At most 254 characters.
   */
  email?: string;
  /**
   * Mobile number in E.164. With one, access codes go out by SMS instead of e-mail; a Swiss
   * number (+41…) is preselected for ADVANCED signatures and fixed.
   * At most 16 characters.
   */
  mobile?: string;
  /**
   * Role or function that is shown.
   * At most 256 characters.
   */
  role?: string;
  /**
   * Online identification (GwG) that must succeed before the signature; its presence, even
   * empty, demands it. Corporate tenants only.
   */
  verification?: Verification;
  /** Where the signer stands. */
  status?: Open<SignerStatus>;
  /**
   * When the signature was made (UTC); with `SIGNED` only.
   * RFC 3339 with an offset.
   */
  signedOn?: string;
  /**
   * Former name of `canceledOn`.
   * RFC 3339 with an offset. @deprecated
   */
  discontinuedOn?: string;
  /**
   * When the signer was canceled (UTC); with `CANCELED` only.
   * RFC 3339 with an offset.
   */
  canceledOn?: string;
  /** Full name in the signing certificate, once signed with one. */
  certificateName?: string;
  /** Comparison of the declared name with `certificateName`. */
  certificateMatch?: Open<CertificateMatch>;
}

/** A human who signs. */
export interface SignerInput {
  /**
   * Discriminator: `SIGNER`.
   * @defaultValue SIGNER
   */
  type: "SIGNER";
  /**
   * Your own reference for this signer; usable wherever a signer is named.
   * At most 50 characters. Letters, digits and `. _ ~ -`.
   */
  externalIdentifier?: string;
  /**
   * First name.
   * At most 64 characters.
   */
  firstName: string;
  /**
   * Last name.
   * At most 64 characters.
   */
  lastName: string;
  /**
   * E-mail address (RFC 5322).
   * At most 254 characters.
   */
  email?: string;
  /**
   * Mobile number in E.164. With one, access codes go out by SMS instead of e-mail; a Swiss
   * number (+41…) is preselected for ADVANCED signatures and fixed.
   * At most 16 characters.
   */
  mobile?: string;
  /**
   * Role or function that is shown.
   * At most 256 characters.
   */
  role?: string;
  /**
   * Online identification (GwG) that must succeed before the signature; its presence, even
   * empty, demands it. Corporate tenants only.
   */
  verification?: VerificationInput;
}

/**
 * Online identification of a signer (GwG); corporate tenants only. Neither `verifiedOn` nor
 * `rejectedOn` means that it is still to be done.
 */
export interface Verification {
  /**
   * Identifier at the identification provider.
   * At most 36 characters.
   */
  processId?: string;
  /**
   * When the identification was approved (UTC).
   * RFC 3339 with an offset.
   */
  verifiedOn?: string;
  /**
   * When the identification was rejected (UTC).
   * RFC 3339 with an offset.
   */
  rejectedOn?: string;
  /**
   * The provider's result: JSON in a string.
   * At most 20000 characters.
   */
  payload?: string;
  /** Files that the provider made: a PDF report, a ZIP bundle. */
  files?: Array<string>;
  /**
   * Whether a Swiss residence permit is demanded.
   * @defaultValue true
   */
  residentPermit?: boolean;
}

/**
 * Online identification of a signer (GwG); corporate tenants only. Neither `verifiedOn` nor
 * `rejectedOn` means that it is still to be done.
 */
export interface VerificationInput {
  /**
   * Whether a Swiss residence permit is demanded.
   * @defaultValue true
   */
  residentPermit?: boolean;
}

/** A key-value pair of the caller. */
export interface Property {
  /**
   * Key, unique in the process, case-sensitive.
   * At most 64 characters.
   */
  key: string;
  /**
   * Value.
   * At most 64 characters.
   */
  value: string;
}

/** An attached file, its versions and its signature positions. */
export interface FileReference {
  /**
   * Your own reference for the file.
   * At most 50 characters. Letters, digits and `. _ ~ -`.
   */
  externalIdentifier?: string;
  /**
   * The file as it was attached.
   * A UUID.
   */
  initialFileId?: string;
  /**
   * The file after its latest signature; absent before the first.
   * A UUID.
   */
  lastSignedFileId?: string;
  /** Where signatures go. */
  signaturePositions?: Array<FileSignaturePosition>;
}

/**
 * A resolved signature position. The contract speaks of pixels here; the values are the PDF
 * points that were sent.
 */
export interface FileSignaturePosition {
  /**
   * The signer: identification or externalIdentifier.
   * At most 128 characters.
   */
  signer: string;
  /** Page, from 0; negative counts from the end. */
  pageNumber: number;
  /**
   * Left edge of the signature.
   * At least 0.
   */
  positionX: number;
  /**
   * Upper edge of the signature.
   * At least 0.
   */
  positionY: number;
  /** Who draws the visible signature. */
  stickerProvider?: Open<StickerProvider>;
}

/** The signers beside the initiator. */
export interface Invitees {
  /**
   * Plain text in the invitation mails; `\n` breaks lines, HTML tags are removed.
   * At most 8192 characters.
   */
  personalMessage?: string;
  /** The signers. */
  signers?: Array<Signer>;
}

/** The signers beside the initiator. */
export interface InviteesInput {
  /**
   * Plain text in the invitation mails; `\n` breaks lines, HTML tags are removed.
   * At most 8192 characters.
   */
  personalMessage?: string;
  /** The signers. */
  signers?: Array<SignerInput>;
}

/**
 * Body of an answer that reports a failure. Some answers come without: every 401, some 400,
 * 403 and 404.
 */
export interface ErrorBody {
  /**
   * Identifier of this failure in the platform's log.
   * A UUID.
   */
  id?: string;
  /**
   * When it happened (UTC).
   * RFC 3339 with an offset.
   */
  timestamp?: string;
  /** Name of the failure; an open set. */
  name?: string;
  /** Explanation for developers. */
  message?: string;
  /** Path of the request, without `/system`. */
  path?: string;
  /** HTTP status. */
  httpStatus?: number;
  /** Title that can be shown to a user. */
  clientSubject?: string;
  /** Text that can be shown to a user. */
  clientBody?: string;
}

/** Identity in a first-party application of the vendor. */
export interface ProcessAuthenticationInput {
  /**
   * User at the caller's side.
   * A UUID.
   */
  identity: string;
  /** The application. */
  namespace: ApplicationNamespace;
}

/** Options of setup. */
export interface ProcessSetupRequest {
  /** Language of the page. */
  language?: Locale;
  /**
   * Where the page's way back leads.
   * At most 2048 characters.
   */
  backUrl?: string;
  /**
   * Called by GET after success, with the process id in the query; must redirect.
   * At most 2048 characters.
   */
  successUrl?: string;
  /** For the vendor's own applications; ignored for everybody else. */
  authentication?: ProcessAuthenticationInput;
  /**
   * Scopes that are asked for on the token.
   * At most 2048 characters.
   */
  scope?: string;
  /**
   * How the page is shown.
   * @defaultValue DEFAULT
   */
  mode?: DisplayMode;
}

/** Answer of setup. */
export interface ProcessSetupResponse {
  /**
   * The process.
   * A UUID.
   */
  id?: string;
  /** URL of the setup page. */
  url?: string;
}

/** Which mails go out, and in which language. */
export interface NotificationSettings {
  /** Language of the mails. */
  locale: Locale;
  /** Kinds of mail that do not go out. */
  suppress?: Array<NotificationType>;
  /** Automatic reminders. */
  reminder?: ReminderSettings;
}

/** Options of release. With none of them no mail is sent. */
export interface ProcessReleaseRequest {
  /**
   * When the process expires; 30 days from now when absent.
   * RFC 3339 with an offset.
   */
  validUntil?: string;
  /**
   * Former way to ask for mails; `notification.locale` wins over it.
   * @deprecated
   */
  language?: Locale;
  /** Mails to the participants. */
  notification?: NotificationSettings;
  /** The methods that signers may use; the tenant's defaults when absent. */
  signatureMethods?: Array<SignatureMethod>;
}

/** Automatic reminders to signers who are awaited. */
export interface ReminderSettings {
  /**
   * Time between reminders, P1D to P30D.
   * An ISO 8601 duration.
   */
  interval?: string;
  /** Times before expiry, each P1D to P30D. */
  beforeExpiry?: Array<string>;
}

/** Answer of release, the first time (200) and again (208). */
export interface ReleaseResponse {
  /**
   * The process.
   * A UUID.
   */
  id?: string;
  /** Its state now. */
  status?: Open<State>;
  /** The participants and their permanent URLs. */
  participants?: Array<ReleasedParticipant>;
}

/** A participant after release. */
export interface ReleasedParticipant {
  /**
   * Identifier that the platform assigned.
   * A UUID.
   */
  id?: string;
  /**
   * Your own reference.
   * At most 128 characters. Letters, digits and `. _ ~ -`.
   */
  externalIdentifier?: string;
  /**
   * Permanent URL of this participant; a credential, to be handled as one.
   * At most 2048 characters.
   */
  url?: string;
}

/** Options of open. */
export interface ProcessOpenRequest {
  /** Language of the page. */
  language?: Locale;
  /**
   * Whether the options are stored or apply to this URL only.
   * @defaultValue TEMPORARY
   */
  lifecycle?: OpenLifecycle;
  /**
   * Whether the URL carries a one-time code that replaces the authorization step. The
   * caller vouches that its user is this person (guide, "Open Request").
   * @defaultValue false
   */
  skipAuthorization?: boolean;
  /**
   * Where the page's home button leads.
   * At most 2048 characters.
   */
  backUrl?: string;
  /**
   * Called by GET after the signature, with identifiers in the query; must redirect.
   * At most 2048 characters.
   */
  successUrl?: string;
  /** For the vendor's own applications; ignored for everybody else. */
  authentication?: ProcessAuthenticationInput;
  /**
   * Scopes that are asked for on the token.
   * At most 2048 characters.
   */
  scope?: string;
  /**
   * How the page is shown.
   * @defaultValue DEFAULT
   */
  mode?: DisplayMode;
}

/** Answer of open. */
export interface ProcessOpenResponse {
  /**
   * The process.
   * A UUID.
   */
  id?: string;
  /** URL for this participant, valid for a short time: a credential. */
  url?: string;
}

/** A signature position by page and coordinates, in PDF points of the page as displayed. */
export interface CoordinateSignaturePositionInput {
  /**
   * The signer: identification or externalIdentifier.
   * At most 128 characters.
   */
  signer: string;
  /** Discriminator: absent or `COORDINATES`. */
  locator?: "COORDINATES";
  /** Page, from 0; negative counts from the end, -1 is the last page. */
  pageNumber: number;
  /**
   * Left edge of the signature, in PDF points from the left.
   * At least 0.
   */
  positionX: number;
  /**
   * Upper edge of the signature, in PDF points from the top.
   * At least 0.
   */
  positionY: number;
  /** Who draws the visible signature. */
  stickerProvider?: StickerProvider;
}

/** A file that is attached, and the answer of getFile. */
export interface FileAttachment {
  /**
   * Identifier that the platform assigned.
   * A UUID.
   */
  id?: string;
  /**
   * File name, with its ending.
   * At most 255 characters.
   */
  name: string;
  /**
   * The bytes in Base64. The length limit is three characters short of a padded 40 MiB
   * file, so the largest file that satisfies it has 41 943 039 bytes.
   * At most 55924053 characters.
   */
  content: string;
  /**
   * Media type: `application/pdf`.
   * At most 50 characters.
   */
  contentType: string;
  /**
   * Your own reference for this file; unique in the process, usable to download it.
   * At most 50 characters. Letters, digits and `. _ ~ -`.
   */
  externalIdentifier?: string;
}

/** A file that is attached, and the answer of getFile. */
export interface FileAttachmentInput {
  /**
   * File name, with its ending.
   * At most 255 characters.
   */
  name: string;
  /**
   * The bytes in Base64. The length limit is three characters short of a padded 40 MiB
   * file, so the largest file that satisfies it has 41 943 039 bytes.
   * At most 55924053 characters.
   */
  content: string;
  /**
   * Media type: `application/pdf`.
   * At most 50 characters.
   */
  contentType: string;
  /**
   * Your own reference for this file; unique in the process, usable to download it.
   * At most 50 characters. Letters, digits and `. _ ~ -`.
   */
  externalIdentifier?: string;
  /** Where signatures go. */
  signaturePositions?: Array<FileSignaturePositionInput>;
}

/**
 * A signature position at a tag in the text of the PDF: `\s1\` for the first signer, `\s2\`
 * for the second. The tag marks the upper left corner.
 */
export interface TagSignaturePositionInput {
  /**
   * The signer: identification or externalIdentifier.
   * At most 128 characters.
   */
  signer: string;
  /** Discriminator: `TAG`. */
  locator: "TAG";
  /**
   * Shift to the right, in PDF points.
   * At least -200. At most 200.
   */
  offsetX?: number;
  /**
   * Shift downwards, in PDF points.
   * At least -200. At most 200.
   */
  offsetY?: number;
  /** Who draws the visible signature. */
  stickerProvider?: StickerProvider;
}

/** Answer of attach. */
export interface FileAttachResponse {
  /**
   * Identifier of the file.
   * A UUID.
   */
  fileId?: string;
}

/** Where a page stands among all. */
export interface PageMetadata {
  /** Processes that match, on all pages. */
  totalElements?: number;
  /** Number of pages. */
  totalPages?: number;
  /** Processes per page. */
  size?: number;
  /** This page, from 0. */
  number?: number;
}

/** Answer of findAll. */
export interface ProcessPage {
  /** The processes of this page. */
  content?: Array<Process>;
  /** Where this page stands. */
  page?: PageMetadata;
  /**
   * Former place of `page.totalElements`.
   * @deprecated
   */
  totalElements?: number;
  /**
   * Former place of `page.totalPages`.
   * @deprecated
   */
  totalPages?: number;
  /**
   * Former place of `page.number`.
   * @deprecated
   */
  number?: number;
  /**
   * Former place of `page.size`.
   * @deprecated
   */
  size?: number;
  /**
   * True for the first page; compare `page.number` instead.
   * @deprecated
   */
  first?: boolean;
  /**
   * True for the last page; compare `page.number` instead.
   * @deprecated
   */
  last?: boolean;
}

/** Answer of getStatus. */
export interface ProcessStatusResponse {
  /**
   * The process.
   * A UUID.
   */
  id?: string;
  /** Its state. */
  status?: Open<State>;
}

/** One audited action. */
export interface AuditRecord {
  /**
   * Identifier of the record.
   * A UUID.
   */
  id?: string;
  /**
   * When it was written (UTC).
   * RFC 3339 with an offset.
   */
  createdDate?: string;
  /**
   * What happened: `sign`, `email`, `payment`, `identification`, `transaction`, or a label
   * that is not listed.
   */
  action?: string;
  /** With which result. */
  status?: Open<RecordStatus>;
  /** More about it, by action. */
  extras?: Record<string, string>;
}

/** Answer of getRecords. */
export interface AuditSuccessRecordResponse {
  /** The records, newest first. */
  records?: Array<AuditRecord>;
}

/** Query parameters of findAll; not a schema of the contract, but checked like one. */
export interface FindAllQuery {
  /** Only processes in this state. */
  status?: State;
  /**
   * Only processes of this team.
   * A UUID.
   */
  teamId?: string;
  /**
   * Only processes that expire within this ISO 8601 duration from now.
   * An ISO 8601 duration.
   */
  validUntilWithin?: string;
  /**
   * Page, from 0.
   * At least 0. @defaultValue 0
   */
  page?: number;
  /**
   * Processes per page, at most 20.
   * At least 1. At most 20. @defaultValue 20
   */
  size?: number;
  /** `createdDate,asc` or `createdDate,desc`; newest first when absent. */
  sort?: Array<string>;
}

/** One of several types, distinguished by `type`. */
export type Participant = NonPerson | Person | Signer;

/** One of several types, distinguished by `type`. */
export type ParticipantInput = NonPersonInput | PersonInput | SignerInput;

/** One of several types, distinguished by `locator`. */
export type FileSignaturePositionInput = CoordinateSignaturePositionInput | TagSignaturePositionInput;

/** Types of request and response, by operation. */
export interface OperationTypes {
  /** `GET /api/process`, scope `sswp:process:read:all`. */
  findAll: { request: FindAllQuery; response: ProcessPage };
  /** `POST /api/process`, scope `sswp:process:create`. */
  create: { request: ProcessInput; response: Process };
  /** `POST /api/process/{processId}/attach`, scope `sswp:process:create`. */
  attach: { request: FileAttachmentInput; response: FileAttachResponse };
  /** `POST /api/process/{processId}/setup`, scope `sswp:process:create`. */
  setup: { request: ProcessSetupRequest; response: ProcessSetupResponse };
  /** `POST /api/process/{processId}/release`, scope `sswp:process:create`. */
  release: { request: ProcessReleaseRequest; response: ReleaseResponse };
  /** `POST /api/process/{processId}/open/{personId}`, scope `sswp:process:read`. */
  open: { request: ProcessOpenRequest; response: ProcessOpenResponse };
  /** `GET /api/process/{processId}`, scope `sswp:process:read`. */
  getProcess: { request: undefined; response: Process };
  /** `GET /api/process/{processId}/status`, scope `sswp:process:read`. */
  getStatus: { request: undefined; response: ProcessStatusResponse };
  /** `GET /api/process/{processId}/record`, scope `sswp:process:read`. */
  getRecords: { request: undefined; response: AuditSuccessRecordResponse };
  /** `GET /api/process/{processId}/file/{fileId}`, scope `sswp:process:read`. */
  getFile: { request: undefined; response: FileAttachment };
  /** `GET /api/process/{processId}/file/{fileId}/content`, scope `sswp:process:read`. */
  getFileContent: { request: undefined; response: Uint8Array };
}
