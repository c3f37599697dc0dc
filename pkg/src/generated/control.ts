// Made by `cargo xtask types` from crates/sandbox/src; do not edit.

import type { Locale, Scope, SignatureMethod } from "./contract.js";

/** Mode of a clock, or `server` for an organization without a clock of its own. */
export type ClockModeInput = "real" | "frozen" | "offset" | "server";

/** Mode of a clock. */
export type ClockModeName = "real" | "frozen" | "offset";

/** State of a process after a signer declined. The contract has no such state. */
export type DeclineOutcome = "expired" | "pending";

/** Type of a scheduled event. */
export type FiredEventType = "reminder" | "expired" | "archived";

/** Whether the sandbox is ready. */
export type HealthStatus = "ok";

/** Result of the online identification of a signer. */
export type IdentificationResult = "APPROVED" | "REJECTED" | "PENDING";

/** Delivery channel. */
export type MessageChannel = "MAIL" | "SMS";

/** Message type. */
export type MessageType = "INVITE" | "REMINDER" | "COMPLETION" | "CODE";

/** Status for a process that does not exist, or belongs to another organization. */
export type MissingProcess = "contract" | "404" | "409";

/** Operation of the contract, or `token`. */
export type OperationName = "findAll" | "create" | "attach" | "setup" | "release" | "open" | "getProcess" | "getStatus" | "getRecords" | "getFile" | "getFileContent" | "token";

/** Signing of a QUALIFIED process. The vendor's TEST environment has no app for it. */
export type Qes = "refuse" | "simulate";

/** Loss or damage of the response. */
export type ResponseDrop = "closeBefore" | "closeAfter" | "reset" | "truncate" | "throttle" | "garbage";

/** Status for a token without the scope of the operation. */
export type ScopeError = "403" | "401";

/** Data that can be added. */
export type SeedName = "demo";

/** Condition for the download of signed files. */
export type SignedDownload = "partial" | "completed";

/** Status of a signer before the release, which the contract does not define. */
export type SignerBeforeRelease = "waiting" | "pending";

/** Tenant type (contract, "Client Types"). */
export type Tenant = "Public" | "Corporate";

/** Account with which a person can log in. */
export interface Account {
  /** Identifier, as sent by the login form. */
  id: string;
  /** Name on the login page. */
  name: string;
  /** Verified e-mail address. */
  verifiedEmail: string | null;
  /** Verified mobile number (E.164). */
  verifiedMobile: string | null;
  /** Owner whose processes this account may access. */
  owner: Owner | null;
  /** Teams of the account. */
  teams: Array<string>;
}

/** An account to add or to replace. */
export interface AccountInput {
  /** Identifier; new if absent. */
  id?: string | undefined;
  name?: string | undefined;
  verifiedEmail?: string | undefined;
  /** Verified mobile number, E.164. */
  verifiedMobile?: string | undefined;
  /**
   * Organization whose processes the account may access; none if absent.
   * A UUID.
   */
  organizationId?: string | undefined;
  teams?: Array<string> | undefined;
}

/** Active fault rule. */
export interface ActiveFault {
  /**
   * Identifier.
   * At least 1.
   */
  id: number;
  /** Filter. */
  match: FaultMatch;
  /** Action on an affected request. */
  action: FaultAction;
  /**
   * Number of matching requests.
   * At least 0.
   */
  matched: number;
  /**
   * Number of affected requests.
   * At least 0.
   */
  injected: number;
}

/** Step of a clock. */
export interface AdvanceClockInput {
  /**
   * Only the clock of this organization; the server's clock if absent.
   * A UUID.
   */
  organizationId?: string | undefined;
  /**
   * Calendar duration in UTC, such as `P31D`.
   * An ISO 8601 duration.
   */
  by?: string | undefined;
  /**
   * New time, at most 2100.
   * RFC 3339 with an offset.
   */
  to?: string | undefined;
}

/** A client of the API. */
export interface Client {
  clientId: string;
  tenant: Tenant;
  /**
   * Organization; null in a corporate tenant.
   * A UUID.
   */
  organizationId: string | null;
  /** Scopes of every token. */
  defaultScopes: Array<Scope>;
  /** Scopes that are granted on request. */
  optionalScopes: Array<Scope>;
}

