//! What the pages say.

use swisscom_sign::contract::{SignatureLevel, SignatureMethod, SignerStatus, State};

use crate::domain::ErrorName;
use crate::localization::texts;
use crate::outbox::MessageType;

texts! {
    /// The texts of the pages.
    Texts {
        product: "Sign Sandbox", "Sign Sandbox", "Sign Sandbox", "Sign Sandbox";
        banner: "Sandbox for testing only. Signatures created here are not legally valid.", "Sandbox, nur zu Testzwecken. Hier erstellte Signaturen sind nicht rechtsgültig.", "Bac à sable, uniquement à des fins de test. Les signatures apposées ici ne sont pas juridiquement valables.", "Sandbox, solo a scopo di test. Le firme apposte qui non sono giuridicamente valide.";
        skip: "Skip to content", "Zum Inhalt springen", "Aller au contenu", "Vai al contenuto";
        language: "Language", "Sprache", "Langue", "Lingua";
        home: "Home", "Startseite", "Accueil", "Pagina iniziale";
        back: "Back", "Zurück", "Retour", "Indietro";
        try_again: "Try again", "Erneut versuchen", "Réessayer", "Riprova";
        log_in: "Log in", "Anmelden", "Se connecter", "Accedi";
        log_out: "Log out", "Abmelden", "Se déconnecter", "Esci";
        go_on: "Continue", "Weiter", "Continuer", "Continua";
        logged_in_as: "Logged in as {name}", "Angemeldet als {name}", "Connexion en tant que {name}", "Accesso effettuato come {name}";

        documents: "Documents", "Dokumente", "Documents", "Documenti";
        document_hint: "opens in a new window", "öffnet in einem neuen Fenster", "s’ouvre dans une nouvelle fenêtre", "si apre in una nuova finestra";
        no_documents: "No documents", "Keine Dokumente vorhanden", "Aucun document", "Nessun documento";
        deleted: "The documents have been deleted.", "Die Dokumente wurden gelöscht.", "Les documents ont été supprimés.", "I documenti sono stati eliminati.";
        signatures_one: "1 signature", "1 Signatur", "1 signature", "1 firma";
        signatures_many: "{count} signatures", "{count} Signaturen", "{count} signatures", "{count} firme";
        signers: "Signers", "Unterzeichnende", "Signataires", "Firmatari";
        details: "Details", "Details", "Détails", "Dettagli";
        initiator: "Requested by", "Angefordert von", "Demandé par", "Richiesto da";
        valid_until: "Valid until", "Gültig bis", "Valable jusqu’au", "Valido fino al";
        level: "Signature level", "Signaturstufe", "Niveau de signature", "Livello di firma";
        message: "Message", "Nachricht", "Message", "Messaggio";
        status: "Status", "Status", "Statut", "Stato";
        you: "you", "Sie", "vous", "Lei";
        unknown: "Unknown", "Unbekannt", "Inconnu", "Sconosciuto";

        sign_title: "Sign", "Signieren", "Signer", "Firmare";
        sign_lead: "Read the documents before you sign.", "Bitte lesen Sie die Dokumente, bevor Sie signieren.", "Veuillez lire les documents avant de les signer.", "Legga i documenti prima di firmarli.";
        sign_button: "Sign now", "Jetzt signieren", "Signer maintenant", "Firma ora";
        method: "How do you want to sign?", "Wie möchten Sie signieren?", "Comment souhaitez-vous signer?", "Come desidera firmare?";
        method_app: "Mobile ID app", "Mobile ID App", "Application Mobile ID", "App Mobile ID";
        method_sms: "Code by SMS", "Code per SMS", "Code par SMS", "Codice via SMS";
        method_click: "Click to sign", "Per Klick", "Par clic", "Con un clic";
        method_passkey: "Passkey", "Passkey", "Clé d’accès (passkey)", "Passkey";
        method_oss: "Once, without registration (One-Shot Signing)", "Einmalig, ohne Registrierung (One-Shot Signing)", "Une seule fois, sans inscription (One-Shot Signing)", "Una sola volta, senza registrazione (One-Shot Signing)";
        sms_mobile: "Mobile number for the code by SMS (for example +41791234567)", "Mobilnummer für den Code per SMS (z.\u{a0}B. +41791234567)", "Numéro de mobile pour le code par SMS (p.\u{a0}ex. +41791234567)", "Numero di cellulare per il codice via SMS (p.\u{a0}es. +41791234567)";
        confirm_title: "Confirm your signature", "Bestätigen Sie Ihre Signatur", "Confirmez votre signature", "Confermi la sua firma";
        confirm_label: "Code from the SMS", "Code aus der SMS", "Code reçu par SMS", "Codice ricevuto via SMS";
        certificate_name: "Name in the certificate (if different)", "Name im Zertifikat (falls abweichend)", "Nom dans le certificat (s’il est différent)", "Nome nel certificato (se diverso)";
        decline: "Decline to sign", "Signatur ablehnen", "Refuser de signer", "Rifiuta di firmare";
        decline_lead: "If you decline, the signing process ends and the other signers can no longer sign.", "Wenn Sie ablehnen, wird der Signaturprozess beendet und niemand kann mehr signieren.", "Si vous refusez, le processus de signature prend fin et plus personne ne peut signer.", "Se rifiuta, il processo di firma termina e nessuno può più firmare.";
        decline_lead_pending: "If you decline, your signature will be missing. The other signers can still sign.", "Wenn Sie ablehnen, wird Ihre Signatur fehlen. Die anderen Unterzeichnenden können weiterhin signieren.", "Si vous refusez, votre signature manquera. Les autres signataires pourront encore signer.", "Se rifiuta, la sua firma mancherà. Gli altri firmatari potranno comunque firmare.";
        reason: "Reason (optional)", "Grund (optional)", "Motif (facultatif)", "Motivo (facoltativo)";
        decline_button: "Decline", "Ablehnen", "Refuser", "Rifiuta";
        delegate: "Assign to someone else", "Einer anderen Person zuweisen", "Attribuer à une autre personne", "Assegna a un’altra persona";
        delegate_lead: "The other person signs instead of you. If this process sends invitations, they receive one by email; otherwise you get a link to share.", "Die andere Person signiert an Ihrer Stelle. Falls dieser Prozess Einladungen versendet, erhält sie eine per E-Mail; andernfalls erhalten Sie einen Link zum Weitergeben.", "L’autre personne signe à votre place. Si ce processus envoie des invitations, elle en reçoit une par e-mail; sinon, vous obtenez un lien à lui transmettre.", "L’altra persona firma al suo posto. Se il processo invia inviti, ne riceve uno per e-mail; altrimenti lei ottiene un link da inoltrare.";
        hand_on: "This person does not receive an email. Send them this link:", "Diese Person erhält keine E-Mail. Senden Sie ihr diesen Link:", "Cette personne ne reçoit pas d’e-mail. Envoyez-lui ce lien:", "Questa persona non riceve alcuna e-mail. Le invii questo link:";
        delegate_button: "Assign", "Zuweisen", "Attribuer", "Assegna";
        first_name: "First name", "Vorname", "Prénom", "Nome";
        last_name: "Last name", "Nachname", "Nom", "Cognome";
        email: "Email address", "E-Mail-Adresse", "Adresse e-mail", "Indirizzo e-mail";
        mobile: "Mobile number (for example +41791234567)", "Mobilnummer (z.\u{a0}B. +41791234567)", "Numéro de mobile (p.\u{a0}ex. +41791234567)", "Numero di cellulare (p.\u{a0}es. +41791234567)";
        contact_hint: "Enter an email address or a mobile number.", "Geben Sie eine E-Mail-Adresse oder eine Mobilnummer ein.", "Indiquez une adresse e-mail ou un numéro de mobile.", "Indichi un indirizzo e-mail o un numero di cellulare.";

        identify_lead: "You must verify your identity online before you can sign.", "Bevor Sie signieren können, müssen Sie sich online identifizieren.", "Vous devez vous identifier en ligne avant de pouvoir signer.", "Prima di poter firmare deve verificare la sua identità online.";
        identify_pending: "Your identity is being verified. Please try again later.", "Ihre Identifikation wird geprüft. Bitte versuchen Sie es später erneut.", "Votre identification est en cours de vérification. Veuillez réessayer plus tard.", "La verifica della sua identità è in corso. Riprovi più tardi.";
        identify_rejected: "Your identification was rejected, so you cannot sign. Contact the person who requested your signature.", "Ihre Identifikation wurde abgelehnt; Sie können deshalb nicht signieren. Wenden Sie sich an die Person, die Ihre Signatur angefordert hat.", "Votre identification a été refusée; vous ne pouvez donc pas signer. Adressez-vous à la personne qui a demandé votre signature.", "La verifica della sua identità è stata respinta; non può quindi firmare. Si rivolga alla persona che ha richiesto la sua firma.";

        waiting: "It is not your turn yet. You can sign once the signers before you have signed.", "Sie sind noch nicht an der Reihe. Sie können signieren, sobald die vorherigen Unterzeichnenden signiert haben.", "Ce n’est pas encore votre tour. Vous pourrez signer dès que les signataires précédents auront signé.", "Non è ancora il suo turno. Potrà firmare quando i firmatari precedenti avranno firmato.";
        signed: "You have signed. Thank you.", "Sie haben signiert. Vielen Dank.", "Vous avez signé. Merci.", "Ha firmato. Grazie.";
        declined: "You declined to sign.", "Sie haben die Signatur abgelehnt.", "Vous avez refusé de signer.", "Ha rifiutato di firmare.";
        replaced: "You assigned your signature to someone else.", "Sie haben Ihre Signatur einer anderen Person zugewiesen.", "Vous avez attribué votre signature à une autre personne.", "Ha assegnato la sua firma a un’altra persona.";
        inactive: "You no longer take part in this signing process.", "Sie sind an diesem Signaturprozess nicht mehr beteiligt.", "Vous ne participez plus à ce processus de signature.", "Non partecipa più a questo processo di firma.";
        completed: "Everyone has signed.", "Alle haben signiert.", "Tous les signataires ont signé.", "Tutti hanno firmato.";
        expired: "This signing process ended before everyone signed.", "Dieser Signaturprozess wurde beendet, bevor alle signiert haben.", "Ce processus de signature a pris fin avant que tous aient signé.", "Questo processo di firma è terminato prima che tutti firmassero.";
        observer: "You do not need to sign. You can follow the progress here.", "Sie müssen nicht signieren. Hier können Sie den Fortschritt verfolgen.", "Vous n’avez pas à signer. Vous pouvez suivre l’avancement ici.", "Non deve firmare. Può seguire qui l’avanzamento.";

        qes_title: "Qualified signatures are not available in the sandbox", "Qualifizierte Signaturen sind in der Sandbox nicht verfügbar", "Les signatures qualifiées ne sont pas disponibles dans le bac à sable", "Le firme qualificate non sono disponibili nella sandbox";
        qes_lead: "They require an app that is not available in the test environment. The attempt was recorded, and the process is still waiting for your signature.", "Sie setzen eine App voraus, die in der Testumgebung nicht verfügbar ist. Der Versuch wurde protokolliert; der Prozess wartet weiterhin auf Ihre Signatur.", "Elles nécessitent une application qui n’est pas disponible dans l’environnement de test. La tentative a été consignée; le processus attend toujours votre signature.", "Richiedono un’app non disponibile nell’ambiente di test. Il tentativo è stato registrato; il processo attende ancora la sua firma.";
        qes_hint: "Developer note: use another signature level, or start the sandbox with", "Hinweis für die Entwicklung: Verwenden Sie eine andere Signaturstufe oder starten Sie die Sandbox mit", "Note pour le développement: utilisez un autre niveau de signature ou démarrez le bac à sable avec", "Nota per lo sviluppo: usi un altro livello di firma o avvii la sandbox con";

        code_title: "Enter your access code", "Geben Sie Ihren Zugangscode ein", "Saisissez votre code d’accès", "Inserisca il suo codice di accesso";
        code_sms: "We sent a 6-digit code by SMS to {to}.", "Wir haben einen sechsstelligen Code per SMS an {to} gesendet.", "Nous avons envoyé un code à six chiffres par SMS au {to}.", "Abbiamo inviato un codice a sei cifre via SMS al {to}.";
        code_mail: "We sent a 6-digit code by email to {to}.", "Wir haben einen sechsstelligen Code per E-Mail an {to} gesendet.", "Nous avons envoyé un code à six chiffres par e-mail à {to}.", "Abbiamo inviato un codice a sei cifre via e-mail a {to}.";
        code_label: "Access code", "Zugangscode", "Code d’accès", "Codice di accesso";
        code_resend: "Send a new code", "Neuen Code senden", "Envoyer un nouveau code", "Invia un nuovo codice";
        code_wrong: "Incorrect code. Attempts left: {count}.", "Falscher Code. Verbleibende Versuche: {count}.", "Code incorrect. Tentatives restantes: {count}.", "Codice errato. Tentativi rimasti: {count}.";
        code_spent: "Too many incorrect codes. Request a new code.", "Zu viele Fehlversuche. Bitte fordern Sie einen neuen Code an.", "Trop de tentatives. Veuillez demander un nouveau code.", "Troppi tentativi. Richieda un nuovo codice.";
        code_shut: "Too many incorrect codes. Try again in one hour.", "Zu viele falsche Codes. Bitte versuchen Sie es in einer Stunde erneut.", "Trop de codes incorrects. Veuillez réessayer dans une heure.", "Troppi codici errati. Riprovi tra un’ora.";
        code_late: "This code has expired. Request a new code.", "Dieser Code ist abgelaufen. Bitte fordern Sie einen neuen Code an.", "Ce code a expiré. Veuillez demander un nouveau code.", "Questo codice è scaduto. Richieda un nuovo codice.";
        code_sent: "We sent a new code.", "Ein neuer Code wurde gesendet.", "Un nouveau code a été envoyé.", "È stato inviato un nuovo codice.";
        code_or_login: "Have an account? Log in instead.", "Haben Sie ein Konto? Melden Sie sich an.", "Vous avez un compte? Connectez-vous.", "Ha un account? Acceda.";

        denied_title: "Access denied", "Zugriff verweigert", "Accès refusé", "Accesso negato";
        denied: "You do not have access to this signing process. Either no email address or mobile number is stored for you, or your account is not linked to this process.", "Sie haben keinen Zugriff auf diesen Signaturprozess. Entweder ist für Sie weder eine E-Mail-Adresse noch eine Mobilnummer hinterlegt, oder Ihr Konto ist diesem Prozess nicht zugeordnet.", "Vous n’avez pas accès à ce processus de signature. Soit aucune adresse e-mail ni aucun numéro de mobile n’est enregistré pour vous, soit votre compte n’est pas associé à ce processus.", "Non ha accesso a questo processo di firma. Per lei non è registrato alcun indirizzo e-mail o numero di cellulare, oppure il suo account non è associato a questo processo.";
        other_account: "Log in with another account", "Mit einem anderen Konto anmelden", "Se connecter avec un autre compte", "Accedi con un altro account";

        login_title: "Choose an account", "Wählen Sie ein Konto", "Choisissez un compte", "Scelga un account";
        login_lead: "Sandbox accounts do not need a password.", "Für Sandbox-Konten ist kein Passwort nötig.", "Les comptes du bac à sable ne nécessitent pas de mot de passe.", "Gli account della sandbox non richiedono password.";
        verified_email: "verified email address", "verifizierte E-Mail-Adresse", "adresse e-mail vérifiée", "indirizzo e-mail verificato";
        verified_mobile: "verified mobile number", "verifizierte Mobilnummer", "numéro de mobile vérifié", "numero di cellulare verificato";
        owns: "access to all processes of organisation {name}", "Zugriff auf alle Prozesse der Organisation {name}", "accès à tous les processus de l’organisation {name}", "accesso a tutti i processi dell’organizzazione {name}";
        owns_corporate: "access to all processes of the corporate tenant", "Zugriff auf alle Prozesse des Unternehmensmandanten", "accès à tous les processus du tenant d’entreprise", "accesso a tutti i processi del tenant aziendale";
        team: "member of team {name}", "Mitglied des Teams {name}", "membre de l’équipe {name}", "membro del team {name}";
        nothing_verified: "no verified contact details", "keine verifizierten Kontaktdaten", "aucune coordonnée vérifiée", "nessun recapito verificato";

        setup_title: "Prepare documents for signing", "Signatur vorbereiten", "Préparer la signature", "Preparare la firma";
        setup_lead: "Choose who signs and where each signature appears.", "Legen Sie fest, wer signiert und wo jede Signatur erscheint.", "Indiquez qui signe et où chaque signature apparaît.", "Indichi chi firma e dove compare ogni firma.";
        positions: "Signature positions", "Signaturpositionen", "Positions des signatures", "Posizioni delle firme";
        positions_hint: "In PDF points from the top-left corner of the page. Page -1 is the last page. Leave the page empty if no signature is needed.", "In PDF-Punkten ab der linken oberen Ecke der Seite. Seite -1 ist die letzte. Lassen Sie die Seite leer, wenn keine Signatur nötig ist.", "En points PDF à partir du coin supérieur gauche de la page. La page -1 est la dernière. Laissez la page vide si aucune signature n’est nécessaire.", "In punti PDF dall’angolo superiore sinistro della pagina. La pagina -1 è l’ultima. Lasci vuota la pagina se non serve alcuna firma.";
        page: "Page", "Seite", "Page", "Pagina";
        from_left: "From the left", "Von links", "Depuis la gauche", "Da sinistra";
        from_top: "From the top", "Von oben", "Depuis le haut", "Dall’alto";
        order: "Order", "Reihenfolge", "Ordre", "Ordine";
        signing_order: "Sign in this order", "In dieser Reihenfolge signieren", "Signer dans cet ordre", "Firmare in quest’ordine";
        personal_message: "Message to the signers", "Nachricht an die Unterzeichnenden", "Message aux signataires", "Messaggio ai firmatari";
        add_signer: "Add signer", "Unterzeichnende Person hinzufügen", "Ajouter un signataire", "Aggiungi un firmatario";
        invitation_hint: "Invitations are sent by email. For a signer without an email address, this page shows a link to share after you send the documents.", "Einladungen werden per E-Mail versendet. Für Personen ohne E-Mail-Adresse zeigt diese Seite nach dem Senden einen Link zum Weitergeben.", "Les invitations sont envoyées par e-mail. Pour les personnes sans adresse e-mail, cette page affiche après l’envoi un lien à transmettre.", "Gli inviti vengono inviati per e-mail. Per chi non ha un indirizzo e-mail, dopo l’invio questa pagina mostra un link da inoltrare.";
        add_button: "Add", "Hinzufügen", "Ajouter", "Aggiungi";
        keep_button: "Save entries", "Eingaben speichern", "Enregistrer la saisie", "Salva i dati inseriti";
        remove: "Remove {name}", "{name} entfernen", "Retirer {name}", "Rimuovi {name}";
        remove_button: "Remove", "Entfernen", "Retirer", "Rimuovi";
        no_signers: "No signers yet", "Noch keine Unterzeichnenden", "Aucun signataire pour l’instant", "Ancora nessun firmatario";
        release_button: "Send for signature", "Zum Signieren senden", "Envoyer pour signature", "Invia per la firma";
        sent: "You have sent the documents for signature.", "Sie haben die Dokumente zum Signieren gesendet.", "Vous avez envoyé les documents pour signature.", "Ha inviato i documenti per la firma.";
        already_released: "The documents have already been sent for signature.", "Die Dokumente wurden bereits zum Signieren gesendet.", "Les documents ont déjà été envoyés pour signature.", "I documenti sono già stati inviati per la firma.";

        not_found_title: "Page not found", "Seite nicht gefunden", "Page introuvable", "Pagina non trovata";
        not_found: "This page does not exist. Check the address.", "Diese Seite existiert nicht. Prüfen Sie die Adresse.", "Cette page n’existe pas. Vérifiez l’adresse.", "Questa pagina non esiste. Verifichi l’indirizzo.";
        not_released_title: "Not ready for signing", "Noch nicht bereit zum Signieren", "Pas encore prêt à être signé", "Non ancora pronto per la firma";
        not_released: "The documents have not been sent for signature yet.", "Die Dokumente wurden noch nicht zum Signieren gesendet.", "Les documents n’ont pas encore été envoyés pour signature.", "I documenti non sono ancora stati inviati per la firma.";
        form_title: "Please try again", "Bitte versuchen Sie es erneut", "Veuillez réessayer", "Riprovi";
        form_refused: "This form has expired or was sent from another website. Go back to the page and try again.", "Dieses Formular ist abgelaufen oder wurde von einer anderen Website gesendet. Gehen Sie zurück zur Seite und versuchen Sie es erneut.", "Ce formulaire a expiré ou provient d’un autre site. Revenez à la page et réessayez.", "Questo modulo è scaduto o proviene da un altro sito. Torni alla pagina e riprovi.";
        failed_title: "Something went wrong", "Es ist ein Fehler aufgetreten", "Une erreur s’est produite", "Si è verificato un errore";
        failed: "The sandbox could not complete the request. See its log for details.", "Die Sandbox konnte die Anfrage nicht ausführen. Einzelheiten stehen im Protokoll.", "Le bac à sable n’a pas pu traiter la requête. Consultez son journal.", "La sandbox non ha potuto elaborare la richiesta. Consulti il registro.";

        refused: "The request was rejected.", "Die Anfrage wurde abgelehnt.", "La demande a été rejetée.", "La richiesta è stata respinta.";
        refused_ended: "This signing process has already ended.", "Dieser Signaturprozess ist bereits beendet.", "Ce processus de signature est déjà terminé.", "Questo processo di firma è già terminato.";
        refused_input: "Please check your entries.", "Bitte prüfen Sie Ihre Eingaben.", "Veuillez vérifier votre saisie.", "Controlli i dati inseriti.";
        refused_no_signer: "Add at least one signer.", "Fügen Sie mindestens eine unterzeichnende Person hinzu.", "Ajoutez au moins un signataire.", "Aggiunga almeno un firmatario.";
        refused_no_document: "There is no document to sign.", "Es gibt kein Dokument zum Signieren.", "Il n’y a pas de document à signer.", "Non c’è alcun documento da firmare.";
        refused_not_placed: "Place a signature for each signer on at least one document.", "Platzieren Sie für jede unterzeichnende Person auf mindestens einem Dokument eine Signatur.", "Placez la signature de chaque signataire sur au moins un document.", "Posizioni la firma di ogni firmatario su almeno un documento.";
        refused_no_common: "At least one document must be signed by all signers.", "Mindestens ein Dokument muss von allen signiert werden.", "Au moins un document doit être signé par tous.", "Almeno un documento deve essere firmato da tutti.";
        refused_outside: "A signature extends beyond the page.", "Eine Signatur ragt über die Seite hinaus.", "Une signature dépasse de la page.", "Una firma esce dalla pagina.";
        refused_page: "A signature is placed on a page that does not exist.", "Eine Signatur ist auf einer Seite platziert, die nicht existiert.", "Une signature est placée sur une page qui n’existe pas.", "Una firma è posizionata su una pagina che non esiste.";
        refused_person: "The initiator needs an email address, or a first and last name.", "Die initiierende Person braucht eine E-Mail-Adresse oder Vor- und Nachnamen.", "L’initiateur doit avoir une adresse e-mail ou un prénom et un nom.", "L’iniziatore deve avere un indirizzo e-mail oppure nome e cognome.";

        wrong_name: "Enter a first name and a last name.", "Geben Sie Vor- und Nachnamen ein.", "Indiquez le prénom et le nom.", "Indichi nome e cognome.";
        wrong_email: "Enter a valid email address, such as name@example.ch.", "Geben Sie eine gültige E-Mail-Adresse ein, z.\u{a0}B. name@example.ch.", "Indiquez une adresse e-mail valable, p.\u{a0}ex. nom@example.ch.", "Indichi un indirizzo e-mail valido, p.\u{a0}es. nome@example.ch.";
        wrong_mobile: "Enter a mobile number with country code and without spaces, such as +41791234567.", "Geben Sie eine Mobilnummer mit Landesvorwahl und ohne Leerzeichen ein, z.\u{a0}B. +41791234567.", "Indiquez un numéro de mobile avec l’indicatif du pays et sans espaces, p.\u{a0}ex. +41791234567.", "Indichi un numero di cellulare con il prefisso internazionale e senza spazi, p.\u{a0}es. +41791234567.";
        wrong_field: "Enter a valid value.", "Geben Sie einen gültigen Wert ein.", "Saisissez une valeur valable.", "Inserisca un valore valido.";
        wrong_not_added: "You entered another signer but did not add them. Choose “Add”, or clear the fields.", "Sie haben eine weitere Person eingegeben, aber nicht hinzugefügt. Wählen Sie «Hinzufügen» oder leeren Sie die Felder.", "Vous avez saisi un autre signataire sans l’ajouter. Choisissez «Ajouter» ou videz les champs.", "Ha inserito un altro firmatario senza aggiungerlo. Scelga «Aggiungi» o svuoti i campi.";
        wrong_order: "{signer}: enter a whole number for the order.", "{signer}: Geben Sie für die Reihenfolge eine ganze Zahl ein.", "{signer}: saisissez un nombre entier pour l’ordre.", "{signer}: inserisca un numero intero per l’ordine.";
        wrong_message: "The message is too long. Use at most {count} characters.", "Die Nachricht ist zu lang. Erlaubt sind höchstens {count} Zeichen.", "Le message est trop long: {count} caractères au maximum.", "Il messaggio è troppo lungo: al massimo {count} caratteri.";
        wrong_page: "{file}, {signer}: enter a page number from 1, or -1 for the last page.", "{file}, {signer}: Geben Sie eine Seitenzahl ab 1 ein, oder -1 für die letzte Seite.", "{file}, {signer}: saisissez un numéro de page à partir de 1, ou -1 pour la dernière page.", "{file}, {signer}: inserisca un numero di pagina a partire da 1, oppure -1 per l’ultima pagina.";
        wrong_place: "{file}, {signer}, page {page}: enter whole numbers of 0 or more for the distances from the left and from the top.", "{file}, {signer}, Seite {page}: Geben Sie für die Abstände von links und von oben ganze Zahlen ab 0 ein.", "{file}, {signer}, page {page}: saisissez des nombres entiers à partir de 0 pour les distances depuis la gauche et depuis le haut.", "{file}, {signer}, pagina {page}: inserisca numeri interi a partire da 0 per le distanze da sinistra e dall’alto.";
        wrong_page_missing: "{file}, {signer}: page {page} does not exist. Number of pages: {count}.", "{file}, {signer}: Seite {page} existiert nicht. Anzahl Seiten: {count}.", "{file}, {signer}: la page {page} n’existe pas. Nombre de pages: {count}.", "{file}, {signer}: la pagina {page} non esiste. Numero di pagine: {count}.";
        wrong_outside: "{file}, {signer}, page {page}: the signature ({size} points) extends beyond the page.", "{file}, {signer}, Seite {page}: Die Signatur ({size} Punkte) ragt über die Seite hinaus.", "{file}, {signer}, page {page}: la signature ({size} points) dépasse de la page.", "{file}, {signer}, pagina {page}: la firma ({size} punti) esce dalla pagina.";
        wrong_overlap: "{file}, page {page}: the signatures of {signer} and {other} overlap.", "{file}, Seite {page}: Die Signaturen von {signer} und {other} überlappen sich.", "{file}, page {page}: les signatures de {signer} et de {other} se chevauchent.", "{file}, pagina {page}: le firme di {signer} e di {other} si sovrappongono.";
        accept_overlap: "Send although signatures overlap", "Trotz überlappender Signaturen senden", "Envoyer malgré le chevauchement des signatures", "Inviare nonostante le firme sovrapposte";
        wrong_not_placed: "{signer}: no signature is placed on any document.", "{signer}: Auf keinem Dokument ist eine Signatur platziert.", "{signer}: aucune signature n’est placée sur un document.", "{signer}: nessuna firma è posizionata su un documento.";

        for_developers: "Technical details", "Technische Details", "Détails techniques", "Dettagli tecnici";
        dashboard_title: "Swisscom Sign Integration API sandbox", "Sandbox der Swisscom Sign Integration API", "Bac à sable de la Swisscom Sign Integration API", "Sandbox della Swisscom Sign Integration API";
        guard_title: "Administrator login", "Administrator-Anmeldung", "Connexion à l’administration", "Accesso amministratore";
        guard_lead: "Enter the admin token to see processes, messages and access codes.", "Geben Sie das Admin-Token ein, um Prozesse, Nachrichten und Zugangscodes zu sehen.", "Saisissez le jeton d’administration pour voir les processus, les messages et les codes d’accès.", "Inserisca il token di amministrazione per vedere processi, messaggi e codici di accesso.";
        guard_token: "Admin token", "Admin-Token", "Jeton d’administration", "Token di amministrazione";
        guard_wrong: "Incorrect admin token.", "Falsches Admin-Token.", "Jeton d’administration incorrect.", "Token di amministrazione errato.";
        processes: "Processes", "Prozesse", "Processus", "Processi";
        no_processes: "No processes yet", "Noch keine Prozesse", "Aucun processus pour l’instant", "Ancora nessun processo";
        process: "Process", "Prozess", "Processus", "Processo";
        created: "Created", "Erstellt", "Créé", "Creato";
        outbox: "Outbox", "Postausgang", "Boîte d’envoi", "Posta in uscita";
        outbox_empty: "No emails or SMS yet", "Noch keine E-Mails oder SMS", "Aucun e-mail ni SMS pour l’instant", "Ancora nessuna e-mail o SMS";
        requests: "API requests", "API-Anfragen", "Requêtes API", "Richieste API";
        no_requests: "No API requests yet", "Noch keine API-Anfragen", "Aucune requête API pour l’instant", "Ancora nessuna richiesta API";
        request: "Request", "Anfrage", "Requête", "Richiesta";
        kind: "Type", "Typ", "Type", "Tipo";
        mail_invite: "Invitation email", "Einladung", "Invitation", "Invito";
        mail_reminder: "Reminder email", "Erinnerung", "Rappel", "Promemoria";
        mail_completion: "Completion email", "Abschluss", "Achèvement", "Completamento";
        client: "Client", "Client", "Client", "Client";
        to: "To", "An", "À", "A";
        open_link: "Open", "Öffnen", "Ouvrir", "Apri";
        setup_page: "Setup page", "Vorbereitungsseite", "Page de préparation", "Pagina di preparazione";
        time: "Time", "Zeit", "Heure", "Ora";
        addresses: "Addresses", "Adressen", "Adresses", "Indirizzi";
        clock: "Clock", "Uhr", "Horloge", "Orologio";
        clock_server: "Server", "Server", "Serveur", "Server";
        clock_real: "system time", "Systemzeit", "heure système", "ora di sistema";
        clock_frozen: "frozen", "angehalten", "figée", "bloccato";
        clock_offset: "offset by {by}", "um {by} verschoben", "décalée de {by}", "spostato di {by}";
        unit_day: "d", "Tg.", "j", "g";
        tokens: "Tokens", "Tokens", "Jetons", "Token";
        control: "Control API", "Steuerungs-API", "API de contrôle", "API di controllo";
        more: "Showing the latest {count} of {total}.", "Die neuesten {count} von {total}.", "Les {count} plus récents sur {total}.", "Gli ultimi {count} di {total}.";

        state_created: "Draft", "Entwurf", "Brouillon", "Bozza";
        state_pending: "Waiting for signatures", "Wartet auf Signaturen", "En attente de signatures", "In attesa di firme";
        state_completed: "Completed", "Abgeschlossen", "Achevé", "Completato";
        state_expired: "Ended without all signatures", "Beendet, Signaturen fehlen", "Clos, signatures manquantes", "Chiuso, firme mancanti";
        signer_waiting: "Not their turn yet", "Noch nicht an der Reihe", "Pas encore son tour", "Non ancora il suo turno";
        signer_pending: "Pending", "Ausstehend", "En attente", "In attesa";
        signer_signed: "Signed", "Hat signiert", "A signé", "Ha firmato";
        signer_declined: "Declined", "Hat abgelehnt", "A refusé", "Ha rifiutato";
        signer_canceled: "Did not sign", "Hat nicht signiert", "N’a pas signé", "Non ha firmato";
        signer_removed: "Removed", "Entfernt", "Retiré", "Rimosso";
        signer_replaced: "Assigned to someone else", "Einer anderen Person zugewiesen", "Attribuée à une autre personne", "Assegnata a un’altra persona";
        level_simple: "Simple (SES)", "Einfach (EES)", "Simple (SES)", "Semplice (FES)";
        level_advanced: "Advanced, Switzerland (AES)", "Fortgeschritten, Schweiz (FES)", "Avancée, Suisse (SEA)", "Avanzata, Svizzera (FEA)";
        level_advanced_eu: "Advanced, EU (AES)", "Fortgeschritten, EU (FES)", "Avancée, UE (SEA)", "Avanzata, UE (FEA)";
        level_qualified: "Qualified, Switzerland (QES)", "Qualifiziert, Schweiz (QES)", "Qualifiée, Suisse (SEQ)", "Qualificata, Svizzera (FEQ)";
        level_qualified_eu: "Qualified, EU (QES)", "Qualifiziert, EU (QES)", "Qualifiée, UE (SEQ)", "Qualificata, UE (FEQ)";
    }
}

