//! The page tree: every page in order, with inherited attributes.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::PdfError;
use super::geometry::{PageView, Rect};
use super::read::{ObjectId, PdfDict, PdfFile, PdfObject};

/// Maximum depth of the page tree; ordinary ones have fewer than ten levels.
const MAX_DEPTH: usize = 64;
/// Size of a page without a box: US Letter, as readers assume.
const DEFAULT_BOX: Rect = Rect { left: 0.0, bottom: 0.0, right: 612.0, top: 792.0 };

/// A page.
#[derive(Clone, Debug)]
pub struct PdfPage {
    /// The page object.
    pub id: ObjectId,
    /// Shared, because many pages may inherit the same large dictionary.
    pub dict: Rc<PdfObject>,
    /// Resource dictionary of its content.
    pub resources: Rc<PdfObject>,
    /// Visible box and rotation.
    pub view: PageView,
}

/// Attributes that a page inherits (ISO 32000-2, table 31).
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
///
/// # Errors
///
/// [`PdfError::Damaged`].
pub fn pages(file: &PdfFile<'_>) -> Result<Vec<PdfPage>, PdfError> {
    let (_, catalog) = file.catalog()?;
    let root = catalog.get("Pages").cloned().unwrap_or(PdfObject::Null);
    let mut walker = PageTreeWalker { file, seen: BTreeSet::new(), pages: Vec::new() };
    let walked = walker.node(&root, &InheritedAttributes::default(), MAX_DEPTH);
    // Beyond the work limit, objects are null and the page tree seems invalid.
    file.ensure_not_exhausted()?;
    walked?;
    if walker.pages.is_empty() {
        return Err(PdfError::Damaged("no pages"));
    }
    Ok(walker.pages)
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
        let damaged = Err(PdfError::Damaged("invalid page tree"));
        let (Some(id), object) = self.file.resolve_with_id(node) else { return damaged };
        let PdfObject::Dict(dict) = &*object else { return damaged };
        if depth == 0 || !self.seen.insert(id) {
            return Err(PdfError::Damaged("circular page tree"));
        }
        let inherited = above.with(self.file, dict);
        let Some(kids) = dict.get("Kids").filter(|_| !dict.has_name("Type", "Page")) else {
            // Some producers omit the type; a different type is an error.
            if dict.get("Type").is_some() && !dict.has_name("Type", "Page") {
                return damaged;
            }
            self.pages.push(self.page(id, self.file.get(id), &inherited));
            return Ok(());
        };
        let kids = self.file.resolve(kids);
        let Some(kids) = kids.as_array() else { return damaged };
        kids.iter().try_for_each(|kid| self.node(kid, &inherited, depth - 1))
    }

    fn page(&self, id: ObjectId, dict: Rc<PdfObject>, inherited: &InheritedAttributes) -> PdfPage {
        let rect = |object: &Option<Rc<PdfObject>>| {
            Rect::from_corners(&self.file.numbers::<4>(object.as_deref()?)?)
        };
        let media = rect(&inherited.media).unwrap_or(DEFAULT_BOX);
        let crop = rect(&inherited.crop).and_then(|crop| crop.intersection(media));
        let rotate = inherited.rotate.as_deref().and_then(PdfObject::as_int).unwrap_or(0);
        let resources = inherited.resources.clone().unwrap_or_else(|| Rc::new(PdfObject::Null));
        PdfPage { id, dict, resources, view: PageView::new(crop.unwrap_or(media), rotate) }
    }
}
