//! What the pages say.

use swisscom_sign::contract::{SignatureLevel, SignatureMethod, SignerStatus, State};

use crate::domain::ErrorName;
use crate::l10n::texts;

texts! {
    /// The texts of the pages.
    Texts {
        product: "Sign sandbox", "Sign-Sandbox", "Bac à sable Sign", "Sandbox Sign";
        banner: "This is a sandbox. Nothing that is signed here is a signature.", "Dies ist eine Sandbox. Nichts, was hier unterschrieben wird, ist eine Unterschrift.", "Ceci est un bac à sable. Rien de ce qui est signé ici n’est une signature.", "Questa è una sandbox. Nulla di ciò che viene firmato qui è una firma.";
        skip: "Skip to content", "Zum Inhalt springen", "Aller au contenu", "Vai al contenuto";
        language: "Language", "Sprache", "Langue", "Lingua";
        home: "Home", "Startseite", "Accueil", "Pagina iniziale";
        back: "Back", "Zurück", "Retour", "Indietro";
        log_in: "Log in", "Anmelden", "Se connecter", "Accedi";
        log_out: "Log out", "Abmelden", "Se déconnecter", "Esci";
        go_on: "Continue", "Weiter", "Continuer", "Continua";
        logged_in_as: "Logged in as {name}", "Angemeldet als {name}", "Connecté en tant que {name}", "Accesso effettuato come {name}";

        documents: "Documents", "Dokumente", "Documents", "Documenti";
        document_hint: "opens in a new window", "öffnet in einem neuen Fenster", "s’ouvre dans une nouvelle fenêtre", "si apre in una nuova finestra";
        no_documents: "There is no document.", "Es gibt kein Dokument.", "Il n’y a pas de document.", "Non c’è alcun documento.";
        deleted: "The documents were deleted.", "Die Dokumente wurden gelöscht.", "Les documents ont été supprimés.", "I documenti sono stati eliminati.";
        signatures_one: "1 signature", "1 Unterschrift", "1 signature", "1 firma";
        signatures_many: "{count} signatures", "{count} Unterschriften", "{count} signatures", "{count} firme";
        signers: "Signers", "Unterzeichnende", "Signataires", "Firmatari";
        details: "Details", "Angaben", "Détails", "Dettagli";
        initiator: "Requested by", "Angefordert von", "Demandé par", "Richiesto da";
        valid_until: "Valid until", "Gültig bis", "Valable jusqu’au", "Valido fino al";
        level: "Signature level", "Signaturstufe", "Niveau de signature", "Livello di firma";
        message: "Message", "Nachricht", "Message", "Messaggio";
        status: "Status", "Status", "Statut", "Stato";
        you: "you", "Sie", "vous", "lei";
        unknown: "Unknown", "Unbekannt", "Inconnu", "Sconosciuto";

        sign_title: "Sign", "Unterschreiben", "Signer", "Firmare";
        sign_lead: "Please read the documents, then sign them.", "Bitte lesen Sie die Dokumente und unterschreiben Sie sie danach.", "Veuillez lire les documents, puis les signer.", "Legga i documenti e poi li firmi.";
        sign_button: "Sign now", "Jetzt unterschreiben", "Signer maintenant", "Firma ora";
        method: "How do you want to sign?", "Wie möchten Sie unterschreiben?", "Comment souhaitez-vous signer?", "Come desidera firmare?";
        method_app: "With the app", "Mit der App", "Avec l’application", "Con l’app";
        method_sms: "With a code by SMS", "Mit einem Code per SMS", "Avec un code par SMS", "Con un codice via SMS";
        method_click: "With a click", "Mit einem Klick", "D’un clic", "Con un clic";
        method_passkey: "With a passkey", "Mit einem Passkey", "Avec une clé d’accès", "Con una passkey";
        method_oss: "Once, without registration", "Einmalig, ohne Registrierung", "Une seule fois, sans enregistrement", "Una sola volta, senza registrazione";
        certificate_name: "Name in the certificate (if different)", "Name im Zertifikat (falls abweichend)", "Nom dans le certificat (s’il est différent)", "Nome nel certificato (se diverso)";
        decline: "Decline to sign", "Unterschrift ablehnen", "Refuser de signer", "Rifiuta di firmare";
        decline_lead: "The process ends, and the others can no longer sign.", "Der Vorgang endet, und die anderen können nicht mehr unterschreiben.", "Le processus prend fin et les autres ne peuvent plus signer.", "La procedura termina e gli altri non possono più firmare.";
        decline_lead_pending: "Your signature will be missing; the others can still sign.", "Ihre Unterschrift wird fehlen; die anderen können noch unterschreiben.", "Votre signature manquera; les autres peuvent encore signer.", "La sua firma mancherà; gli altri possono ancora firmare.";
        reason: "Reason", "Grund", "Motif", "Motivo";
        decline_button: "Decline", "Ablehnen", "Refuser", "Rifiuta";
        delegate: "Let somebody else sign", "Jemand anderen unterschreiben lassen", "Faire signer quelqu’un d’autre", "Far firmare qualcun altro";
        delegate_lead: "The other person signs in your place. Where this process sends invitations, one goes to their e-mail address; otherwise you are then shown the link to hand on.", "Die andere Person unterschreibt an Ihrer Stelle. Versendet dieser Vorgang Einladungen, geht eine an ihre E-Mail-Adresse; sonst sehen Sie danach den Link, den Sie weitergeben können.", "L’autre personne signe à votre place. Si ce processus envoie des invitations, elle en reçoit une à son adresse e-mail; sinon, le lien à transmettre s’affiche ensuite.", "L’altra persona firma al suo posto. Se questa procedura invia inviti, l’altra persona ne riceve uno per e-mail; altrimenti le viene poi mostrato il link da inoltrare.";
        hand_on: "No message goes out to this person. Please hand on the link:", "An diese Person geht keine Nachricht. Bitte geben Sie den Link weiter:", "Aucun message n’est envoyé à cette personne. Veuillez transmettre le lien:", "A questa persona non viene inviato alcun messaggio. Inoltri il link:";
        delegate_button: "Hand over", "Übergeben", "Transmettre", "Delega";
        first_name: "First name", "Vorname", "Prénom", "Nome";
        last_name: "Last name", "Nachname", "Nom", "Cognome";
        email: "E-mail address", "E-Mail-Adresse", "Adresse e-mail", "Indirizzo e-mail";
        mobile: "Mobile number, such as +41791234567", "Mobilnummer, zum Beispiel +41791234567", "Numéro mobile, par exemple +41791234567", "Numero di cellulare, ad esempio +41791234567";
        contact_hint: "An e-mail address or a mobile number is needed.", "Es braucht eine E-Mail-Adresse oder eine Mobilnummer.", "Une adresse e-mail ou un numéro mobile est nécessaire.", "È necessario un indirizzo e-mail o un numero di cellulare.";

        identify_lead: "You have to be identified online before you can sign.", "Sie müssen online identifiziert werden, bevor Sie unterschreiben können.", "Vous devez être identifié en ligne avant de pouvoir signer.", "Deve essere identificato online prima di poter firmare.";
        identify_pending: "Your identification is being checked. Please come back later.", "Ihre Identifikation wird geprüft. Bitte kommen Sie später zurück.", "Votre identification est en cours de vérification. Veuillez revenir plus tard.", "La sua identificazione è in corso di verifica. Torni più tardi.";
        identify_rejected: "Your identification was rejected. You cannot sign.", "Ihre Identifikation wurde abgelehnt. Sie können nicht unterschreiben.", "Votre identification a été rejetée. Vous ne pouvez pas signer.", "La sua identificazione è stata respinta. Non può firmare.";

        waiting: "It is not your turn yet. You can sign once the others have signed.", "Sie sind noch nicht an der Reihe. Sie können unterschreiben, sobald die anderen unterschrieben haben.", "Ce n’est pas encore votre tour. Vous pourrez signer dès que les autres auront signé.", "Non è ancora il suo turno. Potrà firmare quando gli altri avranno firmato.";
        signed: "You have signed. Thank you.", "Sie haben unterschrieben. Vielen Dank.", "Vous avez signé. Merci.", "Ha firmato. Grazie.";
        declined: "You declined to sign.", "Sie haben die Unterschrift abgelehnt.", "Vous avez refusé de signer.", "Ha rifiutato di firmare.";
        replaced: "You handed your signature over to somebody else.", "Sie haben Ihre Unterschrift an jemand anderen übergeben.", "Vous avez transmis votre signature à quelqu’un d’autre.", "Ha delegato la sua firma a qualcun altro.";
        inactive: "You no longer take part in this process.", "Sie nehmen an diesem Vorgang nicht mehr teil.", "Vous ne participez plus à ce processus.", "Non partecipa più a questa procedura.";
        completed: "Everybody has signed.", "Alle haben unterschrieben.", "Tout le monde a signé.", "Tutti hanno firmato.";
        expired: "This process has ended, and a signature is missing.", "Dieser Vorgang ist beendet, und eine Unterschrift fehlt.", "Ce processus est terminé et il manque une signature.", "Questa procedura è terminata e manca una firma.";
        observer: "You do not sign in this process; you can follow it here.", "Sie unterschreiben in diesem Vorgang nicht; Sie können ihn hier verfolgen.", "Vous ne signez pas dans ce processus; vous pouvez le suivre ici.", "Non firma in questa procedura; può seguirla qui.";

        qes_title: "Qualified signatures cannot be made here", "Qualifizierte Unterschriften sind hier nicht möglich", "Les signatures qualifiées ne sont pas possibles ici", "Le firme qualificate non sono possibili qui";
        qes_lead: "They need an app that the test environment does not have. The attempt was recorded, and the process still waits for your signature.", "Dafür braucht es eine App, die es in der Testumgebung nicht gibt. Der Versuch wurde festgehalten, und der Vorgang wartet weiterhin auf Ihre Unterschrift.", "Elles nécessitent une application qui n’existe pas dans l’environnement de test. La tentative a été consignée et le processus attend toujours votre signature.", "Richiedono un’app che non esiste nell’ambiente di test. Il tentativo è stato registrato e la procedura attende ancora la sua firma.";
        qes_hint: "For developers: use another signature level, or start the sandbox with", "Für Entwickelnde: Verwenden Sie eine andere Signaturstufe, oder starten Sie die Sandbox mit", "Pour les développeurs: utilisez un autre niveau de signature ou démarrez le bac à sable avec", "Per chi sviluppa: usi un altro livello di firma oppure avvii la sandbox con";

        code_title: "Enter your access code", "Geben Sie Ihren Zugangscode ein", "Saisissez votre code d’accès", "Inserisca il suo codice di accesso";
        code_sms: "We have sent a code of six digits by SMS to {to}.", "Wir haben einen sechsstelligen Code per SMS an {to} gesendet.", "Nous avons envoyé un code à six chiffres par SMS au {to}.", "Abbiamo inviato un codice di sei cifre via SMS al {to}.";
        code_mail: "We have sent a code of six digits by e-mail to {to}.", "Wir haben einen sechsstelligen Code per E-Mail an {to} gesendet.", "Nous avons envoyé un code à six chiffres par e-mail à {to}.", "Abbiamo inviato un codice di sei cifre via e-mail a {to}.";
        code_label: "Access code", "Zugangscode", "Code d’accès", "Codice di accesso";
        code_resend: "Send a new code", "Neuen Code senden", "Envoyer un nouveau code", "Invia un nuovo codice";
        code_wrong: "This code is not right. Attempts left: {count}.", "Dieser Code stimmt nicht. Verbleibende Versuche: {count}.", "Ce code n’est pas correct. Essais restants: {count}.", "Questo codice non è corretto. Tentativi rimasti: {count}.";
        code_spent: "Too many attempts. Please ask for a new code.", "Zu viele Versuche. Bitte fordern Sie einen neuen Code an.", "Trop d’essais. Veuillez demander un nouveau code.", "Troppi tentativi. Richieda un nuovo codice.";
        code_shut: "Too many wrong codes were entered. Please try again in an hour.", "Es wurden zu viele falsche Codes eingegeben. Bitte versuchen Sie es in einer Stunde noch einmal.", "Trop de codes erronés ont été saisis. Veuillez réessayer dans une heure.", "Sono stati inseriti troppi codici errati. Riprovi tra un’ora.";
        code_late: "This code has expired. Please ask for a new code.", "Dieser Code ist abgelaufen. Bitte fordern Sie einen neuen Code an.", "Ce code a expiré. Veuillez demander un nouveau code.", "Questo codice è scaduto. Richieda un nuovo codice.";
        code_sent: "A new code is on its way.", "Ein neuer Code ist unterwegs.", "Un nouveau code est en route.", "Un nuovo codice è in arrivo.";
        code_or_login: "Do you have an account? Log in instead.", "Haben Sie ein Konto? Melden Sie sich stattdessen an.", "Vous avez un compte? Connectez-vous plutôt.", "Ha un account? Acceda invece con quello.";

        denied_title: "No access", "Kein Zugang", "Pas d’accès", "Accesso negato";
        denied: "There is no way to let you in: no e-mail address or mobile number is stored for you, or your account does not belong to this process.", "Wir können Ihnen keinen Zugang geben: Für Sie ist weder eine E-Mail-Adresse noch eine Mobilnummer hinterlegt, oder Ihr Konto gehört nicht zu diesem Vorgang.", "Nous ne pouvons pas vous donner accès: aucune adresse e-mail ni aucun numéro mobile n’est enregistré pour vous, ou votre compte n’appartient pas à ce processus.", "Non possiamo concederle l’accesso: per lei non è registrato alcun indirizzo e-mail o numero di cellulare, oppure il suo account non appartiene a questa procedura.";
        other_account: "Log in with another account", "Mit einem anderen Konto anmelden", "Se connecter avec un autre compte", "Accedi con un altro account";

        login_title: "Choose an account", "Wählen Sie ein Konto", "Choisissez un compte", "Scelga un account";
        login_lead: "The accounts of the sandbox need no password.", "Die Konten der Sandbox brauchen kein Passwort.", "Les comptes du bac à sable n’ont pas besoin de mot de passe.", "Gli account della sandbox non richiedono password.";
        verified_email: "verified e-mail address", "bestätigte E-Mail-Adresse", "adresse e-mail vérifiée", "indirizzo e-mail verificato";
        verified_mobile: "verified mobile number", "bestätigte Mobilnummer", "numéro mobile vérifié", "numero di cellulare verificato";
        owns: "owns the processes of organization {name}", "besitzt die Vorgänge der Organisation {name}", "possède les processus de l’organisation {name}", "possiede le procedure dell’organizzazione {name}";
        owns_corporate: "owns the processes of the corporate tenant", "besitzt die Vorgänge des Firmenmandanten", "possède les processus du mandant d’entreprise", "possiede le procedure del tenant aziendale";
        team: "member of team {name}", "Mitglied des Teams {name}", "membre de l’équipe {name}", "membro del team {name}";
        nothing_verified: "nothing verified", "nichts bestätigt", "rien de vérifié", "nulla di verificato";

        setup_title: "Prepare for signing", "Zur Unterschrift vorbereiten", "Préparer la signature", "Preparare la firma";
        setup_lead: "Say who signs, and where each signature stands.", "Legen Sie fest, wer unterschreibt und wo jede Unterschrift steht.", "Indiquez qui signe et où se place chaque signature.", "Indichi chi firma e dove va ogni firma.";
        positions: "Positions of the signatures", "Positionen der Unterschriften", "Positions des signatures", "Posizioni delle firme";
        positions_hint: "In PDF points from the upper left corner of the page; page -1 is the last one. Where no signature is wanted, leave the page empty.", "In PDF-Punkten ab der linken oberen Ecke der Seite; Seite -1 ist die letzte. Wo keine Unterschrift stehen soll, lassen Sie die Seite leer.", "En points PDF depuis le coin supérieur gauche de la page; la page -1 est la dernière. Là où aucune signature n’est souhaitée, laissez la page vide.", "In punti PDF dall’angolo superiore sinistro della pagina; la pagina -1 è l’ultima. Dove non serve una firma, lasci vuota la pagina.";
        page: "Page", "Seite", "Page", "Pagina";
        from_left: "From the left", "Von links", "Depuis la gauche", "Da sinistra";
        from_top: "From the top", "Von oben", "Depuis le haut", "Dall’alto";
        order: "Order", "Reihenfolge", "Ordre", "Ordine";
        signing_order: "Sign one after the other, in this order", "Nacheinander unterschreiben, in dieser Reihenfolge", "Signer l’un après l’autre, dans cet ordre", "Firmare uno dopo l’altro, in quest’ordine";
        personal_message: "Message to the signers", "Nachricht an die Unterzeichnenden", "Message aux signataires", "Messaggio ai firmatari";
        add_signer: "Add a signer", "Person hinzufügen", "Ajouter un signataire", "Aggiungi un firmatario";
        invitation_hint: "Invitations go out by e-mail. Whoever has no e-mail address is not invited: once the process is sent for signing, this page shows the link to hand on.", "Einladungen gehen per E-Mail. Wer keine E-Mail-Adresse hat, wird nicht eingeladen: Nach dem Senden zeigt diese Seite den Link, den Sie weitergeben können.", "Les invitations partent par e-mail. Qui n’a pas d’adresse e-mail n’est pas invité: après l’envoi, cette page affiche le lien à transmettre.", "Gli inviti partono per e-mail. Chi non ha un indirizzo e-mail non viene invitato: dopo l’invio, questa pagina mostra il link da inoltrare.";
        add_button: "Add", "Hinzufügen", "Ajouter", "Aggiungi";
        keep_button: "Keep what I have entered", "Eingaben behalten", "Conserver la saisie", "Conservare i dati inseriti";
        remove: "Remove {name}", "{name} entfernen", "Retirer {name}", "Rimuovi {name}";
        remove_button: "Remove", "Entfernen", "Retirer", "Rimuovi";
        no_signers: "Nobody signs yet.", "Noch unterschreibt niemand.", "Personne ne signe encore.", "Nessuno firma ancora.";
        release_button: "Send for signing", "Zur Unterschrift senden", "Envoyer pour signature", "Invia per la firma";
        sent: "You have sent this process for signing.", "Sie haben diesen Vorgang zur Unterschrift gesendet.", "Vous avez envoyé ce processus pour signature.", "Ha inviato questa procedura per la firma.";
        already_released: "This process was already sent for signing.", "Dieser Vorgang wurde bereits zur Unterschrift gesendet.", "Ce processus a déjà été envoyé pour signature.", "Questa procedura è già stata inviata per la firma.";

        not_found_title: "Not found", "Nicht gefunden", "Introuvable", "Non trovato";
        not_found: "There is nothing at this address.", "Unter dieser Adresse gibt es nichts.", "Il n’y a rien à cette adresse.", "A questo indirizzo non c’è nulla.";
        not_released: "This process was not sent for signing yet.", "Dieser Vorgang wurde noch nicht zur Unterschrift gesendet.", "Ce processus n’a pas encore été envoyé pour signature.", "Questa procedura non è ancora stata inviata per la firma.";
        form_title: "Please try again", "Bitte versuchen Sie es noch einmal", "Veuillez réessayer", "Riprovi";
        form_refused: "This form was not accepted: it is too old, or came from another site.", "Dieses Formular wurde nicht angenommen: Es ist zu alt oder kam von einer anderen Website.", "Ce formulaire n’a pas été accepté: il est trop ancien ou provient d’un autre site.", "Questo modulo non è stato accettato: è troppo vecchio o proviene da un altro sito.";
        failed_title: "Something went wrong", "Etwas ist schiefgelaufen", "Une erreur s’est produite", "Qualcosa è andato storto";
        failed: "The sandbox failed; its log says more.", "Die Sandbox hat versagt; ihr Protokoll sagt mehr.", "Le bac à sable a échoué; son journal en dit plus.", "La sandbox ha avuto un errore; il suo registro dice di più.";

        refused: "This was refused.", "Dies wurde abgelehnt.", "Cela a été refusé.", "È stato rifiutato.";
        refused_ended: "This process has already ended.", "Dieser Vorgang ist bereits beendet.", "Ce processus est déjà terminé.", "Questa procedura è già terminata.";
        refused_input: "Please check what you have entered.", "Bitte prüfen Sie Ihre Eingaben.", "Veuillez vérifier votre saisie.", "Controlli i dati inseriti.";
        refused_no_signer: "Add at least one signer.", "Fügen Sie mindestens eine Person hinzu.", "Ajoutez au moins un signataire.", "Aggiunga almeno un firmatario.";
        refused_no_document: "There is no document to sign.", "Es gibt kein Dokument zum Unterschreiben.", "Il n’y a pas de document à signer.", "Non c’è alcun documento da firmare.";
        refused_not_placed: "Each signer needs a signature on at least one document.", "Jede Person braucht eine Unterschrift auf mindestens einem Dokument.", "Chaque signataire a besoin d’une signature sur au moins un document.", "Ogni firmatario deve avere una firma su almeno un documento.";
        refused_no_common: "At least one document needs a signature of every signer.", "Mindestens ein Dokument braucht die Unterschrift aller.", "Au moins un document doit porter la signature de tous.", "Almeno un documento deve avere la firma di tutti.";
        refused_outside: "A signature is outside its page.", "Eine Unterschrift liegt ausserhalb ihrer Seite.", "Une signature se trouve hors de sa page.", "Una firma è fuori dalla sua pagina.";
        refused_page: "A document does not have this page.", "Ein Dokument hat diese Seite nicht.", "Un document n’a pas cette page.", "Un documento non ha questa pagina.";
        refused_person: "The initiator needs an e-mail address, or a first and a last name.", "Die auslösende Person braucht eine E-Mail-Adresse oder einen Vor- und Nachnamen.", "L’initiateur a besoin d’une adresse e-mail ou d’un prénom et d’un nom.", "L’iniziatore deve avere un indirizzo e-mail oppure nome e cognome.";

        wrong_name: "The first name and the last name are needed.", "Es braucht den Vornamen und den Nachnamen.", "Le prénom et le nom sont nécessaires.", "Sono necessari il nome e il cognome.";
        wrong_email: "This is not an e-mail address, such as name@example.ch.", "Dies ist keine E-Mail-Adresse wie name@example.ch.", "Ce n’est pas une adresse e-mail telle que name@example.ch.", "Questo non è un indirizzo e-mail come name@example.ch.";
        wrong_mobile: "The mobile number begins with + and the country code, and has digits only, such as +41791234567.", "Die Mobilnummer beginnt mit + und der Landesvorwahl und hat nur Ziffern, zum Beispiel +41791234567.", "Le numéro mobile commence par + et l’indicatif du pays et ne comporte que des chiffres, par exemple +41791234567.", "Il numero di cellulare inizia con + e il prefisso del Paese e contiene solo cifre, ad esempio +41791234567.";
        wrong_field: "This entry is not accepted as it is.", "Diese Angabe wird so nicht angenommen.", "Cette indication n’est pas acceptée telle quelle.", "Questo dato non viene accettato così com’è.";
        wrong_not_added: "You have entered another signer, but not added them.", "Sie haben eine weitere Person eingegeben, aber nicht hinzugefügt.", "Vous avez saisi un autre signataire sans l’ajouter.", "Ha inserito un altro firmatario senza aggiungerlo.";
        wrong_order: "{signer}: the order is a whole number.", "{signer}: Die Reihenfolge ist eine ganze Zahl.", "{signer}: l’ordre est un nombre entier.", "{signer}: l’ordine è un numero intero.";
        wrong_message: "The message can have {count} characters at most.", "Die Nachricht kann höchstens {count} Zeichen haben.", "Le message peut comporter au maximum {count} caractères.", "Il messaggio può avere al massimo {count} caratteri.";
        wrong_page: "{file}, {signer}: pages are whole numbers from 1, or -1 for the last one.", "{file}, {signer}: Seiten sind ganze Zahlen ab 1, oder -1 für die letzte.", "{file}, {signer}: les pages sont des nombres entiers à partir de 1, ou -1 pour la dernière.", "{file}, {signer}: le pagine sono numeri interi a partire da 1, oppure -1 per l’ultima.";
        wrong_place: "{file}, {signer}, page {page}: the distances from the left and from the top are whole numbers from 0.", "{file}, {signer}, Seite {page}: Die Abstände von links und von oben sind ganze Zahlen ab 0.", "{file}, {signer}, page {page}: les distances depuis la gauche et depuis le haut sont des nombres entiers à partir de 0.", "{file}, {signer}, pagina {page}: le distanze da sinistra e dall’alto sono numeri interi a partire da 0.";
        wrong_page_missing: "{file}, {signer}: there is no page {page}. Number of pages: {count}.", "{file}, {signer}: Es gibt keine Seite {page}. Anzahl Seiten: {count}.", "{file}, {signer}: il n’y a pas de page {page}. Nombre de pages: {count}.", "{file}, {signer}: non c’è una pagina {page}. Numero di pagine: {count}.";
        wrong_outside: "{file}, {signer}, page {page}: the signature of {size} points does not fit on the page there.", "{file}, {signer}, Seite {page}: Die Unterschrift von {size} Punkten hat dort auf der Seite keinen Platz.", "{file}, {signer}, page {page}: la signature de {size} points dépasse de la page à cet endroit.", "{file}, {signer}, pagina {page}: in quel punto la firma di {size} punti esce dalla pagina.";
        wrong_not_placed: "{signer} has no signature on any document.", "{signer} hat auf keinem Dokument eine Unterschrift.", "{signer} n’a de signature sur aucun document.", "{signer} non ha una firma su alcun documento.";

        for_developers: "For developers", "Für Entwickelnde", "Pour les développeurs", "Per chi sviluppa";
        dashboard_title: "Sandbox of the Swisscom Sign Integration API", "Sandbox der Swisscom Sign Integration API", "Bac à sable de l’API d’intégration Swisscom Sign", "Sandbox dell’API di integrazione Swisscom Sign";
        guard_title: "Administrator login", "Anmeldung zur Verwaltung", "Connexion à l’administration", "Accesso all’amministrazione";
        guard_lead: "Processes, messages and codes are shown to whoever has the admin token.", "Vorgänge, Nachrichten und Codes sieht, wer das Admin-Token hat.", "Les processus, les messages et les codes sont visibles par qui possède le jeton d’administration.", "Procedure, messaggi e codici sono visibili a chi possiede il token di amministrazione.";
        guard_token: "Admin token", "Admin-Token", "Jeton d’administration", "Token di amministrazione";
        guard_wrong: "This is not the admin token.", "Dies ist nicht das Admin-Token.", "Ce n’est pas le jeton d’administration.", "Questo non è il token di amministrazione.";
        processes: "Processes", "Vorgänge", "Processus", "Procedure";
        no_processes: "There is no process yet.", "Es gibt noch keinen Vorgang.", "Il n’y a pas encore de processus.", "Non c’è ancora alcuna procedura.";
        process: "Process", "Vorgang", "Processus", "Procedura";
        created: "Created", "Erstellt", "Créé", "Creata";
        outbox: "Outbox", "Postausgang", "Boîte d’envoi", "Posta in uscita";
        outbox_empty: "No mail or SMS was sent yet.", "Es wurde noch keine Mail oder SMS gesendet.", "Aucun e-mail ni SMS n’a encore été envoyé.", "Nessuna e-mail o SMS è stata ancora inviata.";
        requests: "Requests", "Anfragen", "Requêtes", "Richieste";
        no_requests: "Nothing was asked yet.", "Es wurde noch nichts angefragt.", "Rien n’a encore été demandé.", "Non è ancora stato chiesto nulla.";
        client: "Client", "Client", "Client", "Client";
        to: "To", "An", "À", "A";
        open_link: "Open", "Öffnen", "Ouvrir", "Apri";
        setup_page: "Setup page", "Setup-Seite", "Page de préparation", "Pagina di preparazione";
        time: "Time", "Zeit", "Heure", "Ora";
        addresses: "Addresses", "Adressen", "Adresses", "Indirizzi";
        clock: "Clock", "Uhr", "Horloge", "Orologio";
        clock_server: "Server", "Server", "Serveur", "Server";
        clock_real: "as the machine’s", "wie die des Rechners", "comme celle de la machine", "come quello della macchina";
        clock_frozen: "stands still", "steht still", "arrêtée", "fermo";
        clock_offset: "running, shifted by {by}", "läuft, um {by} verstellt", "en marche, décalée de {by}", "in funzione, spostato di {by}";
        unit_day: "d", "Tg.", "j", "g";
        tokens: "Tokens", "Tokens", "Jetons", "Token";
        control: "Control", "Steuerung", "Commande", "Controllo";
        more: "Showing the latest {count} of {total}.", "Die neuesten {count} von {total}.", "Les {count} plus récents sur {total}.", "Gli ultimi {count} di {total}.";

        state_created: "Being prepared", "In Vorbereitung", "En préparation", "In preparazione";
        state_pending: "Awaiting signatures", "Wartet auf Unterschriften", "En attente de signatures", "In attesa di firme";
        state_completed: "Completed", "Abgeschlossen", "Achevé", "Completata";
        state_expired: "Ended, incomplete", "Unvollständig beendet", "Terminé, incomplet", "Terminata, incompleta";
        signer_waiting: "Not invited yet", "Noch nicht eingeladen", "Pas encore invité", "Non ancora invitato";
        signer_pending: "Awaited", "Ausstehend", "En attente", "In attesa";
        signer_signed: "Signed", "Unterschrieben", "Signé", "Firmato";
        signer_declined: "Declined", "Abgelehnt", "Refusé", "Rifiutato";
        signer_canceled: "Cancelled", "Abgebrochen", "Annulé", "Annullato";
        signer_removed: "Removed", "Entfernt", "Retiré", "Rimosso";
        signer_replaced: "Replaced", "Ersetzt", "Remplacé", "Sostituito";
        level_simple: "Simple (SES)", "Einfach (EES)", "Simple (SES)", "Semplice (FES)";
        level_advanced: "Advanced, Switzerland (AES)", "Fortgeschritten, Schweiz (FES)", "Avancée, Suisse (AES)", "Avanzata, Svizzera (FEA)";
        level_advanced_eu: "Advanced, EU (AES)", "Fortgeschritten, EU (FES)", "Avancée, UE (AES)", "Avanzata, UE (FEA)";
        level_qualified: "Qualified, Switzerland (QES)", "Qualifiziert, Schweiz (QES)", "Qualifiée, Suisse (QES)", "Qualificata, Svizzera (FEQ)";
        level_qualified_eu: "Qualified, EU (QES)", "Qualifiziert, EU (QES)", "Qualifiée, UE (QES)", "Qualificata, UE (FEQ)";
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
            State::Unknown(_) => self.unknown,
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
            SignerStatus::Unknown(_) => self.unknown,
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
            SignatureLevel::Unknown(_) => self.unknown,
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
            SignatureMethod::Unknown(_) => self.unknown,
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
