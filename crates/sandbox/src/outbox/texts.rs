//! What mails and SMS say.

use crate::localization::texts;

texts! {
    /// Subjects and bodies.
    Texts {
        invite_subject: "{initiator} requests your signature", "{initiator} bittet Sie um Ihre Signatur", "{initiator} demande votre signature", "{initiator} richiede la sua firma";
        invite: "Hello {name},\n\n{initiator} requests your signature on: {files}\nPlease sign by {until} (UTC).", "Guten Tag {name}\n\n{initiator} bittet Sie, folgende Dokumente zu signieren: {files}\nBitte signieren Sie bis {until} (UTC).", "Bonjour {name},\n\n{initiator} demande votre signature sur: {files}\nVeuillez signer d’ici au {until} (UTC).", "Buongiorno {name},\n\n{initiator} richiede la sua firma su: {files}\nFirmi entro il {until} (UTC).";
        released_subject: "Your documents have been sent for signature", "Ihre Dokumente wurden zum Signieren gesendet", "Vos documents ont été envoyés pour signature", "I suoi documenti sono stati inviati per la firma";
        released: "Hello {name},\n\nThe following documents have been sent for signature: {files}\nThey can be signed until {until} (UTC).", "Guten Tag {name}\n\nFolgende Dokumente wurden zum Signieren gesendet: {files}\nSie können bis {until} (UTC) signiert werden.", "Bonjour {name},\n\nLes documents suivants ont été envoyés pour signature: {files}\nIls peuvent être signés jusqu’au {until} (UTC).", "Buongiorno {name},\n\nI seguenti documenti sono stati inviati per la firma: {files}\nPossono essere firmati fino al {until} (UTC).";
        reminder_subject: "Reminder: {initiator} is waiting for your signature", "Erinnerung: {initiator} wartet auf Ihre Signatur", "Rappel: {initiator} attend votre signature", "Promemoria: {initiator} attende la sua firma";
        reminder: "Hello {name},\n\nYour signature is still pending on: {files}\nPlease sign by {until} (UTC).", "Guten Tag {name}\n\nIhre Signatur ist noch ausstehend auf: {files}\nBitte signieren Sie bis {until} (UTC).", "Bonjour {name},\n\nVotre signature est encore attendue sur: {files}\nVeuillez signer d’ici au {until} (UTC).", "Buongiorno {name},\n\nLa sua firma è ancora in sospeso su: {files}\nFirmi entro il {until} (UTC).";
        completion_subject: "Everyone has signed", "Alle haben signiert", "Tous les signataires ont signé", "Tutti hanno firmato";
        completion: "Hello {name},\n\nThe following documents have been signed by everyone: {files}", "Guten Tag {name}\n\nFolgende Dokumente wurden von allen signiert: {files}", "Bonjour {name},\n\nLes documents suivants ont été signés par tous: {files}", "Buongiorno {name},\n\nI seguenti documenti sono stati firmati da tutti: {files}";
        code_subject: "Your access code", "Ihr Zugangscode", "Votre code d’accès", "Il suo codice di accesso";
        code: "Your access code: {code}. Valid for {minutes} min. Do not share it.", "Ihr Zugangscode: {code}. Gültig {minutes} Min. Geben Sie ihn nicht weiter.", "Votre code d’accès: {code}. Valable {minutes} min. Ne le communiquez à personne.", "Il suo codice di accesso: {code}. Valido {minutes} min. Non lo comunichi a nessuno.";
        sandbox: "This message was created by a sandbox and was not delivered.", "Diese Nachricht stammt aus einer Sandbox und wurde nicht zugestellt.", "Ce message provient d’un bac à sable et n’a pas été distribué.", "Questo messaggio proviene da una sandbox e non è stato recapitato.";
        somebody: "The sender", "Die absendende Person", "L’expéditeur", "Il mittente";
    }
}
