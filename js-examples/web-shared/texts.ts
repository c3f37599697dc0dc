// What the pages say, in the four languages of the platform's own pages.

import type { ErrorCode, Locale, ProblemCode } from "swisscom-sign";

/** The languages, in the order in which they are offered. */
export const LANGUAGES = [
  { code: "de-CH", name: "Deutsch" },
  { code: "fr-CH", name: "Français" },
  { code: "it-CH", name: "Italiano" },
  { code: "en-GB", name: "English" },
] as const satisfies readonly { code: Locale; name: string }[];

export type Language = (typeof LANGUAGES)[number]["code"];

/** German, French, Italian, English: the order of {@link LANGUAGES}. */
type Row = readonly [string, string, string, string];

// prettier-ignore
const ROWS = {
  title: ["Dokument unterschreiben lassen", "Faire signer un document", "Far firmare un documento", "Have a document signed"],
  skip: ["Zum Inhalt springen", "Aller au contenu", "Vai al contenuto", "Skip to content"],
  language: ["Sprache", "Langue", "Lingua", "Language"],
  sandbox: ["Vorführung mit der Sandbox: Nichts, was hier unterschrieben wird, ist eine Unterschrift. Codes und Einladungen stehen im", "Démonstration avec le bac à sable: rien de ce qui est signé ici n’est une signature. Les codes et les invitations se trouvent dans la", "Dimostrazione con la sandbox: nulla di ciò che si firma qui è una firma. Codici e inviti si trovano nella", "A demonstration with the sandbox: nothing that is signed here is a signature. Codes and invitations are in the"],
  outbox: ["Postausgang der Sandbox", "boîte d’envoi du bac à sable", "posta in uscita della sandbox", "sandbox’s outbox"],
  loading: ["Wird geladen …", "Chargement…", "Caricamento…", "Loading …"],

  document: ["Dokument", "Document", "Documento", "Document"],
  choose: ["PDF auswählen", "Choisir un PDF", "Scegli un PDF", "Choose a PDF"],
  drop: ["oder hierher ziehen; höchstens 40 MB", "ou le déposer ici; 40 Mo au plus", "o trascinarlo qui; al massimo 40 MB", "or drop it here; 40 MB at most"],
  preview: ["Vorschau", "Aperçu", "Anteprima", "Preview"],
  previewHint: ["Ziehen Sie eine Unterschrift an ihren Platz, oder verschieben Sie sie mit den Pfeiltasten.", "Faites glisser une signature à sa place, ou déplacez-la avec les touches fléchées.", "Trascini una firma al suo posto o la sposti con i tasti freccia.", "Drag a signature to its place, or move it with the arrow keys."],
  pageOf: ["Seite {page} von {pages}", "Page {page} sur {pages}", "Pagina {page} di {pages}", "Page {page} of {pages}"],
  unreadable: ["Diese Datei lässt sich nicht als PDF öffnen.", "Ce fichier ne s’ouvre pas comme PDF.", "Questo file non si apre come PDF.", "This file cannot be opened as a PDF."],
  encrypted: ["Dieses PDF ist mit einem Passwort geschützt.", "Ce PDF est protégé par un mot de passe.", "Questo PDF è protetto da una password.", "This PDF is protected by a password."],
  positionOf: ["Unterschrift von {name}: Seite {page}, {x} Punkte von links, {y} von oben", "Signature de {name}: page {page}, {x} points depuis la gauche, {y} depuis le haut", "Firma di {name}: pagina {page}, {x} punti da sinistra, {y} dall’alto", "Signature of {name}: page {page}, {x} points from the left, {y} from the top"],

  people: ["Wer unterschreibt", "Qui signe", "Chi firma", "Who signs"],
  iSign: ["Ich unterschreibe auch ({name})", "Je signe aussi ({name})", "Firmo anch’io ({name})", "I sign too ({name})"],
  signer: ["Person {number}", "Personne {number}", "Persona {number}", "Person {number}"],
  firstName: ["Vorname", "Prénom", "Nome", "First name"],
  lastName: ["Nachname", "Nom", "Cognome", "Last name"],
  email: ["E-Mail-Adresse", "Adresse e-mail", "Indirizzo e-mail", "E-mail address"],
  mobile: ["Mobilnummer (freiwillig)", "Numéro mobile (facultatif)", "Cellulare (facoltativo)", "Mobile number (optional)"],
  page: ["Unterschrift auf Seite", "Signature à la page", "Firma a pagina", "Signature on page"],
  add: ["Person hinzufügen", "Ajouter une personne", "Aggiungi una persona", "Add a person"],
  remove: ["Person {number} entfernen", "Retirer la personne {number}", "Rimuovi la persona {number}", "Remove person {number}"],
  options: ["Art der Unterschrift", "Type de signature", "Tipo di firma", "Kind of signature"],
  level: ["Signaturstufe", "Niveau de signature", "Livello di firma", "Signature level"],
  SIMPLE: ["Einfach", "Simple", "Semplice", "Simple"],
  ADVANCED: ["Fortgeschritten, Schweiz", "Avancée, Suisse", "Avanzata, Svizzera", "Advanced, Switzerland"],
  ADVANCED_EU: ["Fortgeschritten, EU", "Avancée, UE", "Avanzata, UE", "Advanced, EU"],
  QUALIFIED: ["Qualifiziert, Schweiz", "Qualifiée, Suisse", "Qualificata, Svizzera", "Qualified, Switzerland"],
  QUALIFIED_EU: ["Qualifiziert, EU", "Qualifiée, UE", "Qualificata, UE", "Qualified, EU"],
  message: ["Nachricht in der Einladung (freiwillig)", "Message dans l’invitation (facultatif)", "Messaggio nell’invito (facoltativo)", "Message in the invitation (optional)"],
  embedded: ["Vorbereitung in dieser Seite anzeigen", "Afficher la préparation dans cette page", "Mostra la preparazione in questa pagina", "Show the preparation inside this page"],
  submit: ["Hochladen und vorbereiten", "Téléverser et préparer", "Carica e prepara", "Upload and prepare"],
  problems: ["Bitte prüfen Sie Ihre Eingaben", "Veuillez vérifier votre saisie", "Controlli i dati inseriti", "Please check what you have entered"],
  needFile: ["Wählen Sie ein PDF.", "Choisissez un PDF.", "Scelga un PDF.", "Choose a PDF."],
  needSigner: ["Jemand muss unterschreiben.", "Quelqu’un doit signer.", "Qualcuno deve firmare.", "Somebody has to sign."],
  needContact: ["Geben Sie eine E-Mail-Adresse oder Mobilnummer an.", "Indiquez une adresse e-mail ou un numéro mobile.", "Indichi un indirizzo e-mail o un numero di cellulare.", "Give an e-mail address or a mobile number."],

  uploading: ["{name} wird übertragen", "Transfert de {name}", "Trasferimento di {name}", "Uploading {name}"],
  reading: ["Datei wird gelesen: {percent} %", "Lecture du fichier: {percent} %", "Lettura del file: {percent} %", "Reading the file: {percent} %"],
  sending: ["{done} von {total} MB gesendet", "{done} Mo sur {total} envoyés", "{done} di {total} MB inviati", "{done} of {total} MB sent"],
  cancel: ["Abbrechen", "Annuler", "Annulla", "Cancel"],
  canceled: ["Der Upload wurde abgebrochen. Nichts wurde verschickt.", "Le téléversement a été annulé. Rien n’a été envoyé.", "Il caricamento è stato annullato. Nulla è stato inviato.", "The upload was cancelled. Nothing was sent out."],
  handing: ["Die Vorbereitungsseite wird geöffnet …", "Ouverture de la page de préparation…", "Apertura della pagina di preparazione…", "Opening the preparation page …"],
  interrupted: ["Der Upload wurde unterbrochen", "Le téléversement a été interrompu", "Il caricamento è stato interrotto", "The upload was interrupted"],
  interruptedLead: ["Ihre Angaben sind noch da. Wählen Sie das PDF noch einmal, um fortzufahren.", "Vos indications sont conservées. Choisissez à nouveau le PDF pour continuer.", "I dati inseriti sono ancora qui. Scelga di nuovo il PDF per continuare.", "What you have entered is still there. Choose the PDF once more to go on."],
  continueUpload: ["Upload fortsetzen", "Reprendre le téléversement", "Riprendi il caricamento", "Continue the upload"],
  prepare: ["Die Vorbereitung ist noch nicht abgeschlossen", "La préparation n’est pas terminée", "La preparazione non è conclusa", "The preparation is not finished"],
  prepareLead: ["Das Dokument ist hochgeladen und wurde noch niemandem geschickt.", "Le document est téléversé et n’a encore été envoyé à personne.", "Il documento è caricato e non è ancora stato inviato a nessuno.", "The document is uploaded and was not sent to anybody yet."],
  continueSetup: ["Vorbereitung fortsetzen", "Continuer la préparation", "Continua la preparazione", "Continue the preparation"],
  startOver: ["Neu beginnen", "Recommencer", "Ricomincia", "Start over"],
  frame: ["Vorbereitung auf der Seite der Signaturplattform", "Préparation sur la page de la plateforme de signature", "Preparazione sulla pagina della piattaforma di firma", "Preparation on the page of the signing platform"],
  signFrame: ["Unterschrift auf der Seite der Signaturplattform", "Signature sur la page de la plateforme de signature", "Firma sulla pagina della piattaforma di firma", "Signature on the page of the signing platform"],

  follow: ["Stand der Unterschriften", "État des signatures", "Stato delle firme", "How the signatures stand"],
  CREATED: ["In Vorbereitung", "En préparation", "In preparazione", "Being prepared"],
  PENDING: ["Wartet auf Unterschriften", "En attente de signatures", "In attesa di firme", "Awaiting signatures"],
  COMPLETED: ["Alle haben unterschrieben", "Tout le monde a signé", "Tutti hanno firmato", "Everybody has signed"],
  EXPIRED: ["Beendet, nicht alle haben unterschrieben", "Terminé, il manque une signature", "Terminato, manca una firma", "Ended, a signature is missing"],
  completed: ["Der Vorgang ist schon abgeschlossen.", "Le processus est déjà terminé.", "La procedura è già conclusa.", "The process has been completed already."],
  declined: ["Jemand hat abgelehnt. Der Vorgang ist beendet.", "Quelqu’un a refusé. Le processus est terminé.", "Qualcuno ha rifiutato. La procedura è terminata.", "Somebody declined. The process has ended."],
  expired: ["Die Frist ist abgelaufen. Der Vorgang ist beendet.", "Le délai est échu. Le processus est terminé.", "Il termine è scaduto. La procedura è terminata.", "The time is up. The process has ended."],
  identification_rejected: ["Eine Identifikation wurde abgelehnt. Der Vorgang kann nicht abgeschlossen werden.", "Une identification a été rejetée. Le processus ne peut pas aboutir.", "Un’identificazione è stata respinta. La procedura non può concludersi.", "An identification was rejected. The process cannot be completed."],
  signers: ["Unterzeichnende", "Signataires", "Firmatari", "Signers"],
  you: ["Sie", "vous", "lei", "you"],
  signer_WAITING: ["Noch nicht an der Reihe", "Pas encore son tour", "Non ancora il suo turno", "Not yet their turn"],
  signer_PENDING: ["Ausstehend", "En attente", "In attesa", "Awaited"],
  signer_SIGNED: ["Hat unterschrieben", "A signé", "Ha firmato", "Has signed"],
  signer_DECLINED: ["Hat abgelehnt", "A refusé", "Ha rifiutato", "Declined"],
  signer_CANCELED: ["Abgebrochen", "Annulé", "Annullato", "Cancelled"],
  signer_REMOVED: ["Entfernt", "Retiré", "Rimosso", "Removed"],
  signer_REPLACED: ["Hat die Unterschrift übergeben", "A transmis sa signature", "Ha delegato la firma", "Handed the signature over"],
  signNow: ["Jetzt unterschreiben", "Signer maintenant", "Firma ora", "Sign now"],
  download: ["Unterschriebenes PDF herunterladen", "Télécharger le PDF signé", "Scarica il PDF firmato", "Download the signed PDF"],
  downloaded: ["{name} wurde gespeichert.", "{name} a été enregistré.", "{name} è stato salvato.", "{name} was saved."],
  another: ["Ein weiteres Dokument", "Un autre document", "Un altro documento", "Another document"],
  timeline: ["Was geschah", "Ce qui s’est passé", "Che cosa è successo", "What happened"],
  nothingYet: ["Noch nichts.", "Rien encore.", "Ancora nulla.", "Nothing yet."],
  action_sign: ["Unterschrift", "Signature", "Firma", "Signature"],
  action_email: ["E-Mail", "E-mail", "E-mail", "E-mail"],
  action_payment: ["Zahlung", "Paiement", "Pagamento", "Payment"],
  action_identification: ["Identifikation", "Identification", "Identificazione", "Identification"],
  action_transaction: ["Vorgang", "Processus", "Procedura", "Process"],
  record_INITIALIZE: ["begonnen", "commencé", "iniziato", "begun"],
  record_ABORT: ["abgebrochen", "interrompu", "interrotto", "broken off"],
  record_FAIL: ["fehlgeschlagen", "échoué", "non riuscito", "failed"],
  record_SUCCESS: ["erfolgt", "effectué", "effettuato", "done"],
  record_UNKNOWN: ["unbekannt", "inconnu", "sconosciuto", "unknown"],

  offline: ["Keine Verbindung. Es geht weiter, sobald sie wieder da ist.", "Pas de connexion. La suite reprendra dès qu’elle sera rétablie.", "Nessuna connessione. Si prosegue appena torna.", "No connection. It goes on once there is one again."],
  retry: ["Noch einmal versuchen", "Réessayer", "Riprova", "Try again"],
  session: ["Ihre Anmeldung ist abgelaufen", "Votre session a expiré", "La sua sessione è scaduta", "Your session has expired"],
  sessionLead: ["Melden Sie sich wieder an; Ihre Angaben bleiben erhalten.", "Reconnectez-vous; vos indications sont conservées.", "Acceda di nuovo; i suoi dati rimangono.", "Sign in again; what you have entered stays."],
  signIn: ["Wieder anmelden", "Se reconnecter", "Accedi di nuovo", "Sign in again"],
  reference: ["Fehlernummer: {id}", "Numéro de l’erreur: {id}", "Numero dell’errore: {id}", "Error number: {id}"],

  failed: ["Das hat nicht geklappt.", "Cela n’a pas fonctionné.", "Non ha funzionato.", "This did not work."],
  error_connection_failed: ["Es kam keine Verbindung zustande.", "La connexion n’a pas pu être établie.", "Non è stato possibile stabilire la connessione.", "No connection could be made."],
  error_timeout: ["Es kam rechtzeitig keine Antwort.", "Aucune réponse n’est arrivée à temps.", "Nessuna risposta è arrivata in tempo.", "No answer came in time."],
  error_server_error: ["Die Signaturplattform ist gerade gestört.", "La plateforme de signature est perturbée.", "La piattaforma di firma ha un disturbo.", "The signing platform is failing at the moment."],
  error_rate_limited: ["Es waren zu viele Anfragen. Warten Sie einen Augenblick.", "Il y a eu trop de demandes. Patientez un instant.", "Ci sono state troppe richieste. Attenda un momento.", "There were too many requests. Wait a moment."],
  error_not_found: ["Dieser Vorgang ist nicht mehr da oder gehört jemand anderem.", "Ce processus n’existe plus ou appartient à quelqu’un d’autre.", "Questa procedura non esiste più o appartiene ad altri.", "This process is no longer there, or it is somebody else’s."],
  error_permission_denied: ["Das ist Ihnen nicht erlaubt.", "Cela ne vous est pas permis.", "Non le è consentito.", "You are not allowed to do this."],
  error_state_forbids: ["Der Vorgang ist dafür zu weit fortgeschritten.", "Le processus est trop avancé pour cela.", "La procedura è troppo avanzata per questo.", "The process is too far ahead for this."],
  error_gone: ["Die Dateien wurden nach Ablauf der Frist gelöscht.", "Les fichiers ont été supprimés à l’échéance.", "I file sono stati eliminati alla scadenza.", "The files were deleted when their time was up."],
  error_uncertain_outcome: ["Es ist ungewiss, ob die Anfrage angekommen ist.", "On ne sait pas si la demande est arrivée.", "Non è certo che la richiesta sia arrivata.", "It is not certain whether the request arrived."],

  problem_required: ["Das wird benötigt.", "Ceci est nécessaire.", "Questo è necessario.", "This is needed."],
  problem_too_long: ["Das ist zu lang.", "C’est trop long.", "È troppo lungo.", "This is too long."],
  problem_format: ["Das hat nicht die richtige Form.", "La forme n’est pas correcte.", "La forma non è corretta.", "This does not have the right form."],
  problem_person_incomplete: ["Vorname und Nachname werden benötigt.", "Le prénom et le nom sont nécessaires.", "Nome e cognome sono necessari.", "First name and last name are needed."],
  problem_not_unique: ["Das kommt zweimal vor.", "Cela figure deux fois.", "Compare due volte.", "This stands twice."],
  problem_not_signable_on_test: ["Diese Stufe gibt es in der Testumgebung nicht.", "Ce niveau n’existe pas dans l’environnement de test.", "Questo livello non esiste nell’ambiente di test.", "The test environment does not have this level."],
  problem_outside_visible_area: ["Die Unterschrift liegt ausserhalb der Seite.", "La signature se trouve hors de la page.", "La firma è fuori dalla pagina.", "The signature is outside the page."],
  problem_page_out_of_range: ["Diese Seite gibt es nicht.", "Cette page n’existe pas.", "Questa pagina non esiste.", "There is no such page."],
  problem_no_signer: ["Jemand muss unterschreiben.", "Quelqu’un doit signer.", "Qualcuno deve firmare.", "Somebody has to sign."],
  problem_file_empty: ["Die Datei ist leer.", "Le fichier est vide.", "Il file è vuoto.", "The file is empty."],
  problem_file_too_large: ["Die Datei ist zu gross; höchstens 40 MB.", "Le fichier est trop grand; 40 Mo au plus.", "Il file è troppo grande; al massimo 40 MB.", "The file is too large; 40 MB at most."],
  problem_not_a_pdf: ["Die Datei ist kein PDF.", "Le fichier n’est pas un PDF.", "Il file non è un PDF.", "The file is not a PDF."],
} as const satisfies Record<string, Row>;

