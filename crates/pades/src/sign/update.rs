//! The objects of one signature. No other object is rewritten, since viewers would distrust earlier
//! signatures.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use swisscom_sign_pdf::pages::PdfPage;
use swisscom_sign_pdf::read::xref::MAX_OBJECT;
use swisscom_sign_pdf::read::{ObjectId, ObjectSurvey, PdfDict, PdfFile, PdfObject};
use swisscom_sign_pdf::{PdfError, SignatureTargets, fields, page_index};

use super::incremental::IncrementalUpdate;
use super::{AppearancePosition, PadesSigningInput, SignError, appearance};

/// `/SigFlags`: signatures exist, and only appending keeps them valid
/// (ISO 32000-2, table 225).
pub(crate) const SIGNATURES_EXIST_AND_APPEND_ONLY: i64 = 3;
/// Maximum number of direct annotations that become indirect objects.
const MAX_MOVED: usize = 100_000;
/// Annotation flags: print, locked (ISO 32000-2, table 167).
const PRINT_AND_LOCKED: i64 = 4 | 128;

/// The update that adds a signature of `input` at `position`.
pub(super) fn build_update(
    file: &PdfFile<'_>,
    SignatureTargets { catalog_id, catalog, pages, signatures, survey }: SignatureTargets,
    input: &PadesSigningInput<'_>,
    position: &AppearancePosition,
) -> Result<IncrementalUpdate, SignError> {
    let next = file
        .xref
        .next_number()
        .ok_or(PdfError::damaged("missing or invalid `/Size` in the trailer"))?;
    let page = page_index(position.page, pages.len())
        .and_then(|index| pages.get(index))
        .ok_or(SignError::NoSuchPage(position.page))?;
    let mut builder = UpdateBuilder { file, survey, objects: BTreeMap::new(), next, moved: 0 };
    if signatures == 0 {
        let mut seen = BTreeSet::new();
        let mut pages = pages.iter().filter(|page| seen.insert(page.id));
        pages.try_for_each(|page| builder.make_annotations_indirect(page))?;
    }

    let signature_id = builder.reserve()?;
    let (width, height) = input.size;
    let (appearance, data) = appearance::build_appearance(input, page.view.upright());
    let appearance_id = builder.add(PdfObject::Dict(appearance), Some(data))?;
    let rect = page.view.rect_on_page(position.x, position.y, width, height);
    let field = PdfDict::default()
        .with("Type", PdfObject::name_from_str("Annot"))
        .with("Subtype", PdfObject::name_from_str("Widget"))
        .with("FT", PdfObject::name_from_str("Sig"))
        .with("T", PdfObject::string_from_str(&free_name(file, &catalog)))
        .with("V", signature_id)
        .with("Rect", rect.to_vec())
        .with("F", PRINT_AND_LOCKED)
        .with("P", page.id)
        .with("AP", PdfDict::default().with("N", appearance_id));
    let field_id = builder.add(PdfObject::Dict(field), None)?;

    builder.push(page, field_id);
    builder.add_to_form(catalog_id, catalog, field_id)?;

    let section_id = file.xref.is_stream.then(|| builder.reserve()).transpose()?;
    // Beyond the work limit, objects seem to be absent.
    file.ensure_not_exhausted()?;
    Ok(IncrementalUpdate {
        objects: builder.objects,
        signature: (signature_id, signature_dict(input)),
        trailer: file.xref.trailer.clone(),
        previous: file.xref.start,
        section_id,
        size: builder.next,
    })
}

fn signature_dict(input: &PadesSigningInput<'_>) -> PdfDict {
    let mut dict = PdfDict::default()
        .with("Type", PdfObject::name_from_str("Sig"))
        .with("Filter", PdfObject::name_from_str("Adobe.PPKLite"))
        .with("SubFilter", PdfObject::name_from_str("ETSI.CAdES.detached"))
        .with("Name", PdfObject::string_from_str(input.name))
        .with("M", PdfObject::String(date(input.time).into_bytes()));
    if let Some(reason) = input.reason {
        dict.set("Reason", PdfObject::string_from_str(reason));
    }
    dict
}

/// A date string (ISO 32000-2, 7.9.4) in UTC.
fn date(time: Timestamp) -> String {
    time.strftime("D:%Y%m%d%H%M%SZ").to_string()
}

/// `Signature1`, or the first unused name of this kind.
fn free_name(file: &PdfFile<'_>, catalog: &PdfDict) -> String {
    let taken = fields::field_names(file, catalog);
    let mut number = 1_usize;
    loop {
        let name = format!("Signature{number}");
        if !taken.contains(&name) {
            return name;
        }
        number += 1;
    }
}

/// Collects the objects of an update.
struct UpdateBuilder<'a> {
    file: &'a PdfFile<'a>,
    survey: ObjectSurvey,
    objects: BTreeMap<ObjectId, (PdfObject, Option<Vec<u8>>)>,
    next: u32,
    /// Number of annotations that became indirect objects.
    moved: usize,
}

