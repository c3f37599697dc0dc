//! Incremental updates (ISO 32000-2, 7.5.6): the changed objects, a cross-reference section of the
//! kind that the file has, and the signature.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};
use swisscom_sign_pdf::read::{ObjectId, PdfDict, PdfFile, PdfObject, parse};

use super::SignError;
use crate::ca::SigningIdentity;
use crate::cms;

/// Size of `/Contents`, in bytes. With P-256 and one certificate with a limited name, the CMS takes
/// less than 3 KiB.
const CONTENTS_SIZE: usize = 4096;
/// Size of `/ByteRange`: `[0 a b c]` with numbers of ten digits.
const BYTE_RANGE_SIZE: usize = 36;

/// Number of bytes at the end of a file that are hashed for `/ID`.
const VERSION_TAIL: usize = 1 << 16;

/// An incremental update with one signature.
pub(super) struct IncrementalUpdate {
    /// New and replaced objects; a stream with its data.
    pub(super) objects: BTreeMap<ObjectId, (PdfObject, Option<Vec<u8>>)>,
    /// The signature dictionary, without `/ByteRange` and `/Contents`.
    pub(super) signature: (ObjectId, PdfDict),
    /// The trailer of the newest section of the file.
    pub(super) trailer: PdfDict,
    /// Offset of that section.
    pub(super) previous: usize,
    /// Id of the new section, if it is a stream like that one.
    pub(super) section_id: Option<ObjectId>,
    /// One more than the highest object number.
    pub(super) size: u32,
}

/// Entries of a trailer that describe its section.
const SECTION_KEYS: [&str; 10] =
    ["Prev", "XRefStm", "Type", "W", "Index", "Filter", "DecodeParms", "Length", "Size", "DL"];

/// Appends `update` to `bytes` and signs the result.
pub(super) fn append(
    bytes: Vec<u8>,
    update: IncrementalUpdate,
    identity: &SigningIdentity,
) -> Result<Vec<u8>, SignError> {
    let mut out = bytes;
    if !matches!(out.last(), Some(b'\n' | b'\r')) {
        out.push(b'\n');
    }
    let placeholders = write(&mut out, 0, &update)?;
    seal(&mut out, &placeholders, identity)?;
    Ok(out)
}

/// Appends `update` without the signature to `out`, which is the file from byte `base` on.
fn write(
    out: &mut Vec<u8>,
    base: usize,
    update: &IncrementalUpdate,
) -> Result<Placeholders, SignError> {
    let mut offsets = BTreeMap::new();
    for (&id, (object, data)) in &update.objects {
        offsets.insert(id, base + out.len());
        write_object(out, id, object, data.as_deref());
    }
    let (id, dict) = &update.signature;
    offsets.insert(*id, base + out.len());
    let placeholders = write_signature(out, *id, dict);
    write_section(out, base, update, offsets);
    let before = base + placeholders.contents;
    let after = before + CONTENTS_SIZE * 2 + 2;
    let range = format!("[0 {before} {after} {}]", base + out.len() - after);
    fill(out, placeholders.range, range.as_bytes(), BYTE_RANGE_SIZE).ok_or(SignError::ByteRange)?;
    Ok(placeholders)
}

/// Whether the bytes from `start` to `end` are an update as [`append`] writes it.
///
/// The update is parsed and written again, and must be the same in every byte: otherwise programs may
/// interpret it differently. Of a duplicate key, for instance, some use the first value, others the last.
pub(crate) fn is_own_update(bytes: &[u8], start: usize, end: usize) -> bool {
    rewrite(bytes, start, end).is_some_and(|(start, again)| bytes.get(start..end) == Some(&again))
}

/// Start of the update between `start` and `end`, and its bytes, written again.
fn rewrite(bytes: &[u8], start: usize, end: usize) -> Option<(usize, Vec<u8>)> {
    let bytes = bytes.get(..end)?;
    // White space between two updates has no meaning.
    let start = start + bytes.get(start..)?.iter().position(|&byte| !parse::is_space(byte))?;
    let (before, _) = bytes.split_at_checked(start)?;
    if !matches!(before.last(), Some(b'\n' | b'\r')) {
        return None;
    }
    let update = read(&PdfFile::open(bytes).ok()?, &PdfFile::open(before).ok()?)?;
    let base = start.saturating_sub(VERSION_TAIL);
    let mut out = bytes.get(base..start)?.to_vec();
    let placeholders = write(&mut out, base, &update).ok()?;
    let (from, to) = (placeholders.contents + 1, placeholders.contents + 1 + CONTENTS_SIZE * 2);
    let signature = bytes.get(base + from..base + to)?;
    let is_hex = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    signature.iter().all(is_hex).then(|| fill(&mut out, from, signature, CONTENTS_SIZE * 2))??;
    Some((start, out.split_off(start - base)))
}

