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

/// Work of a page that occurs again; parsing a page takes about a hundred.
const REPEATED_PAGE: usize = 32;

/// A page.
#[derive(Clone, Debug)]
pub struct PdfPage {
    /// The page object.
    pub id: ObjectId,
    /// Shared, because a page may occur repeatedly.
    pub dict: Rc<PdfObject>,
    /// Resource dictionary of its content, or a reference to it.
    pub resources: PdfObject,
    /// Visible box, rotation and unit.
    pub view: PageView,
}

/// Attributes that a page inherits (ISO 32000-2, table 31).
#[derive(Clone)]
struct InheritedAttributes {
    resources: PdfObject,
    media: Option<Rect>,
    crop: Option<Rect>,
    rotate: i64,
}

impl InheritedAttributes {
    const NONE: Self = Self { resources: PdfObject::Null, media: None, crop: None, rotate: 0 };

    fn with(&self, file: &PdfFile<'_>, node: &PdfDict) -> Self {
        let rect = |value| Rect::from_corners(&file.numbers::<4>(&file.resolve(value))?);
        let mut own = self.clone();
        // Not resolved: only the search for tags needs them.
        if let Some(resources @ (PdfObject::Ref(_) | PdfObject::Dict(_))) = node.get("Resources") {
            own.resources = resources.clone();
        }
        if let Some(media) = node.get("MediaBox") {
            own.media = rect(media);
        }
        if let Some(crop) = node.get("CropBox") {
            own.crop = rect(crop);
        }
        if let Some(rotate) = node.get("Rotate") {
            own.rotate = file.resolve(rotate).as_int().unwrap_or(0);
        }
        own
    }
}

/// All pages of `file`, in order. A page that the page tree contains repeatedly is in the list
/// repeatedly.
///
/// # Errors
///
/// [`PdfError::Damaged`].
pub fn pages(file: &PdfFile<'_>) -> Result<Vec<PdfPage>, PdfError> {
    let (_, catalog) = file.catalog()?;
    let root = catalog.get("Pages").cloned().unwrap_or(PdfObject::Null);
    let mut walker =
        PageTreeWalker { file, path: Vec::new(), seen: BTreeSet::new(), pages: Vec::new() };
    let walked = walker.node(&root, &InheritedAttributes::NONE);
    // Beyond the work limit, objects are null and the page tree seems invalid.
    file.ensure_not_exhausted()?;
    walked?;
    if walker.pages.is_empty() {
        return Err(PdfError::damaged("empty page tree: the file has no pages"));
    }
    Ok(walker.pages)
}

struct PageTreeWalker<'a> {
    file: &'a PdfFile<'a>,
    /// The node being read, and those above it.
    path: Vec<ObjectId>,
    seen: BTreeSet<ObjectId>,
    pages: Vec<PdfPage>,
}

impl PageTreeWalker<'_> {
    fn node(&mut self, node: &PdfObject, above: &InheritedAttributes) -> Result<(), PdfError> {
        let damaged = |what: String| Err(PdfError::damaged(format!("invalid page tree: {what}")));
        let (Some(id), object) = self.file.resolve_with_id(node) else {
            return damaged("a page is not an indirect object".to_owned());
        };
        let number = id.0;
        let PdfObject::Dict(dict) = &*object else {
            return damaged(format!("object {number} is not a page"));
        };
        if self.path.contains(&id) {
            return damaged(format!("object {number} contains itself"));
        }
        if self.path.len() >= MAX_DEPTH {
            return damaged(format!("object {number} is nested too deeply"));
        }
        let repeated = if self.seen.insert(id) { 0 } else { REPEATED_PAGE };
        if !self.file.consume_work(1 + repeated) {
            return Ok(());
        }
        let inherited = above.with(self.file, dict);
        let Some(kids) = dict.get("Kids").filter(|_| !dict.has_name("Type", "Page")) else {
            // Some producers omit the type; a different type is an error.
            if dict.get("Type").is_some() && !dict.has_name("Type", "Page") {
                return damaged(format!("object {number} has the wrong `/Type`"));
            }
            self.pages.push(self.page(id, self.file.get(id), inherited));
            return Ok(());
        };
        let kids = self.file.resolve(kids);
        let Some(kids) = kids.as_array() else {
            return damaged(format!("`/Kids` of object {number} is not an array"));
        };
        self.path.push(id);
        let walked = kids.iter().try_for_each(|kid| self.node(kid, &inherited));
        self.path.pop();
        walked
    }

    fn page(&self, id: ObjectId, dict: Rc<PdfObject>, inherited: InheritedAttributes) -> PdfPage {
        let InheritedAttributes { resources, media, crop, rotate } = inherited;
        let media = media.unwrap_or(DEFAULT_BOX);
        let visible = crop.and_then(|crop| crop.intersection(media)).unwrap_or(media);
        let unit = dict.as_dict().and_then(|dict| {
            let unit = self.file.get_resolved(dict, "UserUnit").as_number();
            unit.filter(|unit| *unit > 0.0 && unit.is_finite())
        });
        let view = PageView::new(visible, rotate).with_unit(unit.unwrap_or(1.0));
        PdfPage { id, dict, resources, view }
    }
}