/** A client to create. */
export interface ClientInput {
  /** `client_id`; new if absent. */
  clientId?: string | undefined;
  /** `client_secret`; new if absent. */
  clientSecret?: string | undefined;
  /**
   * Organization; the corporate tenant if absent.
   * A UUID.
   */
  organizationId?: string | undefined;
  /** Scopes of every token; create and read if absent. */
  scopes?: Array<Scope> | undefined;
  /** Scopes that are granted on request; read:all if absent. */
  optionalScopes?: Array<Scope> | undefined;
}

/** Setting of a clock. */
export interface ClockSetting {
  mode: ClockModeName;
  /**
   * Time of a frozen clock.
   * RFC 3339 with an offset.
   */
  at?: string | undefined;
  /**
   * Offset of a clock from real time, in hours and smaller units.
   * An ISO 8601 duration.
   */
  by?: string | undefined;
}

/** State of a clock. */
export interface ClockState {
  /** RFC 3339 with an offset. */
  now: string;
  clock: ClockSetting;
  /**
   * Organization that the request names.
   * A UUID.
   */
  organizationId?: string | undefined;
  /** Whether the organization has a clock of its own. */
  hasOwnClock?: boolean | undefined;
  /** Events that became due when the clock was set. */
  events?: Array<FiredEvent> | undefined;
}

/** Input of the setup page. */
export interface CompleteSetupInput {
  /** Whether the signers sign one after the other; unchanged if absent. */
  signingOrder?: boolean | undefined;
  /** UUIDs of the signers in order; unchanged if absent. */
  order?: Array<string> | undefined;
  /** Message in the invitation. */
  message?: string | undefined;
  /** All signature positions; unchanged if absent. */
  positions?: Array<SandboxPosition> | undefined;
  /** Contact data of an initiator who does not sign. */
  initiator?: SetupInitiator | undefined;
}

/** Options of a decline. */
export interface DeclineInput {
  reason?: string | undefined;
}

/** Export of all data, including the secrets of clients. */
export interface Export {
  /**
   * Version of the format.
   * At least 1. At most 1.
   */
  format: number;
  /** Organizations, clients, teams, partners and accounts. */
  directory: Record<string, unknown>;
  /** Clocks. */
  clocks: Record<string, unknown>;
  /** Processes. */
  processes: Array<Record<string, unknown>>;
  /** Content of the files. */
  blobs: Array<ExportedFile>;
  /** Messages; absent in the first exports. */
  messages?: Array<OutboxMessage> | undefined;
}

/** Content of a file. */
export interface ExportedFile {
  /**
   * Identifier.
   * A UUID.
   */
  id: string;
  /** Content. */
  base64: string;
}

/** Action of a fault: `latencyMs`, `status` or `drop`. */
export interface FaultAction {
  /**
   * Delay in milliseconds before the request is processed; with `throttle`, the duration of the
   * body.
   * At least 0. At most 600000.
   */
  latencyMs?: number | undefined;
  /**
   * Status of the response.
   * At least 400. At most 599.
   */
  status?: number | undefined;
  /** `name` of the error in the body, with `status`. */
  error?: string | undefined;
  /**
   * `Retry-After` of the response in seconds, with `status`.
   * At least 0.
   */
  retryAfter?: number | undefined;
  /**
   * Loss or damage of the response. `closeBefore` (the request is not executed), `closeAfter` (it is),
   * `reset` and `garbage` leave no response; `truncate` ends it in the middle of the body;
   * `throttle` sends it slowly.
   */
  drop?: ResponseDrop | undefined;
  /** Whether the request is executed nevertheless, with `status`, `reset` and `garbage`. */
  execute?: boolean | undefined;
}

/** Active fault rules. */
export interface FaultList {
  faults: Array<ActiveFault>;
}

/** Filter for requests; all requests if it is empty. */
export interface FaultMatch {
  /** Operation of the contract, or `token`. */
  operation?: OperationName | undefined;
  /** Client. */
  clientId?: string | undefined;
  /**
   * Organization.
   * A UUID.
   */
  organizationId?: string | undefined;
  /**
   * Process.
   * A UUID.
   */
  processId?: string | undefined;
  /**
   * From the nth matching request, counted from 1; once, unless `times` is set.
   * At least 1.
   */
  nth?: number | undefined;
  /**
   * Number of affected requests; by default 1 with `nth`, unlimited without.
   * At least 1.
   */
  times?: number | undefined;
  /** Probability that a matching request is affected. */
  probability?: number | undefined;
}

