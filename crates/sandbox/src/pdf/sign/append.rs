//! An incremental update in the file (ISO 32000-2, 7.5.6): the changed objects,
//! a cross-reference section of the kind the file has already, and the
//! signature over all of it.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};
use swisscom_sign_pdf::read::{Dict, Id, Object};

use super::SignError;
use crate::ca::SigningIdentity;
use crate::pdf::cms;

/// Room for the CMS signature, in bytes. With P-256 and one certificate whose
/// name is limited it takes less than 3 KiB.
const ROOM: usize = 4096;
/// Room for `[0 a b c]` with numbers of ten digits.
const RANGE_ROOM: usize = 36;

/// What an update adds to a file.
pub(super) struct Update {
    /// New and replaced objects; a stream comes with its data.
    pub(super) objects: BTreeMap<Id, (Object, Option<Vec<u8>>)>,
    /// The signature dictionary, still without `/ByteRange` and `/Contents`.
    pub(super) signature: (Id, Dict),
    /// The trailer of the newest section of the file.
    pub(super) trailer: Dict,
    /// Offset of that section.
    pub(super) previous: usize,
    /// The id of the new section, where it is a stream as that one is.
    pub(super) section_id: Option<Id>,
    /// One more than the highest object number.
    pub(super) size: u32,
}

/// Entries of a trailer that describe its own section.
const OF_THE_SECTION: [&str; 10] =
    ["Prev", "XRefStm", "Type", "W", "Index", "Filter", "DecodeParms", "Length", "Size", "DL"];

/// Appends `update` to `bytes` and signs the result.
pub(super) fn append(
    bytes: Vec<u8>,
    update: Update,
    identity: &SigningIdentity,
) -> Result<Vec<u8>, SignError> {
    let mut out = bytes;
    if !matches!(out.last(), Some(b'\n' | b'\r')) {
        out.push(b'\n');
    }
    let mut offsets = BTreeMap::new();
    for (&id, (object, data)) in &update.objects {
        offsets.insert(id, out.len());
        write_object(&mut out, id, object, data.as_deref());
    }
    let (id, dict) = &update.signature;
    offsets.insert(*id, out.len());
    let holes = write_signature(&mut out, *id, dict);
    write_section(&mut out, &update, offsets);
    seal(&mut out, &holes, identity)?;
    Ok(out)
}

fn write_object(out: &mut Vec<u8>, (number, generation): Id, object: &Object, data: Option<&[u8]>) {
    out.extend(format!("{number} {generation} obj\n").bytes());
    object.write(out);
    if let Some(data) = data {
        out.extend(b"\nstream\n");
        out.extend(data);
        out.extend(b"\nendstream");
    }
    out.extend(b"\nendobj\n");
}

/// Where the parts are that are filled in last.
struct Holes {
    range: usize,
    contents: usize,
}

fn write_signature(out: &mut Vec<u8>, (number, generation): Id, dict: &Dict) -> Holes {
    out.extend(format!("{number} {generation} obj\n").bytes());
    dict.write(out);
    // Both go before the closing brackets, so that their places are known and
    // never have to be searched.
    out.truncate(out.len() - b">>".len());
    out.extend(b"/ByteRange ");
    let range = out.len();
    out.extend(std::iter::repeat_n(b' ', RANGE_ROOM));
    out.extend(b"/Contents ");
    let contents = out.len();
    out.push(b'<');
    out.extend(std::iter::repeat_n(b'0', ROOM * 2));
    out.extend(b">>>\nendobj\n");
    Holes { range, contents }
}

fn write_section(out: &mut Vec<u8>, update: &Update, mut offsets: BTreeMap<Id, usize>) {
    let start = out.len();
    let mut trailer = update.trailer.clone();
    for key in OF_THE_SECTION {
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

/// The second half of `/ID` tells versions of a file apart (ISO 32000-2, 14.4).
fn refresh_id(trailer: &mut Dict, bytes: &[u8]) {
    let Some(Object::Array(id)) = trailer.get("ID") else { return };
    let Some(first) = id.first().cloned() else { return };
    // Hashing the end is enough: it has the objects of this update.
    let tail = bytes.get(bytes.len().saturating_sub(1 << 16)..).unwrap_or_default();
    let version = Sha256::digest(tail).iter().copied().take(16).collect();
    trailer.set("ID", vec![first, Object::String(version)]);
}

/// Groups of consecutive object numbers: the first, and each entry.
fn subsections(offsets: &BTreeMap<Id, usize>) -> Vec<(u32, Vec<(u16, usize)>)> {
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

fn write_table(out: &mut Vec<u8>, offsets: &BTreeMap<Id, usize>) {
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
    id: Id,
    mut trailer: Dict,
    offsets: &BTreeMap<Id, usize>,
) {
    let mut index: Vec<Object> = Vec::new();
    let mut data: Vec<u8> = Vec::new();
    for (first, entries) in subsections(offsets) {
        index.extend([Object::Int(i64::from(first)), Object::from(entries.len())]);
        for (generation, offset) in entries {
            data.push(1);
            data.extend(u32::try_from(offset).unwrap_or(u32::MAX).to_be_bytes());
            data.extend(generation.to_be_bytes());
        }
    }
    trailer.set("Type", Object::as_name("XRef"));
    trailer.set("W", vec![Object::Int(1), Object::Int(4), Object::Int(2)]);
    trailer.set("Index", index);
    trailer.set("Length", data.len());
    write_object(out, id, &Object::Dict(trailer), Some(&data));
}

/// Fills in the byte range, then signs everything but the signature.
fn seal(out: &mut [u8], holes: &Holes, identity: &SigningIdentity) -> Result<(), SignError> {
    let failed = SignError::Encoding;
    let after = holes.contents + ROOM * 2 + 2;
    let rest = out.len() - after;
    let range = format!("[0 {} {after} {rest}]", holes.contents);
    fill(out, holes.range, range.as_bytes(), RANGE_ROOM)
        .ok_or(failed("the file is too large for its byte range"))?;
    let digest = digest(out, &[(0, holes.contents), (after, rest)])
        .ok_or(failed("the byte range is outside of the file"))?;
    let signature =
        cms::sign(&digest, identity).map_err(|_| failed("the CMS structure cannot be encoded"))?;
    let mut hex = Vec::with_capacity(signature.len() * 2);
    for byte in signature {
        hex.extend(format!("{byte:02x}").bytes());
    }
    fill(out, holes.contents + 1, &hex, ROOM * 2)
        .ok_or(failed("it is larger than the room that was left for it"))
}

fn fill(out: &mut [u8], at: usize, text: &[u8], room: usize) -> Option<()> {
    let hole = out.get_mut(at..at.checked_add(text.len())?).filter(|_| text.len() <= room)?;
    hole.copy_from_slice(text);
    Some(())
}

/// SHA-256 over parts of `bytes`, each given as offset and length. `None` if one
/// is outside.
pub(in crate::pdf) fn digest(bytes: &[u8], parts: &[(usize, usize)]) -> Option<[u8; 32]> {
    let mut hash = Sha256::new();
    for &(start, length) in parts {
        hash.update(bytes.get(start..start.checked_add(length)?)?);
    }
    Some(hash.finalize().into())
}
