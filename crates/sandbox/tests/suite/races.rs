//! Concurrent commands on one process: the slower one is decided again, and no change is lost.

use std::cell::Cell;
use std::sync::Barrier;
use std::thread;

use swisscom_sign_pades::{self as pades, ca};
use swisscom_sign_sandbox::actions::sign;
use swisscom_sign_sandbox::documents::PadesDocuments;
use swisscom_sign_sandbox::domain::{ErrorName, ProcessCommand, SignCommand};
use swisscom_sign_sandbox::links::Links;
use swisscom_sign_sandbox::platform::CommandError;
use swisscom_sign_sandbox::store::{CommitError, StoreChange};
use uuid::Uuid;

use crate::support::{SandboxHarness, at};

fn by(person: &str) -> SignCommand {
    SignCommand { person: person.to_owned(), ..SignCommand::default() }
}

fn links() -> Links {
    Links::new(crate::support::URL)
}

/// Beat signs between Anna's decision and its commit.
#[test]
fn no_update_is_lost() {
    let world = SandboxHarness::new();
    let a = world.a();
    let id = a.pending("SIMPLE", &["anna", "beat"]);
    let process: Uuid = id.parse().expect("a UUID");
    let tries = Cell::new(0);
    let outcome = world.platform().execute(&links(), process, |_| {
        tries.set(tries.get() + 1);
        if tries.get() == 1 {
            sign(world.platform(), &links(), process, by("beat")).expect("a signature");
        }
        Ok(ProcessCommand::Sign(by("anna")).into())
    });
    assert_eq!(tries.get(), 2);
    let signers: Vec<_> = outcome.expect("a signature").process.files[0].versions.clone();
    assert_eq!(signers.len(), 2, "both signatures are there");
    assert_eq!(a.status(&id), "COMPLETED");
}

/// The second decision sees the result of the first.
#[test]
fn the_slower_of_two_equal_commands_is_refused() {
    let world = SandboxHarness::new();
    let id: Uuid = world.a().pending("SIMPLE", &["anna", "beat"]).parse().expect("a UUID");
    let tries = Cell::new(0);
    let outcome = world.platform().execute(&links(), id, |_| {
        tries.set(tries.get() + 1);
        if tries.get() == 1 {
            sign(world.platform(), &links(), id, by("anna")).expect("a signature");
        }
        Ok(ProcessCommand::Sign(by("anna")).into())
    });
    let Err(CommandError::Refused(error)) = outcome else { panic!("{outcome:?}") };
    assert_eq!(error.name, ErrorName::SignerAlreadyDone);
}

/// Two signers sign the same file concurrently: two signatures, both valid.
#[test]
fn two_signers_at_once_make_two_valid_signatures() {
    let world = SandboxHarness::of(|parts| {
        let signer = PadesDocuments::new([3; 32], at("1970-01-01T00:00:00Z"));
        parts.documents = Box::new(signer.expect("an authority"));
    });
    let a = world.a();
    let authority = world.platform().documents().authority_pem().expect("an authority");
    let authority = ca::parse_certificates(&authority).expect("PEM");
    for _ in 0..5 {
        let id = a.pending("SIMPLE", &["anna", "beat"]);
        let start = Barrier::new(2);
        thread::scope(|scope| {
            for person in ["anna", "beat"] {
                let (world, id, start) = (&world, &id, &start);
                scope.spawn(move || {
                    start.wait();
                    world.sign(id, person).expect(200);
                });
            }
        });
        let details = a.get(&format!("/{id}")).expect(200);
        assert_eq!(details["status"], "COMPLETED");
        let file = details["fileReferences"][0]["lastSignedFileId"].as_str().expect("an id");
        let bytes = a.get(&format!("/{id}/file/{file}/content")).0.body;
        let found = pades::verify(&bytes, &authority).expect("a PDF");
        assert_eq!(found.len(), 2);
        assert!(found.iter().all(pades::SignatureReport::is_valid), "{found:?}");
    }
}

#[test]
fn the_store_takes_a_change_on_the_present_version_only() {
    let world = SandboxHarness::new();
    let id: Uuid = world.a().pending("SIMPLE", &["anna"]).parse().expect("a UUID");
    let store = world.platform().store();
    let stored = store.load(id).expect("a store").expect("a process");
    let commit = |on| {
        let process = stored.process.as_ref().clone();
        let (put, delete, mails) = (Vec::new(), Vec::new(), Vec::new());
        store.commit(StoreChange { on, process, put, delete, mails })
    };
    assert!(matches!(commit(None), Err(CommitError::Conflict)));
    assert!(matches!(commit(Some(stored.version + 1)), Err(CommitError::Conflict)));
    commit(Some(stored.version)).expect("a commit");
    assert!(matches!(commit(Some(stored.version)), Err(CommitError::Conflict)));
}
