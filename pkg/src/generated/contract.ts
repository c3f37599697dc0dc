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

/** Authorization that a participant needs to open the process. */
export type Authorization = "CODE" | "ACCOUNT";

/** Comparison of the declared name with the name in the signing certificate. */
export type CertificateMatch = "UNCHECKED" | "MATCH" | "MISMATCH";

/** How the hosted page is displayed. */
export type DisplayMode = "DEFAULT" | "EMBEDDED";

/** Language of pages and mails (BCP 47). */
export type Locale = "en-GB" | "de-CH" | "fr-CH" | "it-CH";

/** How a signature position is specified. */
export type Locator = "COORDINATES" | "TAG";

/** A mail that can be suppressed. */
export type NotificationType = "ALL" | "INVITE" | "COMPLETION";

/** Validity of the options of open. */
export type OpenLifecycle = "PERMANENT" | "TEMPORARY";

/** Result of an audited action. */
export type RecordStatus = "INITIALIZE" | "ABORT" | "FAIL" | "SUCCESS" | "UNKNOWN";

/** Legal quality of the signatures of a process. */
export type SignatureLevel = "SIMPLE" | "ADVANCED" | "ADVANCED_EU" | "QUALIFIED" | "QUALIFIED_EU";

/** How a signer approves a signature. */
export type SignatureMethod = "APP" | "SMS" | "CLICK" | "PASSKEY" | "OSS";

/** Status of a signer. */
export type SignerStatus = "WAITING" | "PENDING" | "SIGNED" | "CANCELED" | "DECLINED" | "REMOVED" | "REPLACED";

/** State of a signing process (guide, "States"). */
export type State = "CREATED" | "PENDING" | "COMPLETED" | "EXPIRED";

/** Source of the visible signature. */
export type StickerProvider = "VISUAL_SIGNATURE_PROVIDER" | "CUSTOM_VISUAL_SIGNATURE_PROVIDER";

/** A technical system, for instance as initiator; it never signs. */
export interface NonPerson {
  /**
   * Discriminator: `NON_PERSON`.
   * @defaultValue NON_PERSON
   */
  type: "NON_PERSON";
  /**
   * Identifier assigned by the platform.
   * A UUID.
   */
  identification?: string | undefined;
  /**
   * Your reference for this system.
   * At most 50 characters. Letters, digits and `. _ ~ -`.
   */
  externalIdentifier?: string | undefined;
  /**
   * Displayed name.
   * At most 50 characters.
   */
  name: string;
}

/** A technical system, for instance as initiator; it never signs. */
export interface NonPersonInput {
  /**
   * Discriminator: `NON_PERSON`.
   * @defaultValue NON_PERSON
   */
  type: "NON_PERSON";
  /**
   * Your reference for this system.
   * At most 50 characters. Letters, digits and `. _ ~ -`.
   */
  externalIdentifier?: string | undefined;
  /**
   * Displayed name.
   * At most 50 characters.
   */
  name: string;
}

/** A human participant who does not sign. Requires `email` or both names. */
export interface Person {
  /**
   * Discriminator: `PERSON`.
   * @defaultValue PERSON
   */
  type: "PERSON";
  /**
   * Identifier assigned by the platform.
   * A UUID.
   */
  identification?: string | undefined;
  /**
   * Your reference for this person.
   * At most 50 characters. Letters, digits and `. _ ~ -`.
   */
  externalIdentifier?: string | undefined;
  /**
   * First name.
   * At most 64 characters.
   */
  firstName?: string | undefined;
  /**
   * Last name.
   * At most 64 characters.
   */
  lastName?: string | undefined;
  /**
   * E-mail address (RFC 5322).
   * At most 254 characters.
   */
  email?: string | undefined;
  /**
   * Mobile number in E.164, for instance `+41791234567`.
   * At most 16 characters.
   */
  mobile?: string | undefined;
}

