import { SignError } from "./errors.js";
/** Base URL of the API and the token endpoint that belongs to it. */
export interface Endpoints {
    /** Base URL, such as `https://sign.swisscom.ch/system`. */
    apiUrl: string;
    /** Token endpoint (OAuth 2.0 client credentials). */
    tokenUrl: string;
}
/** A known environment: the platform, its test system, or this project's sandbox on its usual port. */
export type EnvironmentName = "production" | "test" | "sandbox";
/** The URLs of an environment. */
export declare function endpoints(environment: EnvironmentName | Partial<Endpoints>): Partial<Endpoints>;
/** A URL to which a token or a secret can be sent, without a slash at its end. */
export declare function checked(name: string, value: unknown): string;
/** Refuses a secret in a page, where every visitor can read it. */
export declare function guardSecret(allowed: boolean | undefined): void;
export declare function invalid(message: string): SignError;
