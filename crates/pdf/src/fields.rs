//! The signature fields of a document (ISO 32000-2, 12.7) and what they hold.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::read::{Dict, File, Id, Object};

/// Deepest tree of form fields.
const MAX_DEPTH: usize = 32;

/// A signature field that has been signed.
#[derive(Clone, Debug)]
pub struct SignedField {
    /// The full name of the field, as in `form.signature1`.
    pub name: String,
    /// The signature dictionary.
    pub signature: Rc<Object>,
}

/// All signed fields, in the order of the form.
pub fn signed(file: &File<'_>, catalog: &Dict) -> Vec<SignedField> {
    let mut walk = Walk { file, seen: BTreeSet::new(), signed: Vec::new(), names: BTreeSet::new() };
    walk.form(catalog);
    walk.signed
}

/// The top-level names that fields have.
pub fn names(file: &File<'_>, catalog: &Dict) -> BTreeSet<String> {
    let mut walk = Walk { file, seen: BTreeSet::new(), signed: Vec::new(), names: BTreeSet::new() };
    walk.form(catalog);
    walk.names
}

/// Whether the author has restricted changes (a certification signature).
pub fn is_certified(file: &File<'_>, catalog: &Dict) -> bool {
    let permissions = file.dict(catalog, "Perms");
    if permissions.is_some_and(|permissions| permissions.get("DocMDP").is_some()) {
        return true;
    }
    any_transform(file, catalog, |method, _| method == b"DocMDP")
}

/// Whether a signature has locked every field of the form, those to come among them (`FieldMDP` of
/// all).
pub fn is_locked(file: &File<'_>, catalog: &Dict) -> bool {
    any_transform(file, catalog, |method, parameters| {
        method == b"FieldMDP" && file.value(parameters, "Action").name() == Some(b"All".as_slice())
    })
}

/// Whether `is` holds for what a signature refers to: a transform method and its parameters.
fn any_transform(file: &File<'_>, catalog: &Dict, is: impl Fn(&[u8], &Dict) -> bool) -> bool {
    signed(file, catalog).iter().any(|field| {
        let Some(signature) = field.signature.dict() else { return false };
        let references = file.value(signature, "Reference");
        references.array().unwrap_or_default().iter().any(|reference| {
            let reference = file.resolve(reference);
            let Some(dict) = reference.dict() else { return false };
            let parameters = file.dict(dict, "TransformParams").unwrap_or_default();
            file.value(dict, "TransformMethod").name().is_some_and(|method| is(method, &parameters))
        })
    })
}

struct Walk<'a> {
    file: &'a File<'a>,
    seen: BTreeSet<Id>,
    signed: Vec<SignedField>,
    names: BTreeSet<String>,
}

impl Walk<'_> {
    fn form(&mut self, catalog: &Dict) {
        let Some(form) = self.file.dict(catalog, "AcroForm") else { return };
        let fields = self.file.value(&form, "Fields");
        for field in fields.array().unwrap_or_default() {
            self.field(field, "", None, MAX_DEPTH);
        }
    }

    fn field(&mut self, field: &Object, above: &str, kind: Option<&[u8]>, depth: usize) {
        let (id, object) = self.file.locate(field);
        let fresh = id.is_none_or(|id| self.seen.insert(id));
        let (true, true, Some(dict)) = (fresh, depth > 0, object.dict()) else { return };
        let own = self.file.value(dict, "T").string().map(decode_text);
        let name = match (above, &own) {
            ("", Some(own)) => own.clone(),
            (above, Some(own)) => format!("{above}.{own}"),
            (above, None) => above.to_owned(),
        };
        if above.is_empty() {
            self.names.insert(name.clone());
        }
        let own_kind = self.file.value(dict, "FT");
        let kind = own_kind.name().or(kind);
        if kind == Some(b"Sig")
            && let signature = self.file.value(dict, "V")
            && signature.dict().is_some()
        {
            let signature = signature.into_rc();
            self.signed.push(SignedField { name: name.clone(), signature });
        }
        let kids = self.file.value(dict, "Kids");
        for kid in kids.array().unwrap_or_default() {
            self.field(kid, &name, kind, depth - 1);
        }
    }
}

/// A text string: UTF-16BE or UTF-8 by its mark, otherwise PDFDocEncoding, of
/// which only the part that is Latin-1 is told apart.
pub fn decode_text(text: &[u8]) -> String {
    match text {
        [0xFE, 0xFF, units @ ..] => {
            let units = units
                .chunks_exact(2)
                .map(|pair| pair.iter().fold(0_u16, |unit, &byte| unit << 8 | u16::from(byte)));
            char::decode_utf16(units)
                .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
                .collect()
        }
        [0xEF, 0xBB, 0xBF, text @ ..] => String::from_utf8_lossy(text).into_owned(),
        text => text.iter().copied().map(char::from).collect(),
    }
}