/** A human participant who does not sign. Requires `email` or both names. */
export interface PersonInput {
  /**
   * Discriminator: `PERSON`.
   * @defaultValue PERSON
   */
  type: "PERSON";
  /**
   * Your reference for this person.
   * At most 50 characters. Letters, digits and `. _ ~ -`.
   */
  externalIdentifier?: string | undefined;
  /**
   * First name.
   * At most 64 characters.
   */
  firstName?: string | undefined;
  /**
   * Last name.
   * At most 64 characters.
   */
  lastName?: string | undefined;
  /**
   * E-mail address (RFC 5322).
   * At most 254 characters.
   */
  email?: string | undefined;
  /**
   * Mobile number in E.164, for instance `+41791234567`.
   * At most 16 characters.
   */
  mobile?: string | undefined;
}

/** A signing process: one or more signers of one or more files. */
export interface Process {
  /**
   * Identifier assigned by the platform.
   * A UUID.
   */
  id?: string | undefined;
  /** State of the process. */
  status?: Open<State> | undefined;
  /**
   * Legal quality of the signatures.
   * @defaultValue QUALIFIED
   */
  signatureLevel?: Open<SignatureLevel> | undefined;
  /** Initiator: a system, a person, or a person who also signs. */
  initiator: Participant;
  /** The other signers; an initiator who signs is not repeated here. */
  invitees?: Invitees | undefined;
  /**
   * Team (created in the Swisscom Sign cockpit) whose members see the process; fixed at creation.
   * A UUID.
   */
  teamId?: string | undefined;
  /**
   * Your key-value pairs; keys are unique.
   * At most 8 items.
   */
  properties?: Array<Property> | undefined;
  /**
   * Your opaque text, for correlation and audit.
   * At most 8192 characters.
   */
  payload?: string | undefined;
  /**
   * Expiry of the process; set by release.
   * RFC 3339 with an offset.
   */
  validUntil?: string | undefined;
  /**
   * Time of creation (UTC).
   * RFC 3339 with an offset.
   */
  createdDate?: string | undefined;
  /**
   * Time of the last change (UTC).
   * RFC 3339 with an offset.
   */
  lastModifiedDate?: string | undefined;
  /**
   * Time at which the files will be deleted (UTC).
   * RFC 3339 with an offset.
   */
  archiveOn?: string | undefined;
  /**
   * Time at which the files were deleted (UTC).
   * RFC 3339 with an offset.
   */
  archivedOn?: string | undefined;
  /** Attached files, their versions and signature positions. */
  fileReferences?: Array<FileReference> | undefined;
  /** An existing partner. */
  partnerId?: string | undefined;
}

/** A signing process: one or more signers of one or more files. */
export interface ProcessInput {
  /**
   * Legal quality of the signatures.
   * @defaultValue QUALIFIED
   */
  signatureLevel?: SignatureLevel | undefined;
  /** Initiator: a system, a person, or a person who also signs. */
  initiator: ParticipantInput;
  /** The other signers; an initiator who signs is not repeated here. */
  invitees?: InviteesInput | undefined;
  /**
   * Team (created in the Swisscom Sign cockpit) whose members see the process; fixed at creation.
   * A UUID.
   */
  teamId?: string | undefined;
  /**
   * Your key-value pairs; keys are unique.
   * At most 8 items.
   */
  properties?: Array<Property> | undefined;
  /**
   * Your opaque text, for correlation and audit.
   * At most 8192 characters.
   */
  payload?: string | undefined;
  /** An existing partner. */
  partnerId?: string | undefined;
  /**
   * Authorization that participants need to open the process.
   * @defaultValue CODE
   */
  authorization?: Authorization | undefined;
}

