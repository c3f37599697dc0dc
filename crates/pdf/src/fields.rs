//! The signature fields of a document (ISO 32000-2, 12.7) and what they hold.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::read::{ObjectId, PdfDict, PdfFile, PdfObject};

/// Deepest tree of form fields.
const MAX_DEPTH: usize = 32;

/// A signature field that has been signed.
#[derive(Clone, Debug)]
pub struct SignedField {
    /// The full name of the field, as in `form.signature1`.
    pub name: String,
    /// The signature dictionary.
    pub signature: Rc<PdfObject>,
}

/// All signed fields, in the order of the form.
pub fn signed(file: &PdfFile<'_>, catalog: &PdfDict) -> Vec<SignedField> {
    FieldTreeWalker::form(file, catalog).signed
}

/// The top-level names that fields have.
pub fn names(file: &PdfFile<'_>, catalog: &PdfDict) -> BTreeSet<String> {
    FieldTreeWalker::form(file, catalog).names
}

/// Whether the author has restricted changes (a certification signature).
pub fn is_certified(file: &PdfFile<'_>, catalog: &PdfDict) -> bool {
    let permissions = file.value(catalog, "Perms");
    if permissions.dict().is_some_and(|permissions| permissions.get("DocMDP").is_some()) {
        return true;
    }
    any_transform(file, catalog, |method, _| method == b"DocMDP")
}

/// Whether a signature has locked every field of the form, those to come among them (`FieldMDP` of
/// all).
pub fn is_locked(file: &PdfFile<'_>, catalog: &PdfDict) -> bool {
    any_transform(file, catalog, |method, parameters| {
        method == b"FieldMDP" && file.value(parameters, "Action").name() == Some(b"All".as_slice())
    })
}

/// Whether `is` holds for what a signature refers to: a transform method and its parameters.
fn any_transform(
    file: &PdfFile<'_>,
    catalog: &PdfDict,
    is: impl Fn(&[u8], &PdfDict) -> bool,
) -> bool {
    signed(file, catalog).iter().any(|field| {
        let Some(signature) = field.signature.dict() else { return false };
        let references = file.value(signature, "Reference");
        let references = references.array().unwrap_or_default().iter();
        // Many signatures may share one list.
        references.take_while(|_| file.burn(1)).any(|reference| {
            let reference = file.resolve(reference);
            let Some(dict) = reference.dict() else { return false };
            let parameters = file.dict(dict, "TransformParams").unwrap_or_default();
            file.value(dict, "TransformMethod").name().is_some_and(|method| is(method, &parameters))
        })
    })
}

struct FieldTreeWalker<'a> {
    file: &'a PdfFile<'a>,
    seen: BTreeSet<ObjectId>,
    signed: Vec<SignedField>,
    names: BTreeSet<String>,
}

impl<'a> FieldTreeWalker<'a> {
    fn form(file: &'a PdfFile<'a>, catalog: &PdfDict) -> Self {
        let (seen, names) = (BTreeSet::new(), BTreeSet::new());
        let mut walk = Self { file, seen, signed: Vec::new(), names };
        let form = file.value(catalog, "AcroForm");
        let fields = form.dict().and_then(|form| form.get("Fields"));
        walk.list(fields, "", None, MAX_DEPTH);
        walk
    }

    /// The fields of a list. One that two fields share is read once, as each field is: those in it
    /// need not be objects of their own.
    fn list(&mut self, list: Option<&PdfObject>, above: &str, kind: Option<&[u8]>, depth: usize) {
        let Some((id, list)) = list.map(|list| self.file.locate(list)) else { return };
        if id.is_none_or(|id| self.seen.insert(id)) {
            for field in list.array().unwrap_or_default() {
                self.field(field, above, kind, depth);
            }
        }
    }

    fn field(&mut self, field: &PdfObject, above: &str, kind: Option<&[u8]>, depth: usize) {
        if !self.file.burn(1) {
            return;
        }
        let (id, object) = self.file.locate(field);
        let fresh = id.is_none_or(|id| self.seen.insert(id));
        let (true, true, Some(dict)) = (fresh, depth > 0, object.dict()) else { return };
        let own = self.file.value(dict, "T");
        // Fields may share a name, and each keeps a copy.
        let length = above.len() + own.string().map_or(0, <[u8]>::len);
        if !self.file.burn(length / 8) {
            return;
        }
        let own = own.string().map(decode_text);
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
        self.list(dict.get("Kids"), &name, kind, depth - 1);
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
