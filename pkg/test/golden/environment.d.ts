import { SignError } from "./errors.js";
/** Base URL of the API and the token endpoint that belongs to it. */
export interface Endpoints {
    /** Base URL, such as `https://sign.swisscom.ch/system`. */
    apiUrl: string;
    /** Token endpoint (OAuth 2.0 client credentials). */
    tokenUrl: string;
}
/** A known environment: the platform, its test system, or a local sandbox on its default port. */
export type EnvironmentName = "production" | "test" | "sandbox";
/** The URLs of an environment. */
export declare function resolveEndpoints(environment: EnvironmentName | Partial<Endpoints>): Partial<Endpoints>;
/** Parses a URL to which tokens and secrets may be sent, and removes trailing slashes. */
export declare function parseUrl(name: string, value: unknown): string;
export declare function assertNotBrowser(allowed: boolean | undefined): void;
export declare function configurationError(message: string): SignError;
