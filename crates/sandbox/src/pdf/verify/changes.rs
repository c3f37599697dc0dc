//! What an update after a signature has done.

use std::collections::BTreeSet;

use swisscom_sign_pdf::fields;
use swisscom_sign_pdf::pages;
use swisscom_sign_pdf::read::xref::Entry;
use swisscom_sign_pdf::read::{Dict, File, Object, parse};

/// What was done to a file after a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Changes {
    /// Nothing.
    None,
    /// That many further signatures were added, and nothing else.
    Signatures(usize),
    /// Something else; each text tells one change.
    Other(Vec<String>),
}

/// Most changes that are told.
const MAX_TOLD: usize = 20;

/// What the file has after byte `end`, compared with what it was up to there.
pub(super) fn after(file: &File<'_>, end: usize) -> Changes {
    let rest = file.bytes.get(end..).unwrap_or_default();
    if rest.iter().all(|&byte| parse::is_space(byte)) {
        return Changes::None;
    }
    let told = |text: &str| Changes::Other(vec![text.to_owned()]);
    let Ok(before) = File::open(file.bytes.get(..end).unwrap_or_default()) else {
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
    let comparison = Comparison { before: &before, after: file, catalog: root.0, pages };
    let other = comparison.run();
    if other.is_empty() {
        let added = fields::signed(file, &catalog).len();
        Changes::Signatures(added.saturating_sub(fields::signed(&before, &old_catalog).len()))
    } else {
        Changes::Other(other)
    }
}

struct Comparison<'a> {
    before: &'a File<'a>,
    after: &'a File<'a>,
    catalog: u32,
    pages: BTreeSet<u32>,
}

impl Comparison<'_> {
    fn run(&self) -> Vec<String> {
        let old = &self.before.xref.entries;
        let new = &self.after.xref.entries;
        old.iter()
            .filter(|(number, entry)| **entry != Entry::Free && new.get(number) != Some(entry))
            .filter_map(|(&number, &entry)| self.object(number, entry))
            .take(MAX_TOLD)
            .collect()
    }

    /// The complaint about an object that has moved.
    fn object(&self, number: u32, old_entry: Entry) -> Option<String> {
        let generation = |entry| if let Entry::At(_, generation) = entry { generation } else { 0 };
        let old = self.before.get((number, generation(old_entry)));
        let Some(&entry) = self.after.xref.entries.get(&number).filter(|e| **e != Entry::Free)
        else {
            return Some(format!("object {number} was deleted"));
        };
        let new = self.after.get((number, generation(entry)));
        let harmless = match (&*old, &*new) {
            (old, new) if old == new && !matches!(new, Object::Stream(_)) => true,
            (Object::Array(old), Object::Array(new)) => self.grew_by_signatures(old, new),
            (Object::Dict(old), Object::Dict(new)) => self.dict_is_harmless(number, old, new),
            _ => false,
        };
        (!harmless).then(|| format!("object {number} was changed"))
    }

    fn dict_is_harmless(&self, number: u32, old: &Dict, new: &Dict) -> bool {
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

    fn form(&self, old: Option<&Object>, new: Option<&Object>) -> bool {
        let empty = Dict::default();
        let old = old.map(|old| self.before.resolve(old));
        let new = new.map(|new| self.after.resolve(new));
        let old = old.as_deref().and_then(Object::dict).unwrap_or(&empty);
        new.as_deref().and_then(Object::dict).is_some_and(|new| self.form_dict(old, new))
    }

    fn form_dict(&self, old: &Dict, new: &Dict) -> bool {
        self.differs_only_in(old, new, |key, old, new| match key {
            b"Fields" => self.array(old, new),
            b"SigFlags" => new.and_then(Object::int) == Some(3),
            _ => false,
        })
    }

    fn array(&self, old: Option<&Object>, new: Option<&Object>) -> bool {
        let old = old.map(|old| self.before.resolve(old));
        let new = new.map(|new| self.after.resolve(new));
        let items =
            |array: Option<&Object>| array.and_then(Object::array).unwrap_or_default().to_vec();
        self.grew_by_signatures(&items(old.as_deref()), &items(new.as_deref()))
    }

    fn grew_by_signatures(&self, old: &[Object], new: &[Object]) -> bool {
        new.strip_prefix(old).is_some_and(|added| {
            added.iter().all(|item| {
                let field = self.after.resolve(item);
                field.dict().is_some_and(|field| field.is("FT", "Sig"))
            })
        })
    }

    fn differs_only_in(
        &self,
        old: &Dict,
        new: &Dict,
        allowed: impl Fn(&[u8], Option<&Object>, Option<&Object>) -> bool,
    ) -> bool {
        old.0.keys().chain(new.0.keys()).all(|key| {
            let (old, new) = (old.0.get(key), new.0.get(key));
            old == new || allowed(key, old, new)
        })
    }
}
