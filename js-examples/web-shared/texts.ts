// The texts of the pages in German, French, Italian and English.

import type {
  AuditRecord,
  ErrorCode,
  Locale,
  ProblemCode,
} from "swisscom-sign";

/** The languages, in the order of the language menu. */
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
  title: ["Dokument signieren lassen", "Faire signer un document", "Far firmare un documento", "Request signatures"],
  skip: ["Zum Inhalt springen", "Aller au contenu", "Vai al contenuto", "Skip to content"],
  language: ["Sprache", "Langue", "Lingua", "Language"],
  sandbox: ["Demo mit der Sandbox: Hier erstellte Signaturen sind nicht rechtsgültig. Codes und Einladungen finden Sie im {outbox}.", "Démo avec le bac à sable: les signatures apposées ici ne sont pas juridiquement valables. Les codes et les invitations se trouvent dans la {outbox}.", "Demo con la sandbox: le firme apposte qui non sono giuridicamente valide. Codici e inviti si trovano nella {outbox}.", "Sandbox demo: signatures created here are not legally valid. Find codes and invitations in the {outbox}."],
  outbox: ["Postausgang der Sandbox", "boîte d’envoi du bac à sable", "posta in uscita della sandbox", "sandbox outbox"],
  loading: ["Wird geladen …", "Chargement…", "Caricamento…", "Loading…"],

  document: ["Dokument", "Document", "Documento", "Document"],
  choose: ["PDF auswählen", "Choisir un PDF", "Scegli un PDF", "Choose a PDF"],
  drop: ["oder hierher ziehen (max. 40 MB)", "ou déposez-le ici (40 Mo max.)", "o lo trascini qui (max. 40 MB)", "or drop it here (max. 40 MB)"],
  opening: ["{name} wird geöffnet …", "Ouverture de {name}…", "Apertura di {name}…", "Opening {name}…"],
  preview: ["Vorschau", "Aperçu", "Anteprima", "Preview"],
  previewHint: ["Ziehen Sie die Signaturen an die gewünschte Stelle oder verwenden Sie die Pfeiltasten.", "Faites glisser les signatures à l’endroit souhaité ou utilisez les touches fléchées.", "Trascini le firme nella posizione desiderata o usi i tasti freccia.", "Drag the signatures into position, or use the arrow keys."],
  pageOf: ["Seite {page} von {pages}", "Page {page} sur {pages}", "Pagina {page} di {pages}", "Page {page} of {pages}"],
  unreadable: ["Dieses PDF kann nicht geöffnet werden. Möglicherweise ist es beschädigt.", "Impossible d’ouvrir ce PDF. Il est peut-être endommagé.", "Impossibile aprire questo PDF. Potrebbe essere danneggiato.", "This PDF cannot be opened. It may be damaged."],
  encrypted: ["Dieses PDF ist mit einem Passwort geschützt. Entfernen Sie das Passwort und versuchen Sie es erneut.", "Ce PDF est protégé par un mot de passe. Supprimez la protection et réessayez.", "Questo PDF è protetto da una password. Rimuova la protezione e riprovi.", "This PDF is password-protected. Remove the password and try again."],
  unavailable: ["Die Vorschau kann nicht angezeigt werden. Laden Sie die Seite neu, oder verwenden Sie eine aktuelle Version von Chrome, Edge, Firefox oder Safari.", "Impossible d’afficher l’aperçu. Rechargez la page ou utilisez une version actuelle de Chrome, Edge, Firefox ou Safari.", "Impossibile mostrare l’anteprima. Ricarichi la pagina o usi una versione aggiornata di Chrome, Edge, Firefox o Safari.", "The preview cannot be displayed. Reload the page, or use a current version of Chrome, Edge, Firefox or Safari."],
  notLoaded: ["Die Vorschau konnte nicht geladen werden. Prüfen Sie Ihre Internetverbindung und wählen Sie das PDF erneut aus.", "Impossible de charger l’aperçu. Vérifiez votre connexion Internet et choisissez à nouveau le PDF.", "Impossibile caricare l’anteprima. Verifichi la connessione Internet e scelga di nuovo il PDF.", "The preview could not be loaded. Check your internet connection and choose the PDF again."],
  overlap: ["Die Signaturen von {first} und {second} überlappen sich.", "Les signatures de {first} et de {second} se chevauchent.", "Le firme di {first} e di {second} si sovrappongono.", "The signatures of {first} and {second} overlap."],
  positionOf: ["Signatur von {name}: Seite {page}, {x} Punkte von links, {y} Punkte von oben", "Signature de {name}: page {page}, {x} points depuis la gauche, {y} depuis le haut", "Firma di {name}: pagina {page}, {x} punti da sinistra, {y} dall’alto", "Signature of {name}: page {page}, {x} points from the left, {y} points from the top"],

  people: ["Unterzeichnende", "Signataires", "Firmatari", "Signers"],
  iSign: ["Ich signiere auch ({name})", "Je signe aussi ({name})", "Firmo anch’io ({name})", "I will also sign ({name})"],
  signer: ["Unterzeichnende Person {number}", "Signataire {number}", "Firmatario {number}", "Signer {number}"],
  firstName: ["Vorname", "Prénom", "Nome", "First name"],
  lastName: ["Nachname", "Nom", "Cognome", "Last name"],
  email: ["E-Mail-Adresse", "Adresse e-mail", "Indirizzo e-mail", "Email address"],
  mobile: ["Mobilnummer (optional)", "Numéro de mobile (facultatif)", "Numero di cellulare (facoltativo)", "Mobile number (optional)"],
  page: ["Signatur auf Seite", "Signature à la page", "Firma a pagina", "Signature on page"],
  add: ["Unterzeichnende Person hinzufügen", "Ajouter un signataire", "Aggiungi un firmatario", "Add signer"],
  remove: ["Unterzeichnende Person {number} entfernen", "Retirer le signataire {number}", "Rimuovi il firmatario {number}", "Remove signer {number}"],
  options: ["Signaturoptionen", "Options de signature", "Opzioni di firma", "Signature options"],
  level: ["Signaturstufe", "Niveau de signature", "Livello di firma", "Signature level"],
  SIMPLE: ["Einfach (EES)", "Simple (SES)", "Semplice (FES)", "Simple (SES)"],
  ADVANCED: ["Fortgeschritten, Schweiz (FES)", "Avancée, Suisse (SEA)", "Avanzata, Svizzera (FEA)", "Advanced, Switzerland (AES)"],
  ADVANCED_EU: ["Fortgeschritten, EU (FES)", "Avancée, UE (SEA)", "Avanzata, UE (FEA)", "Advanced, EU (AES)"],
  QUALIFIED: ["Qualifiziert, Schweiz (QES)", "Qualifiée, Suisse (SEQ)", "Qualificata, Svizzera (FEQ)", "Qualified, Switzerland (QES)"],
  QUALIFIED_EU: ["Qualifiziert, EU (QES)", "Qualifiée, UE (SEQ)", "Qualificata, UE (FEQ)", "Qualified, EU (QES)"],
  message: ["Nachricht in der Einladung (optional)", "Message dans l’invitation (facultatif)", "Messaggio nell’invito (facoltativo)", "Message in the invitation (optional)"],
  embedded: ["Vorbereitung auf dieser Seite öffnen", "Ouvrir la préparation dans cette page", "Apri la preparazione in questa pagina", "Prepare the document on this page"],
  submit: ["Hochladen und vorbereiten", "Téléverser et préparer", "Carica e prepara", "Upload and continue"],
  problems: ["Bitte prüfen Sie Ihre Eingaben", "Veuillez vérifier votre saisie", "Controlli i dati inseriti", "Please check your entries"],
  needFile: ["Wählen Sie ein PDF.", "Choisissez un PDF.", "Scelga un PDF.", "Choose a PDF."],
  needSigner: ["Fügen Sie mindestens eine unterzeichnende Person hinzu.", "Ajoutez au moins un signataire.", "Aggiunga almeno un firmatario.", "Add at least one signer."],
  needContact: ["Geben Sie eine E-Mail-Adresse oder eine Mobilnummer ein.", "Indiquez une adresse e-mail ou un numéro de mobile.", "Indichi un indirizzo e-mail o un numero di cellulare.", "Enter an email address or a mobile number."],

  uploading: ["{name} wird hochgeladen", "Téléversement de {name}", "Caricamento di {name}", "Uploading {name}"],
  reading: ["Datei wird gelesen: {percent} %", "Lecture du fichier: {percent} %", "Lettura del file: {percent} %", "Reading the file: {percent}%"],
  sending: ["{done} von {total} hochgeladen", "{done} sur {total} téléversés", "{done} di {total} caricati", "{done} of {total} uploaded"],
  wait: ["Bitte warten …", "Veuillez patienter…", "Attendere…", "Please wait…"],
  cancel: ["Abbrechen", "Annuler", "Annulla", "Cancel"],
  canceled: ["Upload abgebrochen. Es wurde nichts an die Unterzeichnenden gesendet.", "Téléversement annulé. Rien n’a été envoyé aux signataires.", "Caricamento annullato. Nulla è stato inviato ai firmatari.", "Upload cancelled. Nothing was sent to the signers."],
  handing: ["Die Vorbereitungsseite wird geöffnet …", "Ouverture de la page de préparation…", "Apertura della pagina di preparazione…", "Opening the preparation page…"],
  interrupted: ["Der Upload wurde unterbrochen", "Le téléversement a été interrompu", "Il caricamento è stato interrotto", "The upload was interrupted"],
  interruptedLead: ["Ihre Angaben sind gespeichert. Wählen Sie das PDF erneut aus, um fortzufahren.", "Votre saisie est conservée. Choisissez à nouveau le PDF pour continuer.", "I dati inseriti sono conservati. Scelga di nuovo il PDF per continuare.", "Your entries are saved. Choose the PDF again to continue."],
  continueUpload: ["Upload fortsetzen", "Reprendre le téléversement", "Riprendi il caricamento", "Resume upload"],
  prepare: ["Die Vorbereitung ist noch nicht abgeschlossen", "La préparation n’est pas terminée", "La preparazione non è ancora terminata", "Preparation is not finished"],
  prepareLead: ["Das Dokument ist hochgeladen, wurde aber noch niemandem gesendet.", "Le document est téléversé, mais n’a encore été envoyé à personne.", "Il documento è stato caricato, ma non è ancora stato inviato a nessuno.", "The document has been uploaded but not sent to anyone yet."],
  continueSetup: ["Vorbereitung fortsetzen", "Continuer la préparation", "Continua la preparazione", "Continue preparation"],
  startOver: ["Neu beginnen", "Recommencer", "Ricomincia", "Start over"],
  frame: ["Vorbereitung auf der Signaturplattform", "Préparation sur la plateforme de signature", "Preparazione sulla piattaforma di firma", "Preparation on the signing platform"],
  signFrame: ["Signieren auf der Signaturplattform", "Signature sur la plateforme de signature", "Firma sulla piattaforma di firma", "Signing on the signing platform"],

  follow: ["Status der Signaturen", "Statut des signatures", "Stato delle firme", "Signature status"],
  CREATED: ["Entwurf", "Brouillon", "Bozza", "Draft"],
  PENDING: ["Wartet auf Signaturen", "En attente de signatures", "In attesa di firme", "Waiting for signatures"],
  COMPLETED: ["Alle haben signiert", "Tous les signataires ont signé", "Tutti hanno firmato", "Everyone has signed"],
  EXPIRED: ["Beendet, Signaturen fehlen", "Clos, signatures manquantes", "Chiuso, firme mancanti", "Ended without all signatures"],
  completed: ["Dieser Signaturprozess ist bereits abgeschlossen.", "Ce processus de signature est déjà achevé.", "Questo processo di firma è già completato.", "This signing process is already complete."],
  declined: ["Eine unterzeichnende Person hat abgelehnt. Der Signaturprozess ist beendet.", "Un signataire a refusé. Le processus de signature est terminé.", "Un firmatario ha rifiutato. Il processo di firma è terminato.", "A signer declined. The signing process has ended."],
  expired: ["Die Frist ist abgelaufen. Der Signaturprozess ist beendet.", "Le délai est échu. Le processus de signature est terminé.", "Il termine è scaduto. Il processo di firma è terminato.", "The signing process has expired."],
  identification_rejected: ["Die Identifikation einer Person wurde abgelehnt. Der Signaturprozess kann nicht abgeschlossen werden.", "L’identification d’un signataire a été refusée. Le processus de signature ne peut pas aboutir.", "La verifica dell’identità di un firmatario è stata respinta. Il processo di firma non può essere completato.", "A signer’s identification was rejected. The signing process cannot be completed."],
  signers: ["Unterzeichnende", "Signataires", "Firmatari", "Signers"],
  you: ["Sie", "vous", "Lei", "you"],
  signer_WAITING: ["Noch nicht an der Reihe", "Pas encore son tour", "Non ancora il suo turno", "Not their turn yet"],
  signer_PENDING: ["Ausstehend", "En attente", "In attesa", "Pending"],
  signer_SIGNED: ["Hat signiert", "A signé", "Ha firmato", "Signed"],
  signer_DECLINED: ["Hat abgelehnt", "A refusé", "Ha rifiutato", "Declined"],
  signer_CANCELED: ["Hat nicht signiert", "N’a pas signé", "Non ha firmato", "Did not sign"],
  signer_REMOVED: ["Entfernt", "Retiré", "Rimosso", "Removed"],
  signer_REPLACED: ["Einer anderen Person zugewiesen", "Attribuée à une autre personne", "Assegnata a un’altra persona", "Assigned to someone else"],
  signNow: ["Jetzt signieren", "Signer maintenant", "Firma ora", "Sign now"],
  download: ["Signiertes PDF herunterladen", "Télécharger le PDF signé", "Scarica il PDF firmato", "Download signed PDF"],
  downloadSoFar: ["PDF mit den bisherigen Signaturen herunterladen", "Télécharger le PDF avec les signatures actuelles", "Scarica il PDF con le firme finora apposte", "Download PDF with the signatures so far"],
  downloaded: ["{name} wurde gespeichert.", "{name} a été enregistré.", "{name} è stato salvato.", "{name} has been saved."],
  another: ["Weiteres Dokument signieren lassen", "Faire signer un autre document", "Fai firmare un altro documento", "Start another document"],
  timeline: ["Verlauf", "Historique", "Cronologia", "Activity"],
  nothingYet: ["Noch keine Aktivität", "Aucune activité pour l’instant", "Ancora nessuna attività", "No activity yet"],
  activity_sign_INITIALIZE: ["Signieren gestartet", "Signature commencée", "Firma avviata", "Signing started"],
  activity_sign_SUCCESS: ["Dokument signiert", "Document signé", "Documento firmato", "Document signed"],
  activity_sign_ABORT: ["Signieren abgebrochen", "Signature interrompue", "Firma interrotta", "Signing cancelled"],
  activity_sign_FAIL: ["Signieren fehlgeschlagen", "Échec de la signature", "Firma non riuscita", "Signing failed"],
  activity_sign_UNKNOWN: ["Signatur: Status unbekannt", "Signature: statut inconnu", "Firma: stato sconosciuto", "Signature: status unknown"],
  activity_email_INITIALIZE: ["E-Mail wird gesendet", "Envoi de l’e-mail en cours", "Invio dell’e-mail in corso", "Email queued"],
  activity_email_SUCCESS: ["E-Mail gesendet", "E-mail envoyé", "E-mail inviata", "Email sent"],
  activity_email_SUCCESS_INVITE: ["Einladung gesendet", "Invitation envoyée", "Invito inviato", "Invitation sent"],
  activity_email_SUCCESS_COMPLETION: ["Abschlussmeldung gesendet", "Avis d’achèvement envoyé", "Avviso di completamento inviato", "Completion notice sent"],
  activity_email_ABORT: ["E-Mail-Versand abgebrochen", "Envoi de l’e-mail interrompu", "Invio dell’e-mail interrotto", "Email cancelled"],
  activity_email_FAIL: ["E-Mail konnte nicht gesendet werden", "L’e-mail n’a pas pu être envoyé", "Impossibile inviare l’e-mail", "Email could not be sent"],
  activity_email_UNKNOWN: ["E-Mail: Status unbekannt", "E-mail: statut inconnu", "E-mail: stato sconosciuto", "Email: status unknown"],
  activity_payment_INITIALIZE: ["Zahlung gestartet", "Paiement commencé", "Pagamento avviato", "Payment started"],
  activity_payment_SUCCESS: ["Zahlung abgeschlossen", "Paiement effectué", "Pagamento effettuato", "Payment completed"],
  activity_payment_ABORT: ["Zahlung abgebrochen", "Paiement interrompu", "Pagamento interrotto", "Payment cancelled"],
  activity_payment_FAIL: ["Zahlung fehlgeschlagen", "Échec du paiement", "Pagamento non riuscito", "Payment failed"],
  activity_payment_UNKNOWN: ["Zahlung: Status unbekannt", "Paiement: statut inconnu", "Pagamento: stato sconosciuto", "Payment: status unknown"],
  activity_identification_INITIALIZE: ["Identifikation gestartet", "Identification commencée", "Verifica dell’identità avviata", "Identity verification started"],
  activity_identification_SUCCESS: ["Identifikation erfolgreich", "Identification réussie", "Identità verificata", "Identity verified"],
  activity_identification_ABORT: ["Identifikation abgebrochen", "Identification interrompue", "Verifica dell’identità interrotta", "Identity verification cancelled"],
  activity_identification_FAIL: ["Identifikation fehlgeschlagen", "Échec de l’identification", "Verifica dell’identità non riuscita", "Identity verification failed"],
  activity_identification_UNKNOWN: ["Identifikation: Status unbekannt", "Identification: statut inconnu", "Verifica dell’identità: stato sconosciuto", "Identity verification: status unknown"],
  activity_transaction_INITIALIZE: ["Signaturprozess gestartet", "Processus de signature démarré", "Processo di firma avviato", "Signing process started"],
  activity_transaction_SUCCESS: ["Signaturprozess beendet", "Processus de signature terminé", "Processo di firma terminato", "Signing process ended"],
  activity_transaction_ABORT: ["Signaturprozess vorzeitig beendet", "Processus de signature interrompu", "Processo di firma interrotto", "Signing process ended early"],
  activity_transaction_FAIL: ["Signaturprozess fehlgeschlagen", "Échec du processus de signature", "Processo di firma non riuscito", "Signing process failed"],
  activity_transaction_UNKNOWN: ["Signaturprozess: Status unbekannt", "Processus de signature: statut inconnu", "Processo di firma: stato sconosciuto", "Signing process: status unknown"],

  offline: ["Keine Verbindung. Es geht automatisch weiter, sobald Sie wieder online sind.", "Pas de connexion. La page reprendra automatiquement une fois la connexion rétablie.", "Nessuna connessione. La pagina riprenderà automaticamente quando tornerà online.", "You are offline. This page continues automatically when you are back online."],
  retry: ["Erneut versuchen", "Réessayer", "Riprova", "Try again"],
  session: ["Ihre Sitzung ist abgelaufen", "Votre session a expiré", "La sua sessione è scaduta", "Your session has expired"],
  sessionLead: ["Melden Sie sich erneut an. Ihre Eingaben bleiben erhalten.", "Reconnectez-vous. Votre saisie est conservée.", "Acceda di nuovo. I dati inseriti sono conservati.", "Log in again. Your entries are kept."],
  signIn: ["Erneut anmelden", "Se reconnecter", "Accedi di nuovo", "Log in again"],
  reference: ["Fehler-ID: {id}", "ID de l’erreur: {id}", "ID errore: {id}", "Error ID: {id}"],

  failedTitle: ["Es ist ein Fehler aufgetreten", "Une erreur s’est produite", "Si è verificato un errore", "Something went wrong"],
  failed: ["Bitte versuchen Sie es erneut.", "Veuillez réessayer.", "Riprovi.", "Please try again."],
  error_connection_failed: ["Verbindung fehlgeschlagen. Prüfen Sie Ihre Internetverbindung.", "Échec de la connexion. Vérifiez votre connexion Internet.", "Connessione non riuscita. Verifichi la connessione Internet.", "Connection failed. Check your internet connection."],
  error_timeout: ["Zeitüberschreitung. Bitte versuchen Sie es erneut.", "Délai d’attente dépassé. Veuillez réessayer.", "Tempo di attesa scaduto. Riprovi.", "The request timed out. Please try again."],
  error_server_error: ["Die Signaturplattform ist vorübergehend nicht verfügbar. Bitte versuchen Sie es später erneut.", "La plateforme de signature est momentanément indisponible. Veuillez réessayer plus tard.", "La piattaforma di firma è temporaneamente non disponibile. Riprovi più tardi.", "The signing platform is temporarily unavailable. Please try again later."],
  error_rate_limited: ["Zu viele Anfragen. Bitte warten Sie einen Moment.", "Trop de requêtes. Veuillez patienter un instant.", "Troppe richieste. Attenda un momento.", "Too many requests. Please wait a moment."],
  error_not_found: ["Dieser Signaturprozess existiert nicht, oder Sie haben keinen Zugriff darauf.", "Ce processus de signature n’existe pas ou vous n’y avez pas accès.", "Questo processo di firma non esiste o non vi ha accesso.", "This signing process does not exist, or you do not have access to it."],
  error_permission_denied: ["Sie haben keine Berechtigung für diese Aktion.", "Vous n’avez pas l’autorisation d’effectuer cette action.", "Non ha l’autorizzazione per eseguire questa azione.", "You do not have permission to do this."],
  error_state_forbids: ["Diese Aktion ist im aktuellen Status des Signaturprozesses nicht möglich.", "Cette action n’est pas possible dans l’état actuel du processus de signature.", "Questa azione non è possibile nello stato attuale del processo di firma.", "This action is not possible in the current state of the signing process."],
  error_gone: ["Die Dateien wurden nach Ablauf der Aufbewahrungsfrist gelöscht.", "Les fichiers ont été supprimés à l’expiration du délai de conservation.", "I file sono stati eliminati allo scadere del periodo di conservazione.", "The files were deleted at the end of the retention period."],
  error_uncertain_outcome: ["Es ist unklar, ob die Anfrage ausgeführt wurde. Prüfen Sie den Status, bevor Sie es erneut versuchen.", "On ignore si la demande a été exécutée. Vérifiez le statut avant de réessayer.", "Non è certo che la richiesta sia stata eseguita. Verifichi lo stato prima di riprovare.", "It is not clear whether the request was completed. Check the status before you try again."],

  problem_required: ["Dieses Feld ist erforderlich.", "Ce champ est obligatoire.", "Questo campo è obbligatorio.", "This field is required."],
  problem_too_long: ["Diese Eingabe ist zu lang.", "Cette saisie est trop longue.", "Il testo inserito è troppo lungo.", "This entry is too long."],
  problem_format: ["Das Format ist ungültig.", "Le format n’est pas valable.", "Il formato non è valido.", "The format is not valid."],
  problem_person_incomplete: ["Geben Sie Vor- und Nachnamen oder eine E-Mail-Adresse ein.", "Indiquez le prénom et le nom ou une adresse e-mail.", "Indichi nome e cognome o un indirizzo e-mail.", "Enter a first and last name, or an email address."],
  problem_not_unique: ["Dieser Wert wird bereits verwendet.", "Cette valeur est déjà utilisée.", "Questo valore è già in uso.", "This value is already in use."],
  problem_not_signable_on_test: ["Diese Signaturstufe ist in der Testumgebung nicht verfügbar.", "Ce niveau de signature n’est pas disponible dans l’environnement de test.", "Questo livello di firma non è disponibile nell’ambiente di test.", "This signature level is not available in the test environment."],
  problem_outside_visible_area: ["Die Signatur ragt über die Seite hinaus.", "La signature dépasse de la page.", "La firma esce dalla pagina.", "The signature extends beyond the page."],
  problem_overlapping_positions: ["Die Signaturen überlappen sich.", "Les signatures se chevauchent.", "Le firme si sovrappongono.", "The signatures overlap."],
  problem_page_out_of_range: ["Diese Seite existiert nicht.", "Cette page n’existe pas.", "Questa pagina non esiste.", "This page does not exist."],
  problem_no_signer: ["Fügen Sie mindestens eine unterzeichnende Person hinzu.", "Ajoutez au moins un signataire.", "Aggiunga almeno un firmatario.", "Add at least one signer."],
  problem_file_empty: ["Die Datei ist leer.", "Le fichier est vide.", "Il file è vuoto.", "The file is empty."],
  problem_file_too_large: ["Die Datei ist zu gross (max. 40 MB).", "Le fichier est trop volumineux (40 Mo max.).", "Il file è troppo grande (max. 40 MB).", "The file is too large (max. 40 MB)."],
  problem_not_a_pdf: ["Die Datei ist kein PDF.", "Le fichier n’est pas un PDF.", "Il file non è un PDF.", "The file is not a PDF."],
} as const satisfies Record<string, Row>;

