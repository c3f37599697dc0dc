//! The objects of one signature. Nothing else is touched: rewriting an object
//! without need would make viewers distrust the signatures that are there.

use std::collections::BTreeMap;

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
/// Annotations that get an object of their own; files with as many have them already.
const MAX_PARTED: usize = 100_000;
/// Annotation flags: print, locked (ISO 32000-2, table 167).
const PRINT_AND_LOCKED: i64 = 4 | 128;

/// The update that adds a signature of `input` at `position`.
pub(super) fn signature(
    file: &PdfFile<'_>,
    SignatureTargets { catalog_id, catalog, pages, whole }: SignatureTargets,
    input: &PadesSigningInput<'_>,
    position: &AppearancePosition,
) -> Result<IncrementalUpdate, SignError> {
    let next = file.xref.next_number().ok_or(PdfError::Damaged("its `/Size` cannot be read"))?;
    let page = page_index(position.page, pages.len())
        .and_then(|index| pages.get(index))
        .ok_or(SignError::NoSuchPage(position.page))?;
    let mut draft = UpdateBuilder { file, whole, objects: BTreeMap::new(), next, parted: 0 };
    if fields::signed(file, &catalog).is_empty() {
        pages.iter().try_for_each(|page| draft.part_annotations(page))?;
    }

    let signature_id = draft.reserve()?;
    let (width, height) = input.size;
    let (appearance, data) = appearance::build_appearance(input, page.view.upright());
    let appearance_id = draft.add(PdfObject::Dict(appearance), Some(data))?;
    let rect = page.view.rect_on_page(position.x, position.y, width, height);
    let field = PdfDict::default()
        .with("Type", PdfObject::as_name("Annot"))
        .with("Subtype", PdfObject::as_name("Widget"))
        .with("FT", PdfObject::as_name("Sig"))
        .with("T", PdfObject::text(&free_name(file, &catalog)))
        .with("V", signature_id)
        .with("Rect", rect.to_vec())
        .with("F", PRINT_AND_LOCKED)
        .with("P", page.id)
        .with("AP", PdfDict::default().with("N", appearance_id));
    let field_id = draft.add(PdfObject::Dict(field), None)?;

    draft.push(page, field_id);
    draft.add_to_form(catalog_id, catalog, field_id)?;

    let section_id = file.xref.is_stream.then(|| draft.reserve()).transpose()?;
    // What was read without fuel seemed to be absent.
    file.not_exhausted()?;
    Ok(IncrementalUpdate {
        objects: draft.objects,
        signature: (signature_id, signature_dict(input)),
        trailer: file.xref.trailer.clone(),
        previous: file.xref.start,
        section_id,
        size: draft.next,
    })
}

fn signature_dict(input: &PadesSigningInput<'_>) -> PdfDict {
    let mut dict = PdfDict::default()
        .with("Type", PdfObject::as_name("Sig"))
        .with("Filter", PdfObject::as_name("Adobe.PPKLite"))
        .with("SubFilter", PdfObject::as_name("ETSI.CAdES.detached"))
        .with("Name", PdfObject::text(input.name))
        .with("M", PdfObject::String(date(input.time).into_bytes()));
    if let Some(reason) = input.reason {
        dict.set("Reason", PdfObject::text(reason));
    }
    dict
}

/// A date string (ISO 32000-2, 7.9.4) in UTC.
fn date(time: Timestamp) -> String {
    time.strftime("D:%Y%m%d%H%M%SZ").to_string()
}

/// `Signature1`, or the first such name that no field has.
fn free_name(file: &PdfFile<'_>, catalog: &PdfDict) -> String {
    let taken = fields::names(file, catalog);
    let mut number = 1_usize;
    loop {
        let name = format!("Signature{number}");
        if !taken.contains(&name) {
            return name;
        }
        number += 1;
    }
}

/// The objects of an update in the making.
struct UpdateBuilder<'a> {
    file: &'a PdfFile<'a>,
    whole: ObjectSurvey,
    objects: BTreeMap<ObjectId, (PdfObject, Option<Vec<u8>>)>,
    next: u32,
    /// How many annotations have got an object of their own.
    parted: usize,
}