impl Texts {
    /// The state of a process.
    pub fn state(&self, state: &State) -> &str {
        match state {
            State::Created => self.state_created,
            State::Pending => self.state_pending,
            State::Completed => self.state_completed,
            State::Expired => self.state_expired,
            _ => self.unknown,
        }
    }

    /// Where a signer stands.
    pub fn signer(&self, status: &SignerStatus) -> &str {
        match status {
            SignerStatus::Waiting => self.signer_waiting,
            SignerStatus::Pending => self.signer_pending,
            SignerStatus::Signed => self.signer_signed,
            SignerStatus::Declined => self.signer_declined,
            SignerStatus::Canceled => self.signer_canceled,
            SignerStatus::Removed => self.signer_removed,
            SignerStatus::Replaced => self.signer_replaced,
            _ => self.unknown,
        }
    }

    /// The quality of a signature.
    pub fn level(&self, level: &SignatureLevel) -> &str {
        match level {
            SignatureLevel::Simple => self.level_simple,
            SignatureLevel::Advanced => self.level_advanced,
            SignatureLevel::AdvancedEu => self.level_advanced_eu,
            SignatureLevel::Qualified => self.level_qualified,
            SignatureLevel::QualifiedEu => self.level_qualified_eu,
            _ => self.unknown,
        }
    }