export type TextKey = keyof typeof ROWS;

/** The texts in one language. */
export interface Texts {
  readonly language: Language;
  /** The text of a key, with the given values for its `{placeholders}`. */
  (key: TextKey, values?: Record<string, string | number>): string;
  /** The text of `prefix` + value; the value itself if it is newer than this page. */
  of(prefix: string, value: string | undefined): string;
  /** The message for an error. */
  error(code: ErrorCode): string;
  /** The message for the field of a problem; the SDK's English message for rare codes. */
  problem(code: ProblemCode | "state_forbids", message: string): string;
  /** An entry of the activity list. */
  activity(record: AuditRecord): string;
  /** Date and time in the time zone of the browser, with the zone. */
  date(iso: string): string;
  /** A size: in kB below one MB. */
  size(bytes: number): string;
}

function known(key: string): key is TextKey {
  return Object.hasOwn(ROWS, key);
}

export function textsIn(language: Language): Texts {
  const column = LANGUAGES.findIndex(({ code }) => code === language);
  const dates = new Intl.DateTimeFormat(language, {
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    timeZoneName: "short",
  });
  const text = (
    key: TextKey,
    values: Record<string, string | number> = {},
  ): string =>
    (ROWS[key][column] ?? "").replace(/\{(\w+)\}/g, (whole, name: string) =>
      String(values[name] ?? whole),
    );
  return Object.assign(text, {
    language,
    of(prefix: string, value: string | undefined): string {
      const key = `${prefix}${value ?? ""}`;
      return known(key) ? text(key) : (value ?? "");
    },
    error(code: ErrorCode): string {
      const key = `error_${code}`;
      return known(key) ? text(key) : text("failed");
    },
    problem(code: ProblemCode | "state_forbids", message: string): string {
      const key = `problem_${code}`;
      return known(key) ? text(key) : message;
    },
    activity({ action, status, extras }: AuditRecord): string {
      const pair = `activity_${action ?? ""}_${status ?? ""}`;
      const key = [`${pair}_${extras?.["email_type"] ?? ""}`, pair].find(known);
      return key === undefined
        ? `${action ?? ""} (${status ?? ""})`
        : text(key);
    },
    date: (iso: string): string => dates.format(new Date(iso)),
    size(bytes: number): string {
      const mega = bytes >= 1024 * 1024;
      return new Intl.NumberFormat(language, {
        style: "unit",
        unit: mega ? "megabyte" : "kilobyte",
        maximumFractionDigits: 1,
      }).format(bytes / (mega ? 1024 * 1024 : 1024));
    },
  });
}

/** The language chosen before, or the first supported language of the browser. */
export function preferredLanguage(): Language {
  for (const wish of [rememberedLanguage(), ...navigator.languages]) {
    const found = LANGUAGES.find(
      ({ code }) => code.slice(0, 2) === wish.slice(0, 2),
    );
    if (found !== undefined) return found.code;
  }
  return "en-GB";
}

function rememberedLanguage(): string {
  try {
    return localStorage.getItem("language") ?? "";
  } catch {
    // Storage is blocked.
    return "";
  }
}

export function rememberLanguage(language: Language): void {
  try {
    localStorage.setItem("language", language);
  } catch {
    // Storage is blocked: the language lasts until the next page.
  }
}
