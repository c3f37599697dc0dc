// Explanations of the signature levels for users. The facts come from the core (generated/facts.ts);
// the texts are in their own bundle, which bundlers drop if it is not used.

import { configurationError } from "./environment.js";
import type { SignatureLevel, SignatureMethod } from "./generated/contract.js";
import { LEVELS } from "./generated/facts.js";
import { readOptions } from "./arguments.js";

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

const LAWS: Record<Legislation, Record<Language, string>> = {
  ZERTES: {
    de: "Schweizer Bundesgesetz über die elektronische Signatur (ZertES, SR 943.03)",
    fr: "loi fédérale suisse sur la signature électronique (SCSE, RS 943.03)",
    it: "legge federale svizzera sulla firma elettronica (FiEle, RS 943.03)",
    en: "Swiss Federal Act on Electronic Signatures (ZertES, SR 943.03)",
  },
  EIDAS: {
    de: "eIDAS-Verordnung (EU) Nr. 910/2014",
    fr: "règlement eIDAS (UE) n° 910/2014",
    it: "regolamento eIDAS (UE) n. 910/2014",
    en: "eIDAS Regulation (EU) No 910/2014",
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
    de: "Belegt eine Zustimmung; die Identität der unterzeichnenden Person wird nicht geprüft. Genügt, wo das Gesetz keine besondere Form vorschreibt; die Beweiskraft ist gering.",
    fr: "Atteste un consentement; l’identité de la personne signataire n’est pas vérifiée. Suffit lorsque la loi ne prescrit aucune forme particulière; la force probante est faible.",
    it: "Attesta un consenso; l’identità della persona firmataria non viene verificata. È sufficiente se la legge non prescrive una forma particolare; il valore probatorio è limitato.",
    en: "Records agreement; the identity of the signer is not verified. Sufficient where the law does not require a particular form; low evidential value.",
  },
  ADVANCED: {
    de: "Ist ausschliesslich der unterzeichnenden Person zugeordnet, ermöglicht deren Identifizierung und macht nachträgliche Veränderungen erkennbar (Art. 2 Bst. b ZertES). Genügt, wo das Gesetz keine besondere Form vorschreibt; ist der eigenhändigen Unterschrift nicht gleichgestellt.",
    fr: "Est liée uniquement à la personne signataire, permet de l’identifier et rend détectable toute modification ultérieure (art. 2, let. b, SCSE). Suffit lorsque la loi ne prescrit aucune forme particulière; n’est pas assimilée à la signature manuscrite.",
    it: "È attribuita esclusivamente alla persona firmataria, ne consente l’identificazione e permette di rilevare ogni modifica successiva (art. 2 lett. b FiEle). È sufficiente se la legge non prescrive una forma particolare; non è equiparata alla firma autografa.",
    en: "Uniquely linked to the signer, identifies the signer, and makes later changes detectable (Art. 2 let. b ZertES). Sufficient where the law does not require a particular form; not equivalent to a handwritten signature.",
  },
  ADVANCED_EU: {
    de: "Ist eindeutig der unterzeichnenden Person zugeordnet, ermöglicht deren Identifizierung und macht nachträgliche Veränderungen erkennbar (Art. 26 eIDAS). In der EU dürfen ihr Rechtswirkung und Zulässigkeit als Beweismittel nicht allein deshalb abgesprochen werden, weil sie elektronisch oder nicht qualifiziert ist (Art. 25 Abs. 1 eIDAS); der handschriftlichen Unterschrift ist sie nicht gleichgestellt.",
    fr: "Est liée de manière univoque à la personne signataire, permet de l’identifier et rend détectable toute modification ultérieure (art. 26 eIDAS). Dans l’UE, l’effet juridique et la recevabilité comme preuve ne peuvent lui être refusés au seul motif qu’elle est électronique ou non qualifiée (art. 25, par. 1, eIDAS); elle n’équivaut pas à la signature manuscrite.",
    it: "È connessa unicamente alla persona firmataria, ne consente l’identificazione e permette di rilevare ogni modifica successiva (art. 26 eIDAS). Nell’UE non le possono essere negati gli effetti giuridici e l’ammissibilità come prova per il solo motivo che è elettronica o non qualificata (art. 25, par. 1, eIDAS); non equivale alla firma autografa.",
    en: "Uniquely linked to the signer, identifies the signer, and makes later changes detectable (Art. 26 eIDAS). In the EU it must not be denied legal effect or admissibility as evidence solely because it is electronic or not qualified (Art. 25(1) eIDAS); not equivalent to a handwritten signature.",
  },
  QUALIFIED: {
    de: "Verbunden mit einem qualifizierten Zeitstempel, ist sie in der Schweiz der eigenhändigen Unterschrift gleichgestellt; abweichende gesetzliche oder vertragliche Regelungen bleiben vorbehalten (Art. 14 Abs. 2bis OR). In der EU ist sie nicht als qualifiziert anerkannt.",
    fr: "Munie d’un horodatage électronique qualifié, elle est assimilée en Suisse à la signature manuscrite; les dispositions légales ou conventionnelles contraires sont réservées (art. 14, al. 2bis, CO). Elle n’est pas reconnue comme qualifiée dans l’UE.",
    it: "Corredata di una marca temporale qualificata, in Svizzera è equiparata alla firma autografa; sono fatte salve le disposizioni legali o contrattuali contrarie (art. 14 cpv. 2bis CO). Nell’UE non è riconosciuta come qualificata.",
    en: "With a qualified time stamp, it is equivalent to a handwritten signature in Switzerland, subject to contrary provisions of law or contract (Art. 14 para. 2bis CO). It is not recognised as qualified in the EU.",
  },
  QUALIFIED_EU: {
    de: "Hat in der EU die gleiche Rechtswirkung wie eine handschriftliche Unterschrift (Art. 25 Abs. 2 eIDAS). In der Schweiz ist sie nicht als qualifiziert anerkannt.",
    fr: "A dans l’UE un effet juridique équivalent à celui d’une signature manuscrite (art. 25, par. 2, eIDAS). Elle n’est pas reconnue comme qualifiée en Suisse.",
    it: "Nell’UE ha effetti giuridici equivalenti a quelli di una firma autografa (art. 25, par. 2, eIDAS). In Svizzera non è riconosciuta come qualificata.",
    en: "Has the legal effect of a handwritten signature in the EU (Art. 25(2) eIDAS). It is not recognised as qualified in Switzerland.",
  },
};