/// Parses what `file` has in addition to `before`, at the offsets where it would be written.
fn read(file: &PdfFile<'_>, before: &PdfFile<'_>) -> Option<IncrementalUpdate> {
    let mut position = before.bytes.len();
    let mut objects = BTreeMap::new();
    let mut signature = None;
    let mut section_id = None;
    while !file.bytes.get(position..)?.starts_with(b"xref\n") {
        let mut written = Vec::new();
        match file.object_at(position)? {
            (id, PdfObject::Stream(stream)) if stream.dict.has_name("Type", "XRef") => {
                section_id = Some(id);
                break;
            }
            (id, PdfObject::Stream(stream)) => {
                let data = file.bytes.get(stream.start..stream.end)?;
                if stream.dict.get("Length") != Some(&data.len().into()) {
                    return None;
                }
                let dict = PdfObject::Dict(stream.dict);
                write_object(&mut written, id, &dict, Some(data));
                objects.insert(id, (dict, Some(data.to_vec())));
            }
            (id, PdfObject::Dict(mut dict)) if dict.get("ByteRange").is_some() => {
                dict.remove("ByteRange");
                dict.remove("Contents");
                write_signature(&mut written, id, &dict);
                if signature.replace((id, dict)).is_some() {
                    return None;
                }
            }
            (id, object) => {
                write_object(&mut written, id, &object, None);
                objects.insert(id, (object, None));
            }
        }
        position += written.len();
    }
    let signature = signature?;
    let ids = objects.keys().chain([&signature.0]).chain(&section_id);
    let size = ids.map(|(number, _)| *number).max()?.checked_add(1)?;
    Some(IncrementalUpdate {
        objects,
        signature,
        trailer: before.xref.trailer.clone(),
        previous: before.xref.start,
        section_id: section_id.filter(|_| before.xref.is_stream),
        size,
    })
}

fn write_object(
    out: &mut Vec<u8>,
    (number, generation): ObjectId,
    object: &PdfObject,
    data: Option<&[u8]>,
) {
    out.extend(format!("{number} {generation} obj\n").bytes());
    object.write(out);
    if let Some(data) = data {
        out.extend(b"\nstream\n");
        out.extend(data);
        out.extend(b"\nendstream");
    }
    out.extend(b"\nendobj\n");
}

/// Offsets of the values that are filled in last.
struct Placeholders {
    range: usize,
    contents: usize,
}

fn write_signature(
    out: &mut Vec<u8>,
    (number, generation): ObjectId,
    dict: &PdfDict,
) -> Placeholders {
    out.extend(format!("{number} {generation} obj\n").bytes());
    dict.write(out);
    // Both are written last, so that their offsets are known without a search.
    out.truncate(out.len() - b">>".len());
    out.extend(b"/ByteRange ");
    let range = out.len();
    out.extend(std::iter::repeat_n(b' ', BYTE_RANGE_SIZE));
    out.extend(b"/Contents ");
    let contents = out.len();
    out.push(b'<');
    out.extend(std::iter::repeat_n(b'0', CONTENTS_SIZE * 2));
    out.extend(b">>>\nendobj\n");
    Placeholders { range, contents }
}

fn write_section(
    out: &mut Vec<u8>,
    base: usize,
    update: &IncrementalUpdate,
    mut offsets: BTreeMap<ObjectId, usize>,
) {
    let start = base + out.len();
    let mut trailer = update.trailer.clone();
    for key in SECTION_KEYS {
        trailer.remove(key);
    }
    trailer.set("Prev", update.previous);
    trailer.set("Size", i64::from(update.size));
    refresh_id(&mut trailer, out);
    if let Some(id) = update.section_id {
        offsets.insert(id, start);
        write_stream_section(out, id, trailer, &offsets);
    } else {
        write_table(out, &offsets);
        out.extend(b"trailer\n");
        trailer.write(out);
        out.push(b'\n');
    }
    out.extend(format!("startxref\n{start}\n%%EOF\n").bytes());
}