/** A human who signs. */
export interface Signer {
  /**
   * Discriminator: `SIGNER`.
   * @defaultValue SIGNER
   */
  type: "SIGNER";
  /**
   * Identifier assigned by the platform.
   * A UUID.
   */
  identification?: string | undefined;
  /**
   * Your reference for this signer; accepted wherever a signer is referenced.
   * At most 50 characters. Letters, digits and `. _ ~ -`.
   */
  externalIdentifier?: string | undefined;
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
  email?: string | undefined;
  /**
   * Mobile number in E.164. If set, access codes are sent by SMS instead of e-mail; a Swiss
   * number (+41…) is preselected and fixed for ADVANCED signatures.
   * At most 16 characters.
   */
  mobile?: string | undefined;
  /**
   * Displayed role or function.
   * At most 256 characters.
   */
  role?: string | undefined;
  /**
   * Online identification (GwG) that is required before the signature; an empty object also
   * requires it. Corporate tenants only.
   */
  verification?: Verification | undefined;
  /** Status of the signer. */
  status?: Open<SignerStatus> | undefined;
  /**
   * Time of the signature (UTC); with `SIGNED` only.
   * RFC 3339 with an offset.
   */
  signedOn?: string | undefined;
  /**
   * Use `canceledOn`.
   * RFC 3339 with an offset. @deprecated
   */
  discontinuedOn?: string | undefined;
  /**
   * Time of the cancellation (UTC); with `CANCELED` only.
   * RFC 3339 with an offset.
   */
  canceledOn?: string | undefined;
  /** Full name in the signing certificate; absent without a certificate. */
  certificateName?: string | undefined;
  /** Comparison of the declared name with `certificateName`. */
  certificateMatch?: Open<CertificateMatch> | undefined;
}

/** A human who signs. */
export interface SignerInput {
  /**
   * Discriminator: `SIGNER`.
   * @defaultValue SIGNER
   */
  type: "SIGNER";
  /**
   * Your reference for this signer; accepted wherever a signer is referenced.
   * At most 50 characters. Letters, digits and `. _ ~ -`.
   */
  externalIdentifier?: string | undefined;
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
  email?: string | undefined;
  /**
   * Mobile number in E.164. If set, access codes are sent by SMS instead of e-mail; a Swiss
   * number (+41…) is preselected and fixed for ADVANCED signatures.
   * At most 16 characters.
   */
  mobile?: string | undefined;
  /**
   * Displayed role or function.
   * At most 256 characters.
   */
  role?: string | undefined;
  /**
   * Online identification (GwG) that is required before the signature; an empty object also
   * requires it. Corporate tenants only.
   */
  verification?: VerificationInput | undefined;
}

/**
 * Online identification of a signer (GwG); corporate tenants only. It is pending if neither
 * `verifiedOn` nor `rejectedOn` is set.
 */
export interface Verification {
  /**
   * Identifier at the identification provider.
   * At most 36 characters.
   */
  processId?: string | undefined;
  /**
   * Time of the approval (UTC).
   * RFC 3339 with an offset.
   */
  verifiedOn?: string | undefined;
  /**
   * Time of the rejection (UTC).
   * RFC 3339 with an offset.
   */
  rejectedOn?: string | undefined;
  /**
   * Result of the provider: JSON in a string.
   * At most 20000 characters.
   */
  payload?: string | undefined;
  /** Files of the provider: a PDF report, a ZIP bundle. */
  files?: Array<string> | undefined;
  /**
   * Whether a Swiss residence permit is required.
   * @defaultValue true
   */
  residentPermit?: boolean | undefined;
}

/**
 * Online identification of a signer (GwG); corporate tenants only. It is pending if neither
 * `verifiedOn` nor `rejectedOn` is set.
 */
export interface VerificationInput {
  /**
   * Whether a Swiss residence permit is required.
   * @defaultValue true
   */
  residentPermit?: boolean | undefined;
}

/** A key-value pair. */
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
   * Your reference for the file.
   * At most 50 characters. Letters, digits and `. _ ~ -`.
   */
  externalIdentifier?: string | undefined;
  /**
   * The attached file, without signatures.
   * A UUID.
   */
  initialFileId?: string | undefined;
  /**
   * The file with its latest signature; absent before the first signature.
   * A UUID.
   */
  lastSignedFileId?: string | undefined;
  /** Signature positions. */
  signaturePositions?: Array<FileSignaturePosition> | undefined;
}