const LANGUAGES: readonly Language[] = ["de", "fr", "it", "en"];

/**
 * Explains a signature level (contract, `Process.signatureLevel`): its meaning, law and legal effect.
 *
 * @param language Default `en`. A locale such as `de-CH` selects its language.
 * @throws SignError `invalid_argument` for an unknown level or language.
 */
export function explainLevel(
  level: SignatureLevel,
  language: Language | `${Language}-${string}` = "en",
): LevelExplanation {
  if (typeof level !== "string" || !Object.hasOwn(LEVELS, level)) {
    throw configurationError(`unknown level: expected one of ${Object.keys(LEVELS).join(", ")}`);
  }
  const start = typeof language === "string" ? language.slice(0, 3).replace(/[-_]$/, "") : "";
  const own = LANGUAGES.find((known) => known === start.toLowerCase());
  if (own === undefined)
    throw configurationError(`unknown language: expected one of ${LANGUAGES.join(", ")}`);
  const { quality, legislation, methods } = LEVELS[level];
  const name = NAMES[quality][own];
  const meaning = MEANINGS[level][own];
  const law = legislation && { legislation, law: LAWS[legislation][own] };
  return { level, quality, ...law, methods: [...methods], name, meaning };
}

/**
 * The signature level for a quality and a legislation, the terms of other Swiss services. Switzerland
 * and the EU do not recognise each other's qualified certificates, so AES and QES need the
 * legislation.
 *
 * @example
 * await sign.processes.create({ signatureLevel: levelOf({ quality: "QES", legislation: "ZERTES" }), initiator });
 * @throws SignError `invalid_argument` for an invalid combination.
 */
export function levelOf(wanted: {
  quality: Quality;
  legislation?: Legislation | undefined;
}): SignatureLevel {
  const { quality, legislation }: Record<string, unknown> = readOptions("levelOf", wanted);
  for (const [level, row] of Object.entries(LEVELS)) {
    if (row.quality !== quality) continue;
    // SIMPLE is the same under both laws.
    const law = legislation === "ZERTES" || legislation === "EIDAS" || legislation === undefined;
    if (row.legislation === legislation || (row.legislation === undefined && law)) {
      return level as SignatureLevel;
    }
  }
  throw configurationError(
    'invalid level: pass quality "SES", "AES" or "QES"; AES and QES also need legislation ' +
      '"ZERTES" or "EIDAS"',
  );
}
