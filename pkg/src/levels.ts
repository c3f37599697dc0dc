// What the signature levels are worth, in words for the people who choose one. Which level is what
// is the core's (generated/facts.ts); the words stand here, outside the WebAssembly module, in a
// file of their own that bundlers leave out when nobody asks for it.

import { invalid } from "./environment.js";
import type { SignatureLevel, SignatureMethod } from "./generated/contract.js";
import { LEVELS } from "./generated/facts.js";
import { fields } from "./guard.js";

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

const LAWS: Record<Legislation, Record<Language, string>> = {
  ZERTES: {
    de: "Schweizer Bundesgesetz über die elektronische Signatur (ZertES, SR 943.03)",
    fr: "loi fédérale suisse sur la signature électronique (SCSE, RS 943.03)",
    it: "legge federale svizzera sulla firma elettronica (FiEle, RS 943.03)",
    en: "Swiss Federal Act on Electronic Signatures (ZertES, SR 943.03)",
  },
  EIDAS: {
    de: "EU-Verordnung eIDAS (Nr. 910/2014)",
    fr: "règlement de l'UE eIDAS (n° 910/2014)",
    it: "regolamento dell'UE eIDAS (n. 910/2014)",
    en: "EU regulation eIDAS (No 910/2014)",
  },
};

const NAMES: Record<Quality, Record<Language, string>> = {
  SES: {
    de: "einfache elektronische Signatur (EES)",
    fr: "signature électronique simple (SES)",
    it: "firma elettronica semplice (FES)",
    en: "simple electronic signature (SES)",
  },
  AES: {
    de: "fortgeschrittene elektronische Signatur (FES)",
    fr: "signature électronique avancée (SEA)",
    it: "firma elettronica avanzata (FEA)",
    en: "advanced electronic signature (AES)",
  },
  QES: {
    de: "qualifizierte elektronische Signatur (QES)",
    fr: "signature électronique qualifiée (SEQ)",
    it: "firma elettronica qualificata (FEQ)",
    en: "qualified electronic signature (QES)",
  },
};

const MEANINGS: Record<SignatureLevel, Record<Language, string>> = {
  SIMPLE: {
    de: "Zeigt, dass jemand zugestimmt hat, ohne die Identität zu prüfen. Genügt, wo das Gesetz keine Form verlangt; die Beweiskraft ist gering.",
    fr: "Montre que quelqu'un a consenti, sans vérification de l'identité. Suffit lorsque la loi n'exige aucune forme; sa force probante est faible.",
    it: "Mostra che qualcuno ha acconsentito, senza verifica dell'identità. Basta dove la legge non prescrive una forma; il valore probatorio è limitato.",
    en: "Shows that somebody agreed, without a check of who it was. Enough where the law asks for no form; weak as evidence.",
  },
  ADVANCED: {
    de: "Ist der unterzeichnenden Person zugeordnet und macht spätere Änderungen erkennbar. Genügt, wo das Gesetz keine Form verlangt; ersetzt die handschriftliche Unterschrift nicht.",
    fr: "Est liée à la personne signataire et rend visible toute modification ultérieure. Suffit lorsque la loi n'exige aucune forme; ne remplace pas la signature manuscrite.",
    it: "È attribuita alla persona che firma e rende riconoscibile ogni modifica successiva. Basta dove la legge non prescrive una forma; non sostituisce la firma autografa.",
    en: "Is linked to the signer and makes later changes detectable. Enough where the law asks for no form; does not replace a handwritten signature.",
  },
  ADVANCED_EU: {
    de: "Ist nach Art. 26 eIDAS der unterzeichnenden Person zugeordnet und macht spätere Änderungen erkennbar. Darf in der EU als Beweismittel nicht allein wegen ihrer elektronischen Form abgelehnt werden (Art. 25); ersetzt die handschriftliche Unterschrift nicht.",
    fr: "Est liée à la personne signataire selon l'art. 26 eIDAS et rend visible toute modification ultérieure. Dans l'UE, elle ne peut être refusée comme preuve au seul motif de sa forme électronique (art. 25); ne remplace pas la signature manuscrite.",
    it: "È attribuita alla persona che firma secondo l'art. 26 eIDAS e rende riconoscibile ogni modifica successiva. Nell'UE non può essere rifiutata come prova per la sola forma elettronica (art. 25); non sostituisce la firma autografa.",
    en: "Is linked to the signer under Art. 26 eIDAS and makes later changes detectable. In the EU it cannot be refused as evidence only for being electronic (Art. 25); does not replace a handwritten signature.",
  },
  QUALIFIED: {
    de: "Ist mit qualifiziertem Zeitstempel der eigenhändigen Unterschrift in der Schweiz gleichgestellt (Art. 14 Abs. 2bis OR). In der EU ist sie nicht als qualifiziert anerkannt.",
    fr: "Avec un horodatage qualifié, est assimilée en Suisse à la signature manuscrite (art. 14 al. 2bis CO). L'UE ne la reconnaît pas comme qualifiée.",
    it: "Con marca temporale qualificata, in Svizzera è equiparata alla firma autografa (art. 14 cpv. 2bis CO). Nell'UE non è riconosciuta come qualificata.",
    en: "With a qualified time stamp, equals a handwritten signature in Switzerland (Art. 14 para. 2bis CO). The EU does not recognise it as qualified.",
  },
  QUALIFIED_EU: {
    de: "Ist in der EU der eigenhändigen Unterschrift gleichgestellt (Art. 25 Abs. 2 eIDAS). In der Schweiz ist sie nicht als qualifiziert anerkannt.",
    fr: "Équivaut dans l'UE à la signature manuscrite (art. 25 par. 2 eIDAS). La Suisse ne la reconnaît pas comme qualifiée.",
    it: "Nell'UE è equiparata alla firma autografa (art. 25 par. 2 eIDAS). In Svizzera non è riconosciuta come qualificata.",
    en: "Equals a handwritten signature in the EU (Art. 25(2) eIDAS). Switzerland does not recognise it as qualified.",
  },
};

