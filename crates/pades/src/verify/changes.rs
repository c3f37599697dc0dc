//! Changes by updates after a signature.

use std::collections::BTreeSet;

use swisscom_sign_pdf::fields::{self, SignedField};
use swisscom_sign_pdf::pages;
use swisscom_sign_pdf::read::xref::XrefEntry;
use swisscom_sign_pdf::read::{ObjectId, ObjectSurvey, PdfDict, PdfFile, PdfObject, parse};

use crate::sign::{SIGNATURES_EXIST_AND_APPEND_ONLY, is_own_update};

/// Changes to a file after a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PostSignatureChanges {
    /// No change.
    None,
    /// Number of further signatures, without other changes.
    Signatures(usize),
    /// Other changes, one text for each.
    Other(Vec<String>),
    /// It cannot be determined what the changes are, for this reason.
    Unknown(&'static str),
}

/// Maximum number of reported changes.
const MAX_REPORTED: usize = 20;

/// Start of the part that consists of updates by [`sign`](crate::sign()), one for each signature. All
/// programs interpret these in the same way, which is not guaranteed for other updates.
pub(super) fn own_updates_start(file: &PdfFile<'_>, signed: &[SignedField]) -> usize {
    let ends = signed.iter().filter_map(|field| super::covers(file, field.signature.as_dict()?));
    let ends: BTreeSet<usize> = ends.collect();
    let mut ends = ends.into_iter().rev();
    let Some(mut from) = ends.next().filter(|&end| is_blank(file, end)) else {
        return file.bytes.len();
    };
    for end in ends {
        if !is_own_update(file.bytes, end, from) {
            break;
        }
        from = end;
    }
    from
}

/// Whether only white space follows byte `end`.
fn is_blank(file: &PdfFile<'_>, end: usize) -> bool {
    file.bytes.get(end..).unwrap_or_default().iter().all(|&byte| parse::is_space(byte))
}

/// Compares the file with its revision that ends at byte `end`. From byte `own` on, it consists of our
/// own updates.
pub(super) fn changes_after(file: &PdfFile<'_>, end: usize, own: usize) -> PostSignatureChanges {
    if is_blank(file, end) {
        return PostSignatureChanges::None;
    }
    let other = |text: &str| PostSignatureChanges::Other(vec![text.to_owned()]);
    let Ok(before) = PdfFile::open(file.bytes.get(..end).unwrap_or_default()) else {
        return other("the signed revision is not a valid PDF");
    };
    let (Ok((old_root, old_catalog)), Ok((root, catalog))) = (before.catalog(), file.catalog())
    else {
        return other("the document catalog cannot be read");
    };
    if old_root != root {
        return other("the document catalog was replaced");
    }
    let Ok(pages) = pages::pages(&before) else { return other("the pages cannot be read") };
    let pages = pages.iter().map(|page| page.id.0).collect();
    let signed = signed_later(file, &catalog, end);
    let Ok(survey) = before.scan_objects() else {
        return PostSignatureChanges::Unknown("the signed revision is too complex");
    };
    let comparison =
        RevisionComparison { before: &before, after: file, survey, catalog: root.0, pages, signed };
    let changes = comparison.run();
    if before.is_exhausted() || file.is_exhausted() {
        return PostSignatureChanges::Unknown("the file is too complex");
    }
    if !changes.is_empty() {
        return PostSignatureChanges::Other(changes);
    }
    let added = fields::signed_fields(file, &catalog).len();
    match added.saturating_sub(fields::signed_fields(&before, &old_catalog).len()) {
        0 => other("data other than a signature was appended"),
        _ if end < own => {
            PostSignatureChanges::Unknown("a further signature was added by another program")
        }
        added => PostSignatureChanges::Signatures(added),
    }
}

/// The fields with a signature that covers more than byte `end`. They have reports of their own, which
/// include their appearance.
fn signed_later(file: &PdfFile<'_>, catalog: &PdfDict, end: usize) -> BTreeSet<u32> {
    let Some(form) = file.dict(catalog, "AcroForm") else { return BTreeSet::new() };
    let fields = file.get_resolved(&form, "Fields");
    let signed = fields.as_array().unwrap_or_default().iter().filter_map(|field| {
        let (id, field) = file.resolve_with_id(field);
        let value =
            file.get_resolved(field.as_dict().filter(|field| field.has_name("FT", "Sig"))?, "V");
        let covers = super::covers(file, value.as_dict()?)?;
        id.filter(|_| covers > end).map(|(number, _)| number)
    });
    signed.collect()
}

struct RevisionComparison<'a> {
    before: &'a PdfFile<'a>,
    after: &'a PdfFile<'a>,
    /// References between the objects that were signed.
    survey: ObjectSurvey,
    catalog: u32,
    pages: BTreeSet<u32>,
    /// Fields that were signed later.
    signed: BTreeSet<u32>,
}

