//! pyHanko's strict validator: slower, and a stricter judge than `pdfsig` of
//! what was changed after a signature.

use std::process::Command;

use crate::corpus;
use crate::signatures::{authority, position, sign};
use crate::tools::Scratch;

const SCRIPT: &str = r#"
import sys
from pyhanko.keys import load_cert_from_pemder
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

root = load_cert_from_pemder(sys.argv[1])
for path in sys.argv[2:]:
    with open(path, 'rb') as file:
        for signature in PdfFileReader(file, strict=True).embedded_signatures:
            context = ValidationContext(trust_roots=[root], allow_fetching=False)
            status = validate_pdf_signature(signature, signer_validation_context=context)
            good = status.bottom_line and status.intact and status.valid and status.trusted
            print('VALID' if good else 'INVALID ' + status.pretty_print_details())
"#;

/// What pyHanko refuses to read before any signature: hybrid files, and a
/// generation that no earlier one leads to.
const NOT_FOR_PYHANKO: [&str; 2] = ["hybrid", "generation-3"];

#[test]
fn pyhanko_agrees_on_every_kind_of_file() {
    let Ok(python) = std::env::var("PYHANKO_PYTHON") else {
        println!(
            "SKIPPED. To run it: python3 -m venv target/pyhanko && target/pyhanko/bin/pip install \
             pyhanko && PYHANKO_PYTHON=$PWD/target/pyhanko/bin/python cargo test -p swisscom-sign-sandbox \
             --test pdf pyhanko"
        );
        return;
    };
    let scratch = Scratch::new("pyhanko");
    let ca = authority();
    let root = scratch.write("ca.pem", ca.certificate_pem().unwrap().as_bytes());
    let judge = |bytes: &[u8]| -> Vec<String> {
        let path = scratch.write("file.pdf", bytes);
        let output = Command::new(&python).args(["-c", SCRIPT, &root, &path]).output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        let lines = String::from_utf8_lossy(&output.stdout).into_owned();
        let lines = lines.lines().map(str::to_owned);
        lines.chain((!output.status.success()).then_some(errors)).collect()
    };
    let mut wrong = Vec::new();
    for (name, original) in corpus::good() {
        if NOT_FOR_PYHANKO.contains(&name) {
            continue;
        }
        let mut bytes = original;
        for signer in 0..3 {
            bytes = sign(&ca, &bytes, signer, &[position(signer)]);
        }
        let verdict = judge(&bytes);
        if verdict != ["VALID"; 3] {
            wrong.push(format!("{name}: {}", verdict.join("\n")));
        }
        // In the comment below the header, where no structure breaks.
        bytes[12] ^= 1;
        if judge(&bytes) == ["VALID"; 3] {
            wrong.push(format!("{name}: a flipped byte was not noticed"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
