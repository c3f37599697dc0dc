//! Signature fields of a document (ISO 32000-2, 12.7) and their values.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::CertifiedChanges;
use super::read::{ObjectId, PdfDict, PdfFile, PdfObject};

/// Maximum depth of the field tree.
const MAX_DEPTH: usize = 32;

/// A signature field that has been signed.
#[derive(Clone, Debug)]
pub struct SignedField {
    /// Full name of the field, such as `form.signature1`.
    pub name: String,
    /// The signature dictionary.
    pub signature: Rc<PdfObject>,
}

/// All signed fields, in the order of the form.
pub fn signed_fields(file: &PdfFile<'_>, catalog: &PdfDict) -> Vec<SignedField> {
    FieldTreeWalker::form(file, catalog).signed
}

/// The top-level field names.
pub fn field_names(file: &PdfFile<'_>, catalog: &PdfDict) -> BTreeSet<String> {
    FieldTreeWalker::form(file, catalog).names
}

/// What the author permits, if the file has a certification signature, which may be one of `signed`.
pub fn certification(
    file: &PdfFile<'_>,
    catalog: &PdfDict,
    signed: &[SignedField],
) -> Option<CertifiedChanges> {
    let permitted = |parameters: &PdfDict| match file.get_resolved(parameters, "P").as_int() {
        Some(1) => CertifiedChanges::None,
        // 2 is the default.
        _ => CertifiedChanges::ExistingFields,
    };
    let by_signature = |signature: &PdfObject| {
        find_transform(file, signature, |method, parameters| {
            (method == b"DocMDP").then(|| permitted(parameters))
        })
    };
    let permissions = file.get_resolved(catalog, "Perms");
    match permissions.as_dict().and_then(|permissions| permissions.get("DocMDP")) {
        Some(signature) => {
            let permitted = by_signature(&file.resolve(signature));
            Some(permitted.unwrap_or(CertifiedChanges::ExistingFields))
        }
        None => signed.iter().find_map(|field| by_signature(&field.signature)),
    }
}

/// Whether a signature has locked every field of the form, including fields added later (`FieldMDP`
/// with action `All`).
pub fn is_locked(file: &PdfFile<'_>, signed: &[SignedField]) -> bool {
    signed.iter().any(|field| {
        let locks_all = find_transform(file, &field.signature, |method, parameters| {
            let action = file.get_resolved(parameters, "Action");
            (method == b"FieldMDP" && action.as_name_bytes() == Some(b"All".as_slice()))
                .then_some(())
        });
        locks_all.is_some()
    })
}

/// The first result of `find` for a transform method of `signature` and its parameters.
fn find_transform<T>(
    file: &PdfFile<'_>,
    signature: &PdfObject,
    find: impl Fn(&[u8], &PdfDict) -> Option<T>,
) -> Option<T> {
    let references = file.get_resolved(signature.as_dict()?, "Reference");
    let references = references.as_array().unwrap_or_default().iter();
    // Many signatures may share one array.
    references.take_while(|_| file.consume_work(1)).find_map(|reference| {
        let reference = file.resolve(reference);
        let dict = reference.as_dict()?;
        let parameters = file.dict(dict, "TransformParams").unwrap_or_default();
        find(file.get_resolved(dict, "TransformMethod").as_name_bytes()?, &parameters)
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
        let mut walker = Self { file, seen, signed: Vec::new(), names };
        let form = file.get_resolved(catalog, "AcroForm");
        let fields = form.as_dict().and_then(|form| form.get("Fields"));
        walker.list(fields, "", None, MAX_DEPTH);
        walker
    }

    /// The fields of an array. An array that two fields share is read once: its items may be direct
    /// objects, which `seen` does not cover.
    fn list(&mut self, list: Option<&PdfObject>, above: &str, kind: Option<&[u8]>, depth: usize) {
        let Some((id, list)) = list.map(|list| self.file.resolve_with_id(list)) else { return };
        if id.is_none_or(|id| self.seen.insert(id)) {
            for field in list.as_array().unwrap_or_default() {
                self.field(field, above, kind, depth);
            }
        }
    }

    fn field(&mut self, field: &PdfObject, above: &str, kind: Option<&[u8]>, depth: usize) {
        if !self.file.consume_work(1) {
            return;
        }
        let (id, object) = self.file.resolve_with_id(field);
        let fresh = id.is_none_or(|id| self.seen.insert(id));
        let (true, true, Some(dict)) = (fresh, depth > 0, object.as_dict()) else { return };
        let own = self.file.get_resolved(dict, "T");
        // Fields may share a long name, and each gets a copy.
        let length = above.len() + own.as_string().map_or(0, <[u8]>::len);
        if !self.file.consume_work(length / 8) {
            return;
        }
        let own = own.as_string().map(decode_text);
        let name = match (above, &own) {
            ("", Some(own)) => own.clone(),
            (above, Some(own)) => format!("{above}.{own}"),
            (above, None) => above.to_owned(),
        };
        if above.is_empty() {
            self.names.insert(name.clone());
        }
        let own_kind = self.file.get_resolved(dict, "FT");
        let kind = own_kind.as_name_bytes().or(kind);
        if kind == Some(b"Sig")
            && let signature = self.file.get_resolved(dict, "V")
            && signature.as_dict().is_some()
        {
            let signature = signature.into_rc();
            self.signed.push(SignedField { name: name.clone(), signature });
        }
        self.list(dict.get("Kids"), &name, kind, depth - 1);
    }
}

/// Decodes a text string: UTF-16BE or UTF-8 by its byte order mark, otherwise PDFDocEncoding, of
/// which only the Latin-1 part is supported.
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