impl RevisionComparison<'_> {
    fn run(&self) -> Vec<String> {
        let old = &self.before.xref.entries;
        let new = &self.after.xref.entries;
        // An object at an unchanged offset can change, if it continues in appended bytes or depends on
        // them.
        let changed = old.iter().filter(|(_, entry)| **entry != XrefEntry::Free).filter_map(
            |(&number, &entry)| match new.get(&number) {
                Some(now) if *now == entry => {
                    let id = (number, entry.generation());
                    (self.before.read_uncached(id) != self.after.read_uncached(id))
                        .then(|| format!("object {number} has a different value"))
                }
                _ => self.object(number, entry),
            },
        );
        let filled = self.filled();
        let filled = filled.iter().map(|(number, _)| format!("missing object {number} was added"));
        changed.chain(filled).take(MAX_REPORTED).collect()
    }

    /// Objects that were missing (null) when the file was signed, and exist now.
    fn filled(&self) -> BTreeSet<ObjectId> {
        let missing = self.survey.missing.iter().copied();
        missing.filter(|id| self.after.xref.has(*id)).collect()
    }

    /// The change of an object with a new location, if it is not harmless.
    fn object(&self, number: u32, old_entry: XrefEntry) -> Option<String> {
        let old = self.before.get((number, old_entry.generation()));
        let Some(&entry) = self.after.xref.entries.get(&number).filter(|e| **e != XrefEntry::Free)
        else {
            return Some(format!("object {number} was deleted"));
        };
        // References include the generation: with another generation it is another object.
        if entry.generation() != old_entry.generation() {
            return Some(format!("object {number} has another generation"));
        }
        let new = self.after.get((number, entry.generation()));
        // Some programs use the first value of a duplicate key, this reader the last.
        let is_ambiguous = self.before.is_malformed((number, old_entry.generation()));
        let harmless = match (&*old, &*new) {
            _ if is_ambiguous => false,
            (old, new) if old == new && !matches!(new, PdfObject::Stream(_)) => true,
            (PdfObject::Array(old), PdfObject::Array(new)) => self.grew_by_signatures(old, new),
            (PdfObject::Dict(old), PdfObject::Dict(new)) => self.dict_is_harmless(number, old, new),
            _ => false,
        };
        (!harmless).then(|| format!("object {number} was changed"))
    }

    fn dict_is_harmless(&self, number: u32, old: &PdfDict, new: &PdfDict) -> bool {
        if number == self.catalog {
            self.differs_only_in(old, new, |key, old, new| {
                key == b"AcroForm" && self.form(old, new)
            })
        } else if self.pages.contains(&number) {
            self.differs_only_in(old, new, |key, old, new| key == b"Annots" && self.array(old, new))
        } else {
            self.form_dict(old, new)
        }
    }

    fn form(&self, old: Option<&PdfObject>, new: Option<&PdfObject>) -> bool {
        let empty = PdfDict::default();
        let old = old.map(|old| self.before.resolve(old));
        let new = new.map(|new| self.after.resolve(new));
        let old = old.as_deref().and_then(PdfObject::as_dict).unwrap_or(&empty);
        new.as_deref().and_then(PdfObject::as_dict).is_some_and(|new| self.form_dict(old, new))
    }

    fn form_dict(&self, old: &PdfDict, new: &PdfDict) -> bool {
        self.differs_only_in(old, new, |key, old, new| match key {
            b"Fields" => self.array(old, new),
            // Flags may be added, but not removed.
            b"SigFlags" => {
                let old = old.map(|old| self.before.resolve(old));
                let old = old.as_deref().and_then(PdfObject::as_int).unwrap_or(0);
                new.and_then(PdfObject::as_int) == Some(old | SIGNATURES_EXIST_AND_APPEND_ONLY)
            }
            b"NeedAppearances" => new.is_none(),
            _ => false,
        })
    }

    fn array(&self, old: Option<&PdfObject>, new: Option<&PdfObject>) -> bool {
        let old = old.map(|old| self.before.resolve(old));
        let new = new.map(|new| self.after.resolve(new));
        let items = |array: Option<&PdfObject>| {
            array.and_then(PdfObject::as_array).unwrap_or_default().to_vec()
        };
        self.grew_by_signatures(&items(old.as_deref()), &items(new.as_deref()))
    }

    fn grew_by_signatures(&self, old: &[PdfObject], new: &[PdfObject]) -> bool {
        new.strip_prefix(old).is_some_and(|added| {
            added.iter().all(
                |item| matches!(item, PdfObject::Ref((number, _)) if self.signed.contains(number)),
            )
        })
    }

    fn differs_only_in(
        &self,
        old: &PdfDict,
        new: &PdfDict,
        allowed: impl Fn(&[u8], Option<&PdfObject>, Option<&PdfObject>) -> bool,
    ) -> bool {
        old.entries().chain(new.entries()).all(|(key, _)| {
            let (old, new) = (old.get_bytes(key), new.get_bytes(key));
            old == new || allowed(key, old, new)
        })
    }
}
