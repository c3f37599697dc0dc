import type { SignatureLevel, SignatureMethod } from "./generated/contract.js";
/** A language of the explanations. */
export type Language = "de" | "fr" | "it" | "en";
/** Quality of a signature: simple (SES, EES), advanced (AES, FES), qualified (QES). */
export type Quality = "SES" | "AES" | "QES";
/** The law under which a certificate is issued: Swiss (ZertES) or of the EU (eIDAS). */
export type Legislation = "ZERTES" | "EIDAS";
/** A signature level, explained. */
export interface LevelExplanation {
    level: SignatureLevel;
    quality: Quality;
    /** Absent for SIMPLE, which needs no certificate. */
    legislation?: Legislation | undefined;
    /** The signature methods of this level. */
    methods: SignatureMethod[];
    /** Name of the level. */
    name: string;
    /** Citation of the law. */
    law?: string | undefined;
    /** Meaning and legal effect of the level. Information, not legal advice. */
    meaning: string;
}
/**
 * Explains a signature level (contract, `Process.signatureLevel`): its meaning, law and legal effect.
 *
 * @param language Default `en`. A locale such as `de-CH` selects its language.
 * @throws SignError `invalid_argument` for an unknown level or language.
 */
export declare function explainLevel(level: SignatureLevel, language?: Language | `${Language}-${string}`): LevelExplanation;
/**
 * The signature level for a quality and a legislation, the terms of other Swiss services. Switzerland
 * and the EU do not recognise each other's qualified certificates, so AES and QES need the
 * legislation.
 *
 * @example
 * await sign.processes.create({ signatureLevel: levelOf({ quality: "QES", legislation: "ZERTES" }), initiator });
 * @throws SignError `invalid_argument` for an invalid combination.
 */
export declare function levelOf(wanted: {
    quality: Quality;
    legislation?: Legislation | undefined;
}): SignatureLevel;