    /// The kind of a mail or SMS.
    pub fn message_kind(&self, kind: MessageType) -> &str {
        match kind {
            MessageType::Invite => self.mail_invite,
            MessageType::Reminder => self.mail_reminder,
            MessageType::Completion => self.mail_completion,
            MessageType::Code => self.code_label,
        }
    }

    /// A way to sign.
    pub fn method(&self, method: &SignatureMethod) -> &str {
        match method {
            SignatureMethod::App => self.method_app,
            SignatureMethod::Sms => self.method_sms,
            SignatureMethod::Click => self.method_click,
            SignatureMethod::Passkey => self.method_passkey,
            SignatureMethod::Oss => self.method_oss,
            _ => self.unknown,
        }
    }

    /// Why something was refused.
    pub fn refusal(&self, name: ErrorName) -> &str {
        match name {
            ErrorName::Validation => self.refused_input,
            ErrorName::NoSigner => self.refused_no_signer,
            ErrorName::NoDocument => self.refused_no_document,
            ErrorName::SignerNotPlaced => self.refused_not_placed,
            ErrorName::NoDocumentWithAllSigners => self.refused_no_common,
            ErrorName::SignatureOutsideVisibleArea => self.refused_outside,
            ErrorName::PageOutOfRange => self.refused_page,
            ErrorName::PersonIncomplete => self.refused_person,
            ErrorName::ProcessAlreadyReleased => self.already_released,
            ErrorName::ProcessNotReleased => self.not_released,
            ErrorName::ProcessEnded => self.refused_ended,
            ErrorName::NotYourTurn => self.waiting,
            ErrorName::SignerAlreadyDone => self.signed,
            ErrorName::ParticipantInactive => self.inactive,
            ErrorName::IdentificationRequired => self.identify_lead,
            _ => self.refused,
        }
    }
}