impl UpdateBuilder<'_> {
    /// A number that stands for nothing yet: what the file refers to without having it must not come
    /// to stand for an object of the signature.
    fn reserve(&mut self) -> Result<ObjectId, PdfError> {
        while self.whole.missing.range((self.next, 0)..=(self.next, u16::MAX)).next().is_some() {
            self.next += 1;
        }
        // Nothing could read a file with a higher number.
        if self.next >= MAX_OBJECT {
            return Err(PdfError::Damaged("it has no number left for another object"));
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

    /// The id of the array that `value` refers to, if it can grow in its place: nothing else refers
    /// to it.
    fn can_grow(
        &self,
        value: &PdfObject,
        (id, array): (Option<ObjectId>, &PdfObject),
    ) -> Option<ObjectId> {
        id.filter(|&id| {
            let alone = !self.whole.shared.contains(&id.0);
            array.array().is_some() && *value == PdfObject::Ref(id) && alone
        })
    }

    /// Gives each annotation of a page that is none an object of its own. In a file that has a
    /// signature already that would be a change; without it, some programs take every further
    /// signature for one, since they tell annotations apart by their numbers alone.
    fn part_annotations(&mut self, page: &PdfPage) -> Result<(), PdfError> {
        let (value, array) = self.annotations(page);
        let items = array.array().unwrap_or_default();
        let parts = items.iter().filter(|item| !matches!(item, PdfObject::Ref(_))).count();
        self.parted += parts;
        if parts == 0 || self.parted > MAX_PARTED {
            return Ok(());
        }
        let there = items.iter().filter(|item| !matches!(item, PdfObject::Null));
        let parted = there.map(|item| match item {
            PdfObject::Ref(_) => Ok(item.clone()),
            _ => self.add(item.clone(), None).map(PdfObject::from),
        });
        let parted = parted.collect::<Result<_, _>>()?;
        self.set_annotations(page, &value, parted);
        Ok(())
    }

    /// Appends `item` to the annotations of a page.
    fn push(&mut self, page: &PdfPage, item: ObjectId) {
        let (value, array) = self.annotations(page);
        let mut items = array.array().unwrap_or_default().to_vec();
        items.push(item.into());
        self.set_annotations(page, &value, items);
    }

    /// The entry of a page with its annotations, and what it stands for.
    fn annotations(&self, page: &PdfPage) -> (PdfObject, PdfObject) {
        let dict = self.page(page);
        let value = dict.get("Annots").cloned().unwrap_or(PdfObject::Null);
        let (id, array) = self.file.locate(&value);
        let array = match id.and_then(|id| self.objects.get(&id)) {
            Some((array, _)) => array.clone(),
            None => (*array).clone(),
        };
        (value, array)
    }

    /// A page as it is by now.
    fn page(&self, page: &PdfPage) -> PdfDict {
        let draft = self.objects.get(&page.id).and_then(|(object, _)| object.dict());
        draft.or_else(|| page.dict.dict()).cloned().unwrap_or_default()
    }

    /// Sets what `value` stands for, the annotations of a page: in the array's own object if nothing
    /// else has it, otherwise in the page.
    fn set_annotations(&mut self, page: &PdfPage, value: &PdfObject, items: Vec<PdfObject>) {
        let (id, array) = self.file.locate(value);
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
        let (form_id, form) = self.file.locate(&value);
        let is_new = form.dict().is_none();
        let mut form = form.dict().cloned().unwrap_or_default();
        let flags = self.file.value(&form, "SigFlags").int().unwrap_or(0);
        let flags_change = flags | SIGNATURES_EXIST_AND_APPEND_ONLY != flags;
        form.set("SigFlags", flags | SIGNATURES_EXIST_AND_APPEND_ONLY);

        let value = form.get("Fields").cloned().unwrap_or(PdfObject::Null);
        let (fields_id, fields) = self.file.locate(&value);
        let mut items = fields.array().unwrap_or_default().to_vec();
        items.push(field_id.into());
        let own_array = self.can_grow(&value, (fields_id, &fields));
        match own_array {
            Some(id) => self.replace(id, items.into()),
            None => form.set("Fields", items),
        }
        if own_array.is_some() && !flags_change {
            return Ok(());
        }
        match form_id {
            Some(id) if !is_new => self.replace(id, form.into()),
            _ if is_new => {
                // An object of its own, so that the catalog need not change again.
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