/** Fault rule. */
export interface FaultRule {
  /** Filter; all requests if absent. */
  match?: FaultMatch | undefined;
  /** Action on an affected request. */
  action: FaultAction;
}

/** Event that became due because a clock was set. */
export interface FiredEvent {
  /**
   * Due time.
   * RFC 3339 with an offset.
   */
  at: string;
  /** Type. */
  type: FiredEventType;
  /**
   * Process.
   * A UUID.
   */
  processId: string;
  /** Participants who were reminded. */
  participants?: Array<string> | undefined;
}

/** Whether the sandbox is ready. */
export interface Health {
  status: HealthStatus;
}

/** Options of an identification. */
export interface IdentifyInput {
  /** Result; determined by the last name if absent. */
  result?: IdentificationResult | undefined;
}

/** Versions, settings and directory. */
export interface Info {
  version: string;
  contract: string;
  url: string;
  /** RFC 3339 with an offset. */
  now: string;
  clock: ClockSetting;
  /** `memory` or `sqlite`. */
  store: string;
  /** Whether requests to the control API need the admin token. */
  adminToken: boolean;
  settings: SandboxSettings;
  /** Whether files are signed. */
  signatures: boolean;
  organizations: Array<Organization>;
  clients: Array<Client>;
  teams: Array<Team>;
  partners: Array<Partner>;
  accounts: Array<Account>;
}

/** A request and its response, without body, token and secret. */
export interface JournalEntry {
  /**
   * Sequence number; a cursor for `after`.
   * At least 1.
   */
  sequence: number;
  /**
   * Time on the clock of the organization.
   * RFC 3339 with an offset.
   */
  at: string;
  /** Method. */
  method: string;
  /** Path without the query. */
  path: string;
  /** Operation of the contract, or `token`. */
  operation: OperationName | null;
  /** Client that the request names. */
  clientId: string | null;
  /**
   * Organization of the client.
   * A UUID.
   */
  organizationId: string | null;
  /**
   * Process in the path.
   * A UUID.
   */
  processId: string | null;
  /**
   * Response status; null if a fault suppressed the response.
   * At least 100.
   */
  status: number | null;
  /** `name` of the error. */
  error: string | null;
  /** Codes and locations of input that the platform would ignore silently. */
  warnings: Array<string>;
  /** Fault that affected the request. */
  fault: FaultAction | null;
}

/** Filter for entries. */
export interface JournalFilter {
  /**
   * Only this organization; the whole server if absent.
   * A UUID.
   */
  organizationId?: string | undefined;
  /** Operation of the contract, or `token`. */
  operation?: OperationName | undefined;
  /** Client. */
  clientId?: string | undefined;
  /**
   * Process.
   * A UUID.
   */
  processId?: string | undefined;
  /**
   * Response status.
   * At least 0. At most 65535.
   */
  status?: number | undefined;
  /**
   * Only entries after this `sequence`.
   * At least 0.
   */
  after?: number | undefined;
  /**
   * Maximum number of entries, default 1000.
   * At least 0.
   */
  limit?: number | undefined;
  /** Maximum waiting time, such as `5s` or `500ms`; up to 60 s. */
  wait?: string | undefined;
}

/** The new key. */
export interface Key {
  kid: string;
}

/** A new client. */
export interface NewClient {
  clientId: string;
  clientSecret: string;
  /**
   * Organization; null in a corporate tenant.
   * A UUID.
   */
  organizationId: string | null;
  tenant: Tenant;
}

/** A new organization, with its client and its team. */
export interface NewOrganization {
  /** A UUID. */
  id: string;
  name: string;
  clientId: string;
  clientSecret: string;
  /** A UUID. */
  teamId: string;
}

/** An organization. */
export interface Organization {
  /** A UUID. */
  id: string;
  name: string;
}

/** An organization to create. */
export interface OrganizationInput {
  /**
   * Identifier; new if absent.
   * A UUID.
   */
  id?: string | undefined;
  /** Name on the pages. */
  name?: string | undefined;
}

/** Selection of one organization. */
export interface OrganizationQuery {
  /**
   * Only this organization; the whole server if absent.
   * A UUID.
   */
  organizationId?: string | undefined;
}

