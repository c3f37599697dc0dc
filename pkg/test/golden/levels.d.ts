import type { SignatureLevel, SignatureMethod } from "./generated/contract.js";
/** A language of the explanations. */
export type Language = "de" | "fr" | "it" | "en";
/** What a signature is worth: simple (SES, EES), advanced (AES, FES), qualified (QES). */
export type Quality = "SES" | "AES" | "QES";
/** The law under which a certificate is issued: Swiss (ZertES) or of the EU (eIDAS). */
export type Legislation = "ZERTES" | "EIDAS";
/** A signature level, explained. */
export interface LevelExplanation {
    level: SignatureLevel;
    quality: Quality;
    /** Absent for SIMPLE, which no certificate law knows. */
    legislation?: Legislation;
    /** The methods by which a signer can confirm at this level. */
    methods: SignatureMethod[];
    /** Name of the level. */
    name: string;
    /** The law, as it is cited. */
    law?: string;
    /** What a signature of this level is, and what it replaces. Information, not legal advice. */
    meaning: string;
}
/**
 * Explains a signature level (contract, `Process.signatureLevel`): what it is, under which law, and
 * what it replaces.
 *
 * @param language `en` when absent; of a locale such as `de-CH` the language counts.
 * @throws SignError `invalid_argument` for a level or a language that is not known here.
 */
export declare function explainLevel(level: SignatureLevel, language?: Language | `${Language}-${string}`): LevelExplanation;
/**
 * The signature level of a quality and a legislation, as other Swiss services name them. Qualified
 * certificates of Switzerland and of the EU do not stand for each other, so that an advanced or
 * qualified signature needs the legislation.
 *
 * @example
 * await sign.processes.create({ signatureLevel: levelOf({ quality: "QES", legislation: "ZERTES" }), initiator });
 * @throws SignError `invalid_argument` for what is no level.
 */
export declare function levelOf(wanted: {
    quality: Quality;
    legislation?: Legislation;
}): SignatureLevel;