/**
 * A resolved signature position. The contract says pixels; the values are the PDF points of the
 * request.
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
  /** Source of the visible signature. */
  stickerProvider?: Open<StickerProvider> | undefined;
}

/** The signers other than the initiator. */
export interface Invitees {
  /**
   * Plain text in the invitation mails; `\n` breaks lines, HTML tags are removed.
   * At most 8192 characters.
   */
  personalMessage?: string | undefined;
  /** The signers. */
  signers?: Array<Signer> | undefined;
}

/** The signers other than the initiator. */
export interface InviteesInput {
  /**
   * Plain text in the invitation mails; `\n` breaks lines, HTML tags are removed.
   * At most 8192 characters.
   */
  personalMessage?: string | undefined;
  /** The signers. */
  signers?: Array<SignerInput> | undefined;
}

/** Error body. Some error responses have no body: every 401, some 400, 403 and 404. */
export interface ErrorBody {
  /**
   * Identifier of this error in the platform's log.
   * A UUID.
   */
  id?: string | undefined;
  /**
   * Time of the error (UTC).
   * RFC 3339 with an offset.
   */
  timestamp?: string | undefined;
  /** Name of the error; an open set. */
  name?: string | undefined;
  /** Explanation for developers. */
  message?: string | undefined;
  /** Path of the request, without `/system`. */
  path?: string | undefined;
  /** HTTP status. */
  httpStatus?: number | undefined;
  /** Title that can be shown to a user. */
  clientSubject?: string | undefined;
  /** Text that can be shown to a user. */
  clientBody?: string | undefined;
}

/** Identity in a first-party application of the vendor. */
export interface ProcessAuthenticationInput {
  /**
   * Identifier of the caller's user.
   * A UUID.
   */
  identity: string;
  /** The application. */
  namespace: ApplicationNamespace;
}

/** Options of setup. */
export interface ProcessSetupRequest {
  /** Language of the page. */
  language?: Locale | undefined;
  /**
   * Target of the back button.
   * At most 2048 characters.
   */
  backUrl?: string | undefined;
  /**
   * Requested with GET after success, with the process ID in the query; must redirect.
   * At most 2048 characters.
   */
  successUrl?: string | undefined;
  /** For the vendor's own applications; ignored for other clients. */
  authentication?: ProcessAuthenticationInput | undefined;
  /**
   * Scopes to request for the token.
   * At most 2048 characters.
   */
  scope?: string | undefined;
  /**
   * How the page is displayed.
   * @defaultValue DEFAULT
   */
  mode?: DisplayMode | undefined;
}

/** Response of setup. */
export interface ProcessSetupResponse {
  /**
   * Identifier of the process.
   * A UUID.
   */
  id?: string | undefined;
  /** URL of the setup page. */
  url?: string | undefined;
}

/** Mails to the participants. */
export interface NotificationSettings {
  /** Language of the mails. */
  locale: Locale;
  /** Suppressed mails. */
  suppress?: Array<NotificationType> | undefined;
  /** Automatic reminders. */
  reminder?: ReminderSettings | undefined;
}

/** Options of release. Without `notification` or `language` no mail is sent. */
export interface ProcessReleaseRequest {
  /**
   * Expiry of the process; 30 days from now if absent.
   * RFC 3339 with an offset.
   */
  validUntil?: string | Date | undefined;
  /**
   * Use `notification.locale`, which takes precedence.
   * @deprecated
   */
  language?: Locale | undefined;
  /** Mails to the participants. */
  notification?: NotificationSettings | undefined;
  /** Allowed signature methods; the tenant's defaults if absent. */
  signatureMethods?: Array<SignatureMethod> | undefined;
}