impl UpdateBuilder<'_> {
    /// An unused object number. Missing objects that the file refers to are null, and must not become
    /// objects of the signature.
    fn reserve(&mut self) -> Result<ObjectId, PdfError> {
        while self.survey.missing.range((self.next, 0)..=(self.next, u16::MAX)).next().is_some() {
            self.next += 1;
        }
        // Readers reject higher numbers.
        if self.next >= MAX_OBJECT {
            return Err(PdfError::damaged("no free object numbers for signatures"));
        }
        let id = (self.next, 0);
        self.next += 1;
        Ok(id)
    }

    fn add(&mut self, object: PdfObject, data: Option<Vec<u8>>) -> Result<ObjectId, PdfError> {
        let id = self.reserve()?;
        self.objects.insert(id, (object, data));
        Ok(id)
    }

    fn replace(&mut self, id: ObjectId, object: PdfObject) {
        self.objects.insert(id, (object, None));
    }

    /// The id of the array that `value` refers to, if no other reference to it exists, so that it can
    /// be replaced.
    fn can_grow(
        &self,
        value: &PdfObject,
        (id, array): (Option<ObjectId>, &PdfObject),
    ) -> Option<ObjectId> {
        id.filter(|&id| {
            let alone = !self.survey.shared.contains(&id.0);
            array.as_array().is_some() && *value == PdfObject::Ref(id) && alone
        })
    }

    /// Makes the direct annotations of a page indirect objects. Some programs identify annotations by
    /// object number only, and would report every further signature as a change. Not in files with
    /// signatures, where it would be a change itself.
    fn make_annotations_indirect(&mut self, page: &PdfPage) -> Result<(), PdfError> {
        let (value, array) = self.annotations(page);
        let items = array.as_array().unwrap_or_default();
        let direct = items.iter().filter(|item| !matches!(item, PdfObject::Ref(_))).count();
        self.moved += direct;
        if direct == 0 || self.moved > MAX_MOVED {
            return Ok(());
        }
        let there = items.iter().filter(|item| !matches!(item, PdfObject::Null));
        let indirect = there.map(|item| match item {
            PdfObject::Ref(_) => Ok(item.clone()),
            _ => self.add(item.clone(), None).map(PdfObject::from),
        });
        let indirect = indirect.collect::<Result<_, _>>()?;
        self.set_annotations(page, &value, indirect);
        Ok(())
    }

    /// Appends `item` to the annotations of a page.
    fn push(&mut self, page: &PdfPage, item: ObjectId) {
        let (value, array) = self.annotations(page);
        let mut items = array.as_array().unwrap_or_default().to_vec();
        items.push(item.into());
        self.set_annotations(page, &value, items);
    }

    /// `/Annots` of a page, and the array that it refers to.
    fn annotations(&self, page: &PdfPage) -> (PdfObject, PdfObject) {
        let dict = self.page(page);
        let value = dict.get("Annots").cloned().unwrap_or(PdfObject::Null);
        let (id, array) = self.file.resolve_with_id(&value);
        let array = match id.and_then(|id| self.objects.get(&id)) {
            Some((array, _)) => array.clone(),
            None => (*array).clone(),
        };
        (value, array)
    }

    /// A page with the changes so far.
    fn page(&self, page: &PdfPage) -> PdfDict {
        let builder = self.objects.get(&page.id).and_then(|(object, _)| object.as_dict());
        builder.or_else(|| page.dict.as_dict()).cloned().unwrap_or_default()
    }

    /// Replaces the annotations of a page: in the array's own object if it is not shared, otherwise in
    /// the page.
    fn set_annotations(&mut self, page: &PdfPage, value: &PdfObject, items: Vec<PdfObject>) {
        let (id, array) = self.file.resolve_with_id(value);
        match self.can_grow(value, (id, &array)) {
            Some(id) => self.replace(id, items.into()),
            None => {
                let dict = self.page(page).with("Annots", items);
                self.replace(page.id, dict.into());
            }
        }
    }

    fn add_to_form(
        &mut self,
        catalog_id: ObjectId,
        mut catalog: PdfDict,
        field_id: ObjectId,
    ) -> Result<(), PdfError> {
        let value = catalog.get("AcroForm").cloned().unwrap_or(PdfObject::Null);
        let (form_id, form) = self.file.resolve_with_id(&value);
        let is_new = form.as_dict().is_none();
        let mut form = form.as_dict().cloned().unwrap_or_default();
        let flags = self.file.get_resolved(&form, "SigFlags").as_int().unwrap_or(0);
        let mut form_changes = flags | SIGNATURES_EXIST_AND_APPEND_ONLY != flags;
        form.set("SigFlags", flags | SIGNATURES_EXIST_AND_APPEND_ONLY);

        if form.get("NeedAppearances").is_some() {
            // With this flag some readers draw fields themselves, and signatures not at all.
            form.remove("NeedAppearances");
            form_changes = true;
        }

        let value = form.get("Fields").cloned().unwrap_or(PdfObject::Null);
        let (fields_id, fields) = self.file.resolve_with_id(&value);
        let mut items = fields.as_array().unwrap_or_default().to_vec();
        items.push(field_id.into());
        let own_array = self.can_grow(&value, (fields_id, &fields));
        match own_array {
            Some(id) => self.replace(id, items.into()),
            None => form.set("Fields", items),
        }
        if own_array.is_some() && !form_changes {
            return Ok(());
        }
        match form_id {
            Some(id) if !is_new => self.replace(id, form.into()),
            _ if is_new => {
                // An indirect object, so that the next signature does not change the catalog.
                let id = self.add(form.into(), None)?;
                catalog.set("AcroForm", id);
                self.replace(catalog_id, catalog.into());
            }
            _ => {
                catalog.set("AcroForm", form);
                self.replace(catalog_id, catalog.into());
            }
        }
        Ok(())
    }
}
