//! Texts of mails and SMS.

use crate::localization::texts;

texts! {
    /// Subjects and bodies.
    Texts {
        greeting: "Hello {name},", "Guten Tag {name}", "Bonjour {name},", "Buongiorno {name},";
        greeting_unnamed: "Hello,", "Guten Tag", "Bonjour,", "Buongiorno,";
        invite_subject: "{initiator} requests your signature", "{initiator} bittet Sie um Ihre Signatur", "{initiator} demande votre signature", "{initiator} richiede la sua firma";
        invite: "{initiator} requests your signature on: {files}\nPlease sign by {until}.", "{initiator} bittet Sie, folgende Dokumente zu signieren: {files}\nBitte signieren Sie bis {until}.", "{initiator} demande votre signature sur: {files}\nVeuillez signer d’ici au {until}.", "{initiator} richiede la sua firma su: {files}\nFirmi entro il {until}.";
        released_subject: "Your documents have been sent for signature", "Ihre Dokumente wurden zum Signieren gesendet", "Vos documents ont été envoyés pour signature", "I suoi documenti sono stati inviati per la firma";
        released: "The following documents have been sent for signature: {files}\nThey can be signed until {until}.", "Folgende Dokumente wurden zum Signieren gesendet: {files}\nSie können bis {until} signiert werden.", "Les documents suivants ont été envoyés pour signature: {files}\nIls peuvent être signés jusqu’au {until}.", "I seguenti documenti sono stati inviati per la firma: {files}\nPossono essere firmati fino al {until}.";
        reminder_subject: "Reminder: {initiator} is waiting for your signature", "Erinnerung: {initiator} wartet auf Ihre Signatur", "Rappel: {initiator} attend votre signature", "Promemoria: {initiator} attende la sua firma";
        reminder: "Your signature is still pending on: {files}\nPlease sign by {until}.", "Ihre Signatur ist noch ausstehend auf: {files}\nBitte signieren Sie bis {until}.", "Votre signature est encore attendue sur: {files}\nVeuillez signer d’ici au {until}.", "La sua firma è ancora in sospeso su: {files}\nFirmi entro il {until}.";
        completion_subject: "Everyone has signed", "Alle haben signiert", "Tous les signataires ont signé", "Tutti hanno firmato";
        completion: "The following documents have been signed by everyone: {files}", "Folgende Dokumente wurden von allen signiert: {files}", "Les documents suivants ont été signés par tous: {files}", "I seguenti documenti sono stati firmati da tutti: {files}";
        view_and_sign: "View and sign:", "Dokumente ansehen und signieren:", "Consulter et signer:", "Visualizza e firma:";
        view_documents: "View the documents:", "Dokumente ansehen:", "Consulter les documents:", "Visualizza i documenti:";
        code_subject: "Your access code", "Ihr Zugangscode", "Votre code d’accès", "Il suo codice di accesso";
        code: "Your access code: {code}. Valid for {minutes} min. Do not share it.", "Ihr Zugangscode: {code}. Gültig {minutes} Min. Geben Sie ihn nicht weiter.", "Votre code d’accès: {code}. Valable {minutes} min. Ne le communiquez à personne.", "Il suo codice di accesso: {code}. Valido {minutes} min. Non lo comunichi a nessuno.";
        sign_code: "Your code to sign: {code}. Valid for {minutes} min. Do not share it.", "Ihr Code zum Signieren: {code}. Gültig {minutes} Min. Geben Sie ihn nicht weiter.", "Votre code pour signer: {code}. Valable {minutes} min. Ne le communiquez à personne.", "Il suo codice per firmare: {code}. Valido {minutes} min. Non lo comunichi a nessuno.";
        sandbox: "This message was created by a sandbox and was not delivered.", "Diese Nachricht stammt aus einer Sandbox und wurde nicht zugestellt.", "Ce message provient d’un bac à sable et n’a pas été distribué.", "Questo messaggio proviene da una sandbox e non è stato recapitato.";
        unnamed_sender: "The sender", "Die absendende Person", "L’expéditeur", "Il mittente";
    }
}
