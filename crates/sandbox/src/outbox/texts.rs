//! What mails and SMS say.

use crate::l10n::texts;

texts! {
    /// Subjects and bodies.
    Texts {
        invite_subject: "{initiator} asks you to sign", "{initiator} bittet Sie um Ihre Unterschrift", "{initiator} vous demande de signer", "{initiator} le chiede di firmare";
        invite: "Hello {name}\n\n{initiator} asks you to sign: {files}\nYou can sign until {until} (UTC).", "Guten Tag {name}\n\n{initiator} bittet Sie, zu unterschreiben: {files}\nSie können bis {until} (UTC) unterschreiben.", "Bonjour {name}\n\n{initiator} vous demande de signer: {files}\nVous pouvez signer jusqu’au {until} (UTC).", "Buongiorno {name}\n\n{initiator} le chiede di firmare: {files}\nPuò firmare fino al {until} (UTC).";
        released_subject: "The signatures are requested", "Die Unterschriften sind angefragt", "Les signatures sont demandées", "Le firme sono state richieste";
        released: "Hello {name}\n\nThe signatures on {files} are requested. They can be made until {until} (UTC).", "Guten Tag {name}\n\nDie Unterschriften auf {files} sind angefragt. Sie sind bis {until} (UTC) möglich.", "Bonjour {name}\n\nLes signatures sur {files} sont demandées. Elles sont possibles jusqu’au {until} (UTC).", "Buongiorno {name}\n\nLe firme su {files} sono state richieste. Sono possibili fino al {until} (UTC).";
        reminder_subject: "Reminder: {initiator} waits for your signature", "Erinnerung: {initiator} wartet auf Ihre Unterschrift", "Rappel: {initiator} attend votre signature", "Promemoria: {initiator} attende la sua firma";
        reminder: "Hello {name}\n\nYour signature is still awaited on: {files}\nYou can sign until {until} (UTC).", "Guten Tag {name}\n\nIhre Unterschrift wird noch erwartet auf: {files}\nSie können bis {until} (UTC) unterschreiben.", "Bonjour {name}\n\nVotre signature est encore attendue sur: {files}\nVous pouvez signer jusqu’au {until} (UTC).", "Buongiorno {name}\n\nLa sua firma è ancora attesa su: {files}\nPuò firmare fino al {until} (UTC).";
        completion_subject: "Everybody has signed", "Alle haben unterschrieben", "Tout le monde a signé", "Tutti hanno firmato";
        completion: "Hello {name}\n\nEverybody has signed: {files}", "Guten Tag {name}\n\nAlle haben unterschrieben: {files}", "Bonjour {name}\n\nTout le monde a signé: {files}", "Buongiorno {name}\n\nTutti hanno firmato: {files}";
        code_subject: "Your access code", "Ihr Zugangscode", "Votre code d’accès", "Il suo codice di accesso";
        code: "Your access code is {code}. It is valid for {minutes} minutes.", "Ihr Zugangscode lautet {code}. Er ist {minutes} Minuten gültig.", "Votre code d’accès est {code}. Il est valable {minutes} minutes.", "Il suo codice di accesso è {code}. È valido per {minutes} minuti.";
        sandbox: "This message comes from a sandbox and was not delivered to anybody.", "Diese Nachricht stammt aus einer Sandbox und wurde niemandem zugestellt.", "Ce message provient d’un bac à sable et n’a été remis à personne.", "Questo messaggio proviene da una sandbox e non è stato recapitato a nessuno.";
        somebody: "Somebody", "Jemand", "Quelqu’un", "Qualcuno";
    }
}