/// The second half of `/ID` identifies the version of a file (ISO 32000-2, 14.4).
fn refresh_id(trailer: &mut PdfDict, bytes: &[u8]) {
    let Some(PdfObject::Array(id)) = trailer.get("ID") else { return };
    let Some(first) = id.first().cloned() else { return };
    // Hashing the end is enough: it contains this update.
    let tail = bytes.get(bytes.len().saturating_sub(VERSION_TAIL)..).unwrap_or_default();
    let version = Sha256::digest(tail).iter().copied().take(16).collect();
    trailer.set("ID", vec![first, PdfObject::String(version)]);
}

/// Groups of consecutive object numbers: the first number, and the entries.
fn subsections(offsets: &BTreeMap<ObjectId, usize>) -> Vec<(u32, Vec<(u16, usize)>)> {
    let mut groups: Vec<(u32, Vec<(u16, usize)>)> = Vec::new();
    for (&(number, generation), &offset) in offsets {
        match groups.last_mut() {
            Some((first, entries)) if u32::try_from(entries.len()) == Ok(number - *first) => {
                entries.push((generation, offset));
            }
            _ => groups.push((number, vec![(generation, offset)])),
        }
    }
    groups
}

fn write_table(out: &mut Vec<u8>, offsets: &BTreeMap<ObjectId, usize>) {
    out.extend(b"xref\n");
    for (first, entries) in subsections(offsets) {
        out.extend(format!("{first} {}\n", entries.len()).bytes());
        for (generation, offset) in entries {
            // Each entry is exactly 20 bytes (ISO 32000-2, 7.5.4).
            out.extend(format!("{offset:010} {generation:05} n \n").bytes());
        }
    }
}

fn write_stream_section(
    out: &mut Vec<u8>,
    id: ObjectId,
    mut trailer: PdfDict,
    offsets: &BTreeMap<ObjectId, usize>,
) {
    let mut index: Vec<PdfObject> = Vec::new();
    let mut data: Vec<u8> = Vec::new();
    for (first, entries) in subsections(offsets) {
        index.extend([PdfObject::Int(i64::from(first)), PdfObject::from(entries.len())]);
        for (generation, offset) in entries {
            data.push(1);
            data.extend(u32::try_from(offset).unwrap_or(u32::MAX).to_be_bytes());
            data.extend(generation.to_be_bytes());
        }
    }
    trailer.set("Type", PdfObject::name_from_str("XRef"));
    trailer.set("W", vec![PdfObject::Int(1), PdfObject::Int(4), PdfObject::Int(2)]);
    trailer.set("Index", index);
    trailer.set("Length", data.len());
    write_object(out, id, &PdfObject::Dict(trailer), Some(&data));
}

/// Signs the byte range.
fn seal(
    out: &mut [u8],
    placeholders: &Placeholders,
    identity: &SigningIdentity,
) -> Result<(), SignError> {
    let after = placeholders.contents + CONTENTS_SIZE * 2 + 2;
    let rest = out.len() - after;
    let digest =
        digest(out, &[(0, placeholders.contents), (after, rest)]).ok_or(SignError::ByteRange)?;
    let signature = cms::sign(&digest, identity).map_err(SignError::Cms)?;
    let mut hex = Vec::with_capacity(signature.len() * 2);
    for byte in signature {
        hex.extend(format!("{byte:02x}").bytes());
    }
    fill(out, placeholders.contents + 1, &hex, CONTENTS_SIZE * 2).ok_or(SignError::CmsTooLarge)
}

fn fill(out: &mut [u8], at: usize, text: &[u8], size: usize) -> Option<()> {
    let place = out.get_mut(at..at.checked_add(text.len())?).filter(|_| text.len() <= size)?;
    place.copy_from_slice(text);
    Some(())
}

/// SHA-256 over parts of `bytes`, each given as offset and length. `None` if a part is outside.
pub(crate) fn digest(bytes: &[u8], parts: &[(usize, usize)]) -> Option<[u8; 32]> {
    let mut hash = Sha256::new();
    for &(start, length) in parts {
        hash.update(bytes.get(start..start.checked_add(length)?)?);
    }
    Some(hash.finalize().into())
}
