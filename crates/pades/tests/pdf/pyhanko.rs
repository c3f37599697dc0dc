//! pyHanko's strict validator: slower than `pdfsig`, and stricter about changes after a signature.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use swisscom_sign_pades::ca::CertificateAuthority;

use crate::corpus;
use crate::scripts;
use crate::signatures::{authority, position, sign};
use crate::tools::Scratch;

const SCRIPT: &str = r#"
import sys
from pyhanko.keys import load_cert_from_pemder
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

root = load_cert_from_pemder(sys.argv[1])
for line in sys.stdin:
    path = line.rstrip('\n')
    try:
        with open(path, 'rb') as file:
            verdicts = []
            for signature in PdfFileReader(file, strict=True).embedded_signatures:
                context = ValidationContext(trust_roots=[root], allow_fetching=False)
                status = validate_pdf_signature(signature, signer_validation_context=context)
                good = status.bottom_line and status.intact and status.valid and status.trusted
                verdicts.append('VALID' if good else 'INVALID:' + status.summary().replace(' ', ''))
    except Exception as error:
        verdicts = [repr(error)]
    print(' '.join(verdicts).replace('\n', ' '), flush=True)
"#;

/// Files that pyHanko cannot read even without signatures, or not in strict mode: hybrid files, a
/// generation without an earlier one, a missing encryption dictionary, `/Prev 0`, duplicate keys, and a
/// page that occurs repeatedly.
const NOT_FOR_PYHANKO: [&str; 9] = [
    "hybrid",
    "generation-3",
    "encryption-missing",
    "previous-zero",
    "previous-zero-real",
    "malformed-elsewhere",
    "malformed-elsewhere-streams",
    "malformed-resources",
    "page-repeated",
];

/// One process for all files, since most of the time goes into its start.
struct Validator {
    process: Child,
    requests: ChildStdin,
    responses: Lines<BufReader<ChildStdout>>,
}

impl Validator {
    fn start(python: &OsStr, root: &str) -> Self {
        let mut process = Command::new(python)
            .args(["-c", SCRIPT, root])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", python.display()));
        let requests = process.stdin.take().unwrap();
        let responses = BufReader::new(process.stdout.take().unwrap()).lines();
        Self { process, requests, responses }
    }

    /// The result of each signature.
    fn ask(&mut self, path: &str) -> String {
        writeln!(self.requests, "{path}").unwrap();
        self.responses.next().expect("an answer: its error is above").unwrap()
    }
}

impl Drop for Validator {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A validator that trusts `ca`; `None` without pyHanko.
fn validator(scratch: &Scratch, ca: &CertificateAuthority) -> Option<Validator> {
    let Some(python) = std::env::var_os("PYHANKO_PYTHON") else {
        // Not by `eprintln!`, whose output a passing test hides.
        let skipped =
            b"SKIPPED pyhanko: `cargo xtask test rust` installs pyHanko and runs this test\n";
        std::io::stderr().write_all(skipped).unwrap();
        return None;
    };
    let root = scratch.write("ca.pem", ca.certificate_pem().unwrap().as_bytes());
    Some(Validator::start(&python, &root))
}

#[test]
fn pyhanko_accepts_names_of_every_script() {
    let (scratch, ca) = (Scratch::new("pyhanko-names"), authority());
    let Some(mut validator) = validator(&scratch, &ca) else { return };
    let said = validator.ask(&scratch.write("file.pdf", &scripts::signed(&ca)));
    let verdicts: Vec<_> = said.split(' ').collect();
    assert_eq!(verdicts.len(), scripts::NAMES.len(), "{said}");
    for (verdict, name) in verdicts.iter().zip(scripts::NAMES) {
        assert_eq!(*verdict, "VALID", "{name}");
    }
}

#[test]
fn pyhanko_validates_every_kind_of_file() {
    let (scratch, ca) = (Scratch::new("pyhanko"), authority());
    let Some(mut validator) = validator(&scratch, &ca) else { return };
    let mut verdict = |bytes: &[u8]| validator.ask(&scratch.write("file.pdf", bytes));
    let mut wrong = Vec::new();
    for (name, original) in corpus::good() {
        if NOT_FOR_PYHANKO.contains(&name) {
            continue;
        }
        let mut bytes = original;
        for signer in 0..3 {
            bytes = sign(&ca, &bytes, signer, &[position(signer)]);
            let said = verdict(&bytes);
            if said != ["VALID"; 3][..=signer].join(" ") {
                wrong.push(format!("{name}, signer {}: {said}", signer + 1));
            }
        }
        // In the comment below the header, where no structure breaks.
        bytes[12] ^= 1;
        let said = verdict(&bytes);
        let invalid = said.split(' ').filter(|verdict| verdict.starts_with("INVALID:")).count();
        if invalid != 3 {
            wrong.push(format!("{name}: a flipped byte was not noticed: {said}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
