//! What an update after a signature has done.

use std::collections::BTreeSet;

use swisscom_sign_pdf::fields::{self, SignedField};
use swisscom_sign_pdf::pages;
use swisscom_sign_pdf::read::xref::XrefEntry;
use swisscom_sign_pdf::read::{ObjectId, ObjectSurvey, PdfDict, PdfFile, PdfObject, parse};

use crate::sign::{SIGNATURES_EXIST_AND_APPEND_ONLY, is_own_update};

/// What was done to a file after a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PostSignatureChanges {
    /// Nothing.
    None,
    /// That many further signatures were added, and nothing else.
    Signatures(usize),
    /// Something else; each text tells one change.
    Other(Vec<String>),
}

/// Most changes that are told.
const MAX_TOLD: usize = 20;

/// Where the part begins that is nothing but updates of [`sign`](crate::sign()), one for each
/// signature. Every program reads it as this one does, which is not so of what others append.
pub(super) fn own_updates_start(file: &PdfFile<'_>, signed: &[SignedField]) -> usize {
    let ends = signed.iter().filter_map(|field| super::covers(file, field.signature.dict()?));
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

/// Whether there is nothing but space from byte `end` on.
fn is_blank(file: &PdfFile<'_>, end: usize) -> bool {
    file.bytes.get(end..).unwrap_or_default().iter().all(|&byte| parse::is_space(byte))
}

/// What the file has after byte `end`, compared with what it was up to there. From byte `own` on it
/// is as the sandbox writes it.
pub(super) fn changes_after(file: &PdfFile<'_>, end: usize, own: usize) -> PostSignatureChanges {
    if is_blank(file, end) {
        return PostSignatureChanges::None;
    }
    let told = |text: &str| PostSignatureChanges::Other(vec![text.to_owned()]);
    let Ok(before) = PdfFile::open(file.bytes.get(..end).unwrap_or_default()) else {
        return told("the part that was signed is not a document of its own");
    };
    let (Ok((old_root, old_catalog)), Ok((root, catalog))) = (before.catalog(), file.catalog())
    else {
        return told("the document catalog cannot be read");
    };
    if old_root != root {
        return told("the document catalog was replaced");
    }
    let Ok(pages) = pages::pages(&before) else { return told("the pages cannot be read") };
    let pages = pages.iter().map(|page| page.id.0).collect();
    let signed = signed_later(file, &catalog, end);
    let Ok(whole) = before.whole() else {
        return told("the part that was signed cannot be read as a whole");
    };
    let comparison =
        RevisionComparison { before: &before, after: file, whole, catalog: root.0, pages, signed };
    let other = comparison.run();
    if before.exhausted() || file.exhausted() {
        return told("it is too large to be compared");
    }
    if !other.is_empty() {
        return PostSignatureChanges::Other(other);
    }
    let added = fields::signed(file, &catalog).len();
    match added.saturating_sub(fields::signed(&before, &old_catalog).len()) {
        0 => told("something was appended that is no signature"),
        _ if end < own => told("something was appended that other programs may read otherwise"),
        added => PostSignatureChanges::Signatures(added),
    }
}

/// The fields of the form whose signature covers more than was signed before: each is judged as a
/// signature of its own, and so is all that it shows.
fn signed_later(file: &PdfFile<'_>, catalog: &PdfDict, end: usize) -> BTreeSet<u32> {
    let Some(form) = file.dict(catalog, "AcroForm") else { return BTreeSet::new() };
    let fields = file.value(&form, "Fields");
    let signed = fields.array().unwrap_or_default().iter().filter_map(|field| {
        let (id, field) = file.locate(field);
        let value = file.value(field.dict().filter(|field| field.is("FT", "Sig"))?, "V");
        let covers = super::covers(file, value.dict()?)?;
        id.filter(|_| covers > end).map(|(number, _)| number)
    });
    signed.collect()
}

struct RevisionComparison<'a> {
    before: &'a PdfFile<'a>,
    after: &'a PdfFile<'a>,
    /// What the objects tell that were signed.
    whole: ObjectSurvey,
    catalog: u32,
    pages: BTreeSet<u32>,
    /// Fields that were signed later.
    signed: BTreeSet<u32>,
}

impl RevisionComparison<'_> {
    fn run(&self) -> Vec<String> {
        let old = &self.before.xref.entries;
        let new = &self.after.xref.entries;
        // What stands where it stood may read otherwise all the same, for it may go on in what was
        // appended, or depend on that.
        let changed = old.iter().filter(|(_, entry)| **entry != XrefEntry::Free).filter_map(
            |(&number, &entry)| match new.get(&number) {
                Some(now) if *now == entry => {
                    let id = (number, entry.generation());
                    (self.before.once(id) != self.after.once(id))
                        .then(|| format!("object {number} reads otherwise"))
                }
                _ => self.object(number, entry),
            },
        );
        let filled = self.filled();
        let filled =
            filled.iter().map(|(number, _)| format!("object {number} was missing, and was added"));
        changed.chain(filled).take(MAX_TOLD).collect()
    }

    /// Objects that were referred to without being there, so that nothing stood in their place, and
    /// that are there now.
    fn filled(&self) -> BTreeSet<ObjectId> {
        let missing = self.whole.missing.iter().copied();
        missing.filter(|id| self.after.xref.has(*id)).collect()
    }

    /// The complaint about an object that has moved.
    fn object(&self, number: u32, old_entry: XrefEntry) -> Option<String> {
        let old = self.before.get((number, old_entry.generation()));
        let Some(&entry) = self.after.xref.entries.get(&number).filter(|e| **e != XrefEntry::Free)
        else {
            return Some(format!("object {number} was deleted"));
        };
        // Who refers to it names its generation: of another one it is another object.
        if entry.generation() != old_entry.generation() {
            return Some(format!("object {number} has another generation"));
        }
        let new = self.after.get((number, entry.generation()));
        let harmless = match (&*old, &*new) {
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
        let old = old.as_deref().and_then(PdfObject::dict).unwrap_or(&empty);
        new.as_deref().and_then(PdfObject::dict).is_some_and(|new| self.form_dict(old, new))
    }

    fn form_dict(&self, old: &PdfDict, new: &PdfDict) -> bool {
        self.differs_only_in(old, new, |key, old, new| match key {
            b"Fields" => self.array(old, new),
            // A flag may be added, and none goes.
            b"SigFlags" => {
                let old = old.map(|old| self.before.resolve(old));
                let old = old.as_deref().and_then(PdfObject::int).unwrap_or(0);
                new.and_then(PdfObject::int) == Some(old | SIGNATURES_EXIST_AND_APPEND_ONLY)
            }
            _ => false,
        })
    }

    fn array(&self, old: Option<&PdfObject>, new: Option<&PdfObject>) -> bool {
        let old = old.map(|old| self.before.resolve(old));
        let new = new.map(|new| self.after.resolve(new));
        let items = |array: Option<&PdfObject>| {
            array.and_then(PdfObject::array).unwrap_or_default().to_vec()
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
            let (old, new) = (old.named(key), new.named(key));
            old == new || allowed(key, old, new)
        })
    }
}
