//! The page tree: every page in order, with what it inherits.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::PdfError;
use super::geometry::{PageView, Rect};
use super::read::{ObjectId, PdfDict, PdfFile, PdfObject};

/// Deepest page tree; real ones have fewer than ten levels.
const MAX_DEPTH: usize = 64;
/// The size readers assume for a page that tells none: US Letter.
const DEFAULT_BOX: Rect = Rect { left: 0.0, bottom: 0.0, right: 612.0, top: 792.0 };

/// One page.
#[derive(Clone, Debug)]
pub struct PdfPage {
    /// The page object.
    pub id: ObjectId,
    /// Shared, because many pages may inherit the same large dictionary.
    pub dict: Rc<PdfObject>,
    /// What its content refers to by name.
    pub resources: Rc<PdfObject>,
    /// Where it shows.
    pub view: PageView,
}

/// Attributes that a page takes from the nodes above it (ISO 32000-2, table 31).
#[derive(Clone, Default)]
struct InheritedAttributes {
    resources: Option<Rc<PdfObject>>,
    media: Option<Rc<PdfObject>>,
    crop: Option<Rc<PdfObject>>,
    rotate: Option<Rc<PdfObject>>,
}

impl InheritedAttributes {
    fn with(&self, file: &PdfFile<'_>, node: &PdfDict) -> Self {
        let pick = |key, above: &Option<Rc<PdfObject>>| {
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
pub fn pages(file: &PdfFile<'_>) -> Result<Vec<PdfPage>, PdfError> {
    let (_, catalog) = file.catalog()?;
    let root = catalog.get("Pages").cloned().unwrap_or(PdfObject::Null);
    let mut walk = PageTreeWalker { file, seen: BTreeSet::new(), pages: Vec::new() };
    let walked = walk.node(&root, &InheritedAttributes::default(), MAX_DEPTH);
    // Without fuel there seems to be no page tree.
    file.not_exhausted()?;
    walked?;
    if walk.pages.is_empty() {
        return Err(PdfError::Damaged("it has no page"));
    }
    Ok(walk.pages)
}

struct PageTreeWalker<'a> {
    file: &'a PdfFile<'a>,
    seen: BTreeSet<ObjectId>,
    pages: Vec<PdfPage>,
}

impl PageTreeWalker<'_> {
    fn node(
        &mut self,
        node: &PdfObject,
        above: &InheritedAttributes,
        depth: usize,
    ) -> Result<(), PdfError> {
        let damaged = Err(PdfError::Damaged("its page tree cannot be read"));
        let (Some(id), object) = self.file.locate(node) else { return damaged };
        let PdfObject::Dict(dict) = &*object else { return damaged };
        if depth == 0 || !self.seen.insert(id) {
            return Err(PdfError::Damaged("its page tree goes in a circle"));
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

    fn page(&self, id: ObjectId, dict: Rc<PdfObject>, inherited: &InheritedAttributes) -> PdfPage {
        let rect = |object: &Option<Rc<PdfObject>>| {
            Rect::from_corners(&self.file.numbers::<4>(object.as_deref()?)?)
        };
        let media = rect(&inherited.media).unwrap_or(DEFAULT_BOX);
        let crop = rect(&inherited.crop).and_then(|crop| crop.intersection(media));
        let rotate = inherited.rotate.as_deref().and_then(PdfObject::int).unwrap_or(0);
        let resources = inherited.resources.clone().unwrap_or_else(|| Rc::new(PdfObject::Null));
        PdfPage { id, dict, resources, view: PageView::new(crop.unwrap_or(media), rotate) }
    }
}
