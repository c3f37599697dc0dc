//! The page tree: every page in order, with what it inherits.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::Refusal;
use super::geometry::{Rect, View};
use super::read::{Dict, File, Id, Object};

/// Deepest page tree; real ones have fewer than ten levels.
const MAX_DEPTH: usize = 64;
/// The size readers assume for a page that tells none: US Letter.
const DEFAULT_BOX: Rect = Rect { left: 0.0, bottom: 0.0, right: 612.0, top: 792.0 };

/// One page.
#[derive(Clone, Debug)]
pub struct Page {
    /// The page object.
    pub id: Id,
    /// Shared, because many pages may inherit the same large dictionary.
    pub dict: Rc<Object>,
    /// What its content refers to by name.
    pub resources: Rc<Object>,
    /// Where it shows.
    pub view: View,
}

/// Attributes that a page takes from the nodes above it (ISO 32000-2, table 31).
#[derive(Clone, Default)]
struct Inherited {
    resources: Option<Rc<Object>>,
    media: Option<Rc<Object>>,
    crop: Option<Rc<Object>>,
    rotate: Option<Rc<Object>>,
}

impl Inherited {
    fn with(&self, file: &File<'_>, node: &Dict) -> Self {
        let pick = |key, above: &Option<Rc<Object>>| {
            node.get(key).map(|value| file.resolve(value).into_rc()).or_else(|| above.clone())
        };
        Self {
            resources: pick("Resources", &self.resources),
            media: pick("MediaBox", &self.media),
            crop: pick("CropBox", &self.crop),
            rotate: pick("Rotate", &self.rotate),
        }
    }
}

/// All pages of `file`, in order.
pub fn pages(file: &File<'_>) -> Result<Vec<Page>, Refusal> {
    let (_, catalog) = file.catalog()?;
    let root = catalog.get("Pages").cloned().unwrap_or(Object::Null);
    let mut walk = Walk { file, seen: BTreeSet::new(), pages: Vec::new() };
    let walked = walk.node(&root, &Inherited::default(), MAX_DEPTH);
    // Without fuel there seems to be no page tree.
    file.not_exhausted()?;
    walked?;
    if walk.pages.is_empty() {
        return Err(Refusal::Damaged("it has no page"));
    }
    Ok(walk.pages)
}

struct Walk<'a> {
    file: &'a File<'a>,
    seen: BTreeSet<Id>,
    pages: Vec<Page>,
}

impl Walk<'_> {
    fn node(&mut self, node: &Object, above: &Inherited, depth: usize) -> Result<(), Refusal> {
        let damaged = Err(Refusal::Damaged("its page tree cannot be read"));
        let (Some(id), object) = self.file.locate(node) else { return damaged };
        let Object::Dict(dict) = &*object else { return damaged };
        if depth == 0 || !self.seen.insert(id) {
            return Err(Refusal::Damaged("its page tree goes in a circle"));
        }
        let inherited = above.with(self.file, dict);
        let Some(kids) = dict.get("Kids").filter(|_| !dict.is("Type", "Page")) else {
            // Some writers leave the type out, but none gives another one.
            if dict.get("Type").is_some() && !dict.is("Type", "Page") {
                return damaged;
            }
            self.pages.push(self.page(id, self.file.get(id), &inherited));
            return Ok(());
        };
        let kids = self.file.resolve(kids);
        let Some(kids) = kids.array() else { return damaged };
        kids.iter().try_for_each(|kid| self.node(kid, &inherited, depth - 1))
    }

    fn page(&self, id: Id, dict: Rc<Object>, inherited: &Inherited) -> Page {
        let rect = |object: &Option<Rc<Object>>| {
            Rect::from_corners(&self.file.numbers::<4>(object.as_deref()?)?)
        };
        let media = rect(&inherited.media).unwrap_or(DEFAULT_BOX);
        let crop = rect(&inherited.crop).and_then(|crop| crop.intersection(media));
        let rotate = inherited.rotate.as_deref().and_then(Object::int).unwrap_or(0);
        let resources = inherited.resources.clone().unwrap_or_else(|| Rc::new(Object::Null));
        Page { id, dict, resources, view: View::new(crop.unwrap_or(media), rotate) }
    }
}