/** A mail or an SMS that the platform would send. */
export interface OutboxMessage {
  /**
   * Identifier.
   * A UUID.
   */
  id: string;
  /** Channel. */
  channel: MessageChannel;
  /** Address or number. */
  to: string;
  /** Type. */
  type: MessageType;
  /** Language. */
  locale: Locale;
  /** Subject; empty for an SMS. */
  subject: string;
  /** Text. */
  text: string;
  /** Access code, if the message has one. */
  code: string | null;
  /** Links in the text. */
  links: Array<string>;
  /**
   * Process.
   * A UUID.
   */
  processId: string;
  /**
   * Organization; null in a corporate tenant.
   * A UUID.
   */
  organizationId: string | null;
  /**
   * Participant.
   * A UUID.
   */
  personId: string;
  /**
   * Time, on the clock of the platform.
   * RFC 3339 with an offset.
   */
  at: string;
}

/** Page of messages, oldest first. */
export interface OutboxPage {
  /** The messages. */
  messages: Array<OutboxMessage>;
  /** Cursor after these messages, for `after`. */
  next: string;
}

/** Filter for messages. */
export interface OutboxQuery {
  /**
   * Only this organization; the whole server if absent.
   * A UUID.
   */
  organizationId?: string | undefined;
  /** Channel. */
  channel?: MessageChannel | undefined;
  /** Address or number. */
  to?: string | undefined;
  /** Message type. */
  type?: MessageType | undefined;
  /**
   * Process.
   * A UUID.
   */
  processId?: string | undefined;
  /**
   * Participant.
   * A UUID.
   */
  personId?: string | undefined;
  /**
   * Only messages after this cursor, the `next` of a page.
   * At least 0.
   */
  after?: number | undefined;
  /** Maximum waiting time of `GET`, such as `5s` or `500ms`; up to 60 s. */
  wait?: string | undefined;
}

/** Owner of a process. */
export interface Owner {
  /** Tenant. */
  tenant: Tenant;
  /**
   * Organization in the public tenant.
   * A UUID.
   */
  organizationId: string | null;
}

/** Partner on whose behalf an organization creates processes. */
export interface Partner {
  /**
   * Identifier.
   * A UUID.
   */
  id: string;
  /** Name. */
  name: string;
  /**
   * Organization that can use the partner; null for all.
   * A UUID.
   */
  organizationId: string | null;
}

/** Recorded requests, oldest first. */
export interface RequestList {
  requests: Array<JournalEntry>;
}

/** Scope of a reset. */
export interface ResetInput {
  /**
   * Only this organization; the whole server if absent.
   * A UUID.
   */
  organizationId?: string | undefined;
}

/** Tokens to revoke. */
export interface RevokeTokenInput {
  /** A token. */
  token?: string | undefined;
  /** All present tokens of a client. */
  clientId?: string | undefined;
}

/** Options of a key rotation. */
export interface RotateKeyInput {
  /** Whether tokens of the previous keys remain valid; true if absent. */
  keepPrevious?: boolean | undefined;
}

/** Signature position as placed on the setup page, in PDF points of the page as displayed. */
export interface SandboxPosition {
  /**
   * UUID of the file.
   * A UUID.
   */
  fileId: string;
  /**
   * UUID of the signer.
   * A UUID.
   */
  signerId: string;
  /** Page, from 0; negative counts from the end. */
  page: number;
  /** Left edge, from the left. */
  x: number;
  /** Upper edge, from the top. */
  y: number;
}