export type TextKey = keyof typeof ROWS;

/** Puts a text together. */
export interface Texts {
  readonly language: Language;
  /** The text of a key, its `{places}` filled. */
  (key: TextKey, places?: Record<string, string | number>): string;
  /** The text of a key that is made of a contract's value; `otherwise` for values of tomorrow. */
  of(prefix: string, value: string | undefined, otherwise?: TextKey): string;
  /** What an error says to a person. */
  error(code: ErrorCode): string;
  /** What a problem says beside its field; the SDK's own sentence for the rarer rules. */
  problem(code: ProblemCode | "state_forbids", message: string): string;
  /** A date with its time. */
  date(iso: string): string;
}

function known(key: string): key is TextKey {
  return Object.hasOwn(ROWS, key);
}

export function textsIn(language: Language): Texts {
  const column = LANGUAGES.findIndex(({ code }) => code === language);
  const dates = new Intl.DateTimeFormat(language, {
    dateStyle: "medium",
    timeStyle: "medium",
  });
  const text = (
    key: TextKey,
    places: Record<string, string | number> = {},
  ): string =>
    (ROWS[key][column] ?? "").replace(/\{(\w+)\}/g, (whole, name: string) =>
      String(places[name] ?? whole),
    );
  return Object.assign(text, {
    language,
    of(prefix: string, value: string | undefined, otherwise?: TextKey): string {
      const key = `${prefix}${value ?? ""}`;
      if (known(key)) return text(key);
      return otherwise === undefined ? (value ?? "") : text(otherwise);
    },
    error(code: ErrorCode): string {
      const key = `error_${code}`;
      return known(key) ? text(key) : text("failed");
    },
    problem(code: ProblemCode | "state_forbids", message: string): string {
      const key = `problem_${code}`;
      return known(key) ? text(key) : message;
    },
    date: (iso: string): string => dates.format(new Date(iso)),
  });
}

/** The language of the browser, as far as the pages speak it. */
export function preferredLanguage(): Language {
  const remembered = localStorage.getItem("language");
  for (const wish of [remembered ?? "", ...navigator.languages]) {
    const found = LANGUAGES.find(
      ({ code }) => code.slice(0, 2) === wish.slice(0, 2),
    );
    if (found !== undefined) return found.code;
  }
  return "en-GB";
}

export function rememberLanguage(language: Language): void {
  localStorage.setItem("language", language);
}