/** Automatic reminders to signers who have not signed. */
export interface ReminderSettings {
  /**
   * Time between reminders, P1D to P30D.
   * An ISO 8601 duration.
   */
  interval?: string | undefined;
  /** Times before expiry, each P1D to P30D. */
  beforeExpiry?: Array<string> | undefined;
}

/** Response of release, both the first (200) and later ones (208). */
export interface ReleaseResponse {
  /**
   * Identifier of the process.
   * A UUID.
   */
  id?: string | undefined;
  /** State. */
  status?: Open<State> | undefined;
  /** Participants with their permanent URLs. */
  participants?: Array<ReleasedParticipant> | undefined;
}

/** A participant of a released process. */
export interface ReleasedParticipant {
  /**
   * Identifier assigned by the platform.
   * A UUID.
   */
  id?: string | undefined;
  /**
   * Your reference.
   * At most 128 characters. Letters, digits and `. _ ~ -`.
   */
  externalIdentifier?: string | undefined;
  /**
   * Permanent URL of this participant. It is a credential: keep it secret.
   * At most 2048 characters.
   */
  url?: string | undefined;
}

/** Options of open. */
export interface ProcessOpenRequest {
  /** Language of the page. */
  language?: Locale | undefined;
  /**
   * Whether the options are stored or apply to this URL only.
   * @defaultValue TEMPORARY
   */
  lifecycle?: OpenLifecycle | undefined;
  /**
   * Whether the URL contains a one-time code that replaces the authorization step. The
   * caller guarantees that its user is this person (guide, "Open Request").
   * @defaultValue false
   */
  skipAuthorization?: boolean | undefined;
  /**
   * Target of the home button.
   * At most 2048 characters.
   */
  backUrl?: string | undefined;
  /**
   * Requested with GET after the signature, with identifiers in the query; must redirect.
   * At most 2048 characters.
   */
  successUrl?: string | undefined;
  /** For the vendor's own applications; ignored for other clients. */
  authentication?: ProcessAuthenticationInput | undefined;
  /**
   * Scopes to request for the token.
   * At most 2048 characters.
   */
  scope?: string | undefined;
  /**
   * How the page is displayed.
   * @defaultValue DEFAULT
   */
  mode?: DisplayMode | undefined;
}

/** Response of open. */
export interface ProcessOpenResponse {
  /**
   * Identifier of the process.
   * A UUID.
   */
  id?: string | undefined;
  /** URL for this participant, valid for a short time. It is a credential: keep it secret. */
  url?: string | undefined;
}

/** A signature position by page and coordinates, in PDF points of the page as displayed. */
export interface CoordinateSignaturePositionInput {
  /**
   * The signer: identification or externalIdentifier.
   * At most 128 characters.
   */
  signer: string;
  /** Discriminator: absent or `COORDINATES`. */
  locator?: "COORDINATES" | undefined;
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
  /** Source of the visible signature. */
  stickerProvider?: StickerProvider | undefined;
}

/** File to attach, and response of getFile. */
export interface FileAttachment {
  /**
   * Identifier assigned by the platform.
   * A UUID.
   */
  id?: string | undefined;
  /**
   * File name with its extension.
   * At most 255 characters.
   */
  name: string;
  /**
   * Content in Base64. The length limit is three characters less than a padded 40 MiB file
   * needs, so the maximum size of a file is 41 943 039 bytes.
   * At most 55924053 characters.
   */
  content: string;
  /**
   * Media type: `application/pdf`.
   * At most 50 characters.
   */
  contentType: string;
  /**
   * Your reference for this file; unique in the process, usable to download it.
   * At most 50 characters. Letters, digits and `. _ ~ -`.
   */
  externalIdentifier?: string | undefined;
}