/** Settings for behaviour that the vendor's documents leave open. */
export interface SandboxSettings {
  /** Rejects unknown and read-only fields (400) instead of reporting them in `Sandbox-Warning`. */
  strict: boolean;
  /** QUALIFIED signatures: refused, as on the vendor's TEST environment (default), or simulated. */
  qes: Qes;
  /** State after a signer declined: EXPIRED (default) or PENDING. */
  declineOutcome: DeclineOutcome;
  /** HTTP status for an unknown process: as documented per operation (default), or one for all. */
  missingProcess: MissingProcess;
  /** HTTP status for a token without the required scope. */
  scopeError: ScopeError;
  /** Signer status before the release; a client should not rely on it. */
  signerBeforeRelease: SignerBeforeRelease;
  /** Signed files are available after the first signature (default), or once COMPLETED. */
  signedDownload: SignedDownload;
  /**
   * Width and height of a visible signature in PDF points, which have to fit on the page; default
   * `170x50`.
   */
  signatureSize: string;
  /**
   * Token lifetime in seconds, default 3600.
   * At least 0.
   */
  tokenTtl: number;
  /**
   * Retention of the files after the end of a process, default `P30D`.
   * An ISO 8601 duration.
   */
  archiveAfter: string;
  /**
   * Lifetime of an access code in seconds, default 300. Not documented by the vendor.
   * At least 0.
   */
  accessCodeTtl: number;
  /**
   * Lifetime in seconds of the one-time code of `open`, default 30, as in the guide.
   * At least 0.
   */
  oneTimeCodeTtl: number;
  /**
   * Lifetime in seconds of the URL of `open`, and of a visit by its one-time code; default 900.
   * At least 0.
   */
  openTtl: number;
  /**
   * Maximum number of incorrect access codes, default 5. Not documented by the vendor.
   * At least 1.
   */
  accessCodeAttempts: number;
}

/** A signer. Either `email` or `mobile` is required. */
export interface SandboxSignerInput {
  firstName: string;
  lastName: string;
  email?: string | undefined;
  /** Mobile number, E.164, such as `+41791234567`. */
  mobile?: string | undefined;
}

/** Data to add. */
export interface SeedInput {
  /** `demo`: processes of organization A in every state. */
  name: SeedName;
}

/** New setting of a clock. */
export interface SetClockInput {
  /**
   * Only the clock of this organization; the server's clock if absent.
   * A UUID.
   */
  organizationId?: string | undefined;
  mode: ClockModeInput;
  /**
   * Time of a frozen clock; its current time if absent.
   * RFC 3339 with an offset.
   */
  at?: string | undefined;
  /**
   * Offset of a clock from real time, in days and smaller units, such as `PT48H`.
   * An ISO 8601 duration.
   */
  by?: string | undefined;
}

/** Initiator who does not sign, as entered on the setup page. Empty strings mean absent. */
export interface SetupInitiator {
  /** First name. */
  firstName?: string | undefined;
  /** Last name. */
  lastName?: string | undefined;
  /** E-mail address. */
  email?: string | undefined;
}

/** Options of a signature. */
export interface SignDecision {
  /** Signature method; the first allowed one if absent. */
  method?: SignatureMethod | undefined;
  /** Name in the certificate; the declared name if absent. */
  certificateName?: string | undefined;
}

/** Signing order. */
export interface SigningOrderInput {
  /** Whether the signers sign one after the other; true if absent. */
  signingOrder?: boolean | undefined;
  /** UUIDs of the signers in order; unchanged if absent. */
  order?: Array<string> | undefined;
}

/** Snapshots. */
export interface SnapshotList {
  snapshots: Array<string>;
}

/** Team of an organization. */
export interface Team {
  /**
   * Identifier.
   * A UUID.
   */
  id: string;
  /** Name. */
  name: string;
  /**
   * Organization of the team; null in the corporate tenant.
   * A UUID.
   */
  organizationId: string | null;
}

/** A team or partner to add or to replace. */
export interface TeamInput {
  /**
   * Identifier; new if absent.
   * A UUID.
   */
  id?: string | undefined;
  name?: string | undefined;
  /**
   * Organization. If absent, a team belongs to the corporate tenant, and a partner to all.
   * A UUID.
   */
  organizationId?: string | undefined;
}

/** A token to issue. */
export interface TokenInput {
  clientId: string;
  /** Scopes, separated by spaces; the client's default scopes if absent. */
  scope?: string | undefined;
  /**
   * Lifetime in seconds; 0 for an expired token.
   * At least 0.
   */
  ttl?: number | undefined;
}

/** Token response; the fields are in the order in which Keycloak writes them. */
export interface TokenResponse {
  /** Token. */
  access_token: string;
  /**
   * Lifetime in seconds.
   * At least 0.
   */
  expires_in: number;
  /**
   * Always 0.
   * At least 0.
   */
  refresh_expires_in: number;
  /** Always `Bearer`. */
  token_type: string;
  /**
   * Always 0.
   * At least 0.
   */
  "not-before-policy": number;
  /** Scopes, separated by spaces. */
  scope: string;
}