const LANGUAGES: readonly Language[] = ["de", "fr", "it", "en"];

/**
 * Explains a signature level (contract, `Process.signatureLevel`): what it is, under which law, and
 * what it replaces.
 *
 * @param language `en` when absent; of a locale such as `de-CH` the language counts.
 * @throws SignError `invalid_argument` for a level or a language that is not known here.
 */
export function explainLevel(
  level: SignatureLevel,
  language: Language | `${Language}-${string}` = "en",
): LevelExplanation {
  if (typeof level !== "string" || !Object.hasOwn(LEVELS, level)) {
    throw invalid(`the level must be one of ${Object.keys(LEVELS).join(", ")}`);
  }
  const start = typeof language === "string" ? language.slice(0, 3).replace(/[-_]$/, "") : "";
  const own = LANGUAGES.find((known) => known === start.toLowerCase());
  if (own === undefined) throw invalid(`the language must be one of ${LANGUAGES.join(", ")}`);
  const { quality, legislation, methods } = LEVELS[level];
  const name = NAMES[quality][own];
  const meaning = MEANINGS[level][own];
  const law = legislation && { legislation, law: LAWS[legislation][own] };
  return { level, quality, ...law, methods: [...methods], name, meaning };
}

/**
 * The signature level of a quality and a legislation, as other Swiss services name them. Qualified
 * certificates of Switzerland and of the EU do not stand for each other, so that an advanced or
 * qualified signature needs the legislation.
 *
 * @example
 * await sign.processes.create({ signatureLevel: levelOf({ quality: "QES", legislation: "ZERTES" }), initiator });
 * @throws SignError `invalid_argument` for what is no level.
 */
export function levelOf(wanted: { quality: Quality; legislation?: Legislation }): SignatureLevel {
  const { quality, legislation }: Record<string, unknown> = fields("what is wanted", wanted);
  for (const [level, row] of Object.entries(LEVELS)) {
    if (row.quality !== quality) continue;
    // SIMPLE is the same under both.
    const law = legislation === "ZERTES" || legislation === "EIDAS" || legislation === undefined;
    if (row.legislation === legislation || (row.legislation === undefined && law)) {
      return level as SignatureLevel;
    }
  }
  throw invalid(
    'a level needs a quality, "SES", "AES" or "QES", and for AES and QES a legislation, ' +
      '"ZERTES" or "EIDAS"',
  );
}