/** File to attach, and response of getFile. */
export interface FileAttachmentInput {
  /**
   * File name with its extension.
   * At most 255 characters.
   */
  name: string;
  /**
   * Content in Base64. The length limit is three characters less than a padded 40 MiB file
   * needs, so the maximum size of a file is 41 943 039 bytes.
   * At most 55924053 characters.
   */
  content: string;
  /**
   * Media type: `application/pdf`.
   * At most 50 characters.
   */
  contentType: string;
  /**
   * Your reference for this file; unique in the process, usable to download it.
   * At most 50 characters. Letters, digits and `. _ ~ -`.
   */
  externalIdentifier?: string | undefined;
  /** Signature positions. */
  signaturePositions?: Array<FileSignaturePositionInput> | undefined;
}

/**
 * A signature position at a tag in the text of the PDF: `\s1\` for the first signer, `\s2\`
 * for the second. The tag marks the upper left corner of the signature.
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
  offsetX?: number | undefined;
  /**
   * Shift downwards, in PDF points.
   * At least -200. At most 200.
   */
  offsetY?: number | undefined;
  /** Source of the visible signature. */
  stickerProvider?: StickerProvider | undefined;
}

/** Response of attach. */
export interface FileAttachResponse {
  /**
   * Identifier of the file.
   * A UUID.
   */
  fileId?: string | undefined;
}

/** Position of a page in the list. */
export interface PageMetadata {
  /** Number of processes on all pages. */
  totalElements?: number | undefined;
  /** Number of pages. */
  totalPages?: number | undefined;
  /** Processes per page. */
  size?: number | undefined;
  /** Number of this page, from 0. */
  number?: number | undefined;
}

/** Response of findAll. */
export interface ProcessPage {
  /** The processes of this page. */
  content?: Array<Process> | undefined;
  /** Position of this page. */
  page?: PageMetadata | undefined;
  /**
   * Use `page.totalElements`.
   * @deprecated
   */
  totalElements?: number | undefined;
  /**
   * Use `page.totalPages`.
   * @deprecated
   */
  totalPages?: number | undefined;
  /**
   * Use `page.number`.
   * @deprecated
   */
  number?: number | undefined;
  /**
   * Use `page.size`.
   * @deprecated
   */
  size?: number | undefined;
  /**
   * True for the first page; use `page.number`.
   * @deprecated
   */
  first?: boolean | undefined;
  /**
   * True for the last page; use `page.number`.
   * @deprecated
   */
  last?: boolean | undefined;
}

/** Response of getStatus. */
export interface ProcessStatusResponse {
  /**
   * Identifier of the process.
   * A UUID.
   */
  id?: string | undefined;
  /** State. */
  status?: Open<State> | undefined;
}

/** Audit record of an action. */
export interface AuditRecord {
  /**
   * Identifier of the record.
   * A UUID.
   */
  id?: string | undefined;
  /**
   * Time of the record (UTC).
   * RFC 3339 with an offset.
   */
  createdDate?: string | undefined;
  /** Action: `sign`, `email`, `payment`, `identification`, `transaction`, or another label. */
  action?: string | undefined;
  /** Result of the action. */
  status?: Open<RecordStatus> | undefined;
  /** Further data, by action. */
  extras?: Record<string, string> | undefined;
}

/** Response of getRecords. */
export interface AuditSuccessRecordResponse {
  /** The records, newest first. */
  records?: Array<AuditRecord> | undefined;
}

/** Query parameters of findAll; not a schema of the contract, but validated like one. */
export interface FindAllQuery {
  /** Only processes in this state. */
  status?: State | undefined;
  /**
   * Only processes of this team.
   * A UUID.
   */
  teamId?: string | undefined;
  /**
   * Only processes that expire within this ISO 8601 duration from now.
   * An ISO 8601 duration.
   */
  validUntilWithin?: string | undefined;
  /**
   * Page, from 0.
   * At least 0. @defaultValue 0
   */
  page?: number | undefined;
  /**
   * Processes per page, at most 20.
   * At least 1. At most 20. @defaultValue 20
   */
  size?: number | undefined;
  /** `createdDate,asc` or `createdDate,desc`; newest first when absent. */
  sort?: Array<string> | undefined;
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
