//! Decoding of streams (ISO 32000-2, 7.4), up to a size limit.

use std::io::Read;

use super::object::{PdfDict, PdfObject};

/// Maximum number of filters of a stream; ordinary streams have one or two.
pub(crate) const MAX_FILTERS: usize = 8;
/// Maximum length of a filter name.
pub(crate) const MAX_NAME: usize = 15;
/// The keys of `/DecodeParms` that are read; all of them are numbers.
pub(crate) const PARAMETERS: [&str; 5] =
    ["Predictor", "Colors", "BitsPerComponent", "Columns", "EarlyChange"];

/// Decodes `raw` through `filters` and their parameters, whose values are direct. The second value is
/// the work: the largest input or output of a filter, in bytes.
///
/// `None` if a filter is unknown (filters of images are) or the result is larger than `limit` bytes.
/// Truncated data returns what could be decoded.
pub(crate) fn decode(
    raw: &[u8],
    filters: &[(Vec<u8>, PdfDict)],
    limit: usize,
) -> Option<(Vec<u8>, usize)> {
    if filters.len() > MAX_FILTERS {
        return None;
    }
    let mut data: Option<Vec<u8>> = None;
    let mut work = raw.len();
    for (name, parameters) in filters {
        let input = data.as_deref().unwrap_or(raw);
        let decoded = match name.as_slice() {
            b"FlateDecode" | b"Fl" => predict(inflate(input, limit)?, parameters)?,
            b"LZWDecode" | b"LZW" => predict(lzw(input, parameters, limit)?, parameters)?,
            b"ASCIIHexDecode" | b"AHx" => ascii_hex(input),
            b"ASCII85Decode" | b"A85" => ascii85(input, limit)?,
            b"RunLengthDecode" | b"RL" => run_length(input, limit)?,
            _ => return None,
        };
        work = work.max(decoded.len());
        data = Some(decoded);
    }
    let data = data.unwrap_or_else(|| raw.to_vec());
    (data.len() <= limit).then_some((data, work))
}

fn inflate(input: impl Read, limit: usize) -> Option<Vec<u8>> {
    let mut output = Vec::new();
    let mut reader = flate2::read::ZlibDecoder::new(input).take(limit as u64 + 1);
    // Keep what was decoded before an error, such as a wrong checksum.
    let _ = reader.read_to_end(&mut output);
    (output.len() <= limit).then_some(output)
}

fn lzw(input: &[u8], parameters: &PdfDict, limit: usize) -> Option<Vec<u8>> {
    let early = parameters.get("EarlyChange").and_then(PdfObject::as_int) != Some(0);
    let mut decoder = if early {
        weezl::decode::Decoder::with_tiff_size_switch(weezl::BitOrder::Msb, 8)
    } else {
        weezl::decode::Decoder::new(weezl::BitOrder::Msb, 8)
    };
    let mut output = Vec::new();
    let mut buffer = vec![0; 1 << 16];
    let mut rest = input;
    loop {
        let result = decoder.decode_bytes(rest, &mut buffer);
        output.extend(buffer.get(..result.consumed_out)?);
        rest = rest.get(result.consumed_in..)?;
        let stuck = result.consumed_in == 0 && result.consumed_out == 0;
        if output.len() > limit {
            return None;
        }
        if stuck || !matches!(result.status, Ok(weezl::LzwStatus::Ok)) {
            return Some(output);
        }
    }
}

fn ascii_hex(input: &[u8]) -> Vec<u8> {
    let digits: Vec<u8> = input
        .iter()
        .take_while(|&&byte| byte != b'>')
        .filter_map(|&byte| char::from(byte).to_digit(16))
        .filter_map(|digit| u8::try_from(digit).ok())
        .collect();
    // A missing last digit counts as 0 (ISO 32000-2, 7.4.2).
    let byte = |pair: &[u8]| pair.first().unwrap_or(&0) << 4 | pair.get(1).unwrap_or(&0);
    digits.chunks(2).map(byte).collect()
}

fn ascii85(input: &[u8], limit: usize) -> Option<Vec<u8>> {
    let mut output = Vec::new();
    let mut group = Vec::with_capacity(5);
    let body = input.strip_prefix(b"<~").unwrap_or(input);
    for &byte in body.iter().take_while(|&&byte| byte != b'~') {
        match byte {
            b'z' if group.is_empty() => output.extend([0; 4]),
            b'!'..=b'u' => group.push(byte - b'!'),
            _ => continue,
        }
        if group.len() == 5 {
            output.extend(base85(&group));
            group.clear();
        }
        if output.len() > limit {
            return None;
        }
    }
    if group.len() > 1 {
        let bytes = group.len() - 1;
        group.resize(5, 84);
        output.extend(base85(&group).into_iter().take(bytes));
    }
    Some(output)
}

fn base85(group: &[u8]) -> [u8; 4] {
    group
        .iter()
        .fold(0_u32, |value, &digit| value.wrapping_mul(85).wrapping_add(u32::from(digit)))
        .to_be_bytes()
}

fn run_length(input: &[u8], limit: usize) -> Option<Vec<u8>> {
    let mut output = Vec::new();
    let mut rest = input;
    while let [length, tail @ ..] = rest {
        let length = usize::from(*length);
        match length {
            128 => break,
            0..=127 => {
                let (run, tail) = tail.split_at(tail.len().min(length + 1));
                output.extend(run);
                rest = tail;
            }
            _ => {
                let [byte, tail @ ..] = tail else { break };
                output.extend(std::iter::repeat_n(*byte, 257 - length));
                rest = tail;
            }
        }
        if output.len() > limit {
            return None;
        }
    }
    Some(output)
}

/// Reverses the PNG and TIFF predictors of `/DecodeParms`.
fn predict(data: Vec<u8>, parameters: &PdfDict) -> Option<Vec<u8>> {
    let value = |key, default| {
        parameters.get(key).and_then(PdfObject::as_index).unwrap_or(default).clamp(1, 1 << 20)
    };
    let predictor = value("Predictor", 1);
    if predictor == 1 {
        return Some(data);
    }
    let (colors, bits) = (value("Colors", 1), value("BitsPerComponent", 8));
    let bits_per_pixel = colors.checked_mul(bits)?;
    let row = bits_per_pixel.checked_mul(value("Columns", 1))?.div_ceil(8);
    let pixel = bits_per_pixel.div_ceil(8);
    if predictor == 2 {
        return tiff(data, row, pixel, bits);
    }
    let mut output: Vec<u8> = Vec::with_capacity(data.len());
    let mut above = vec![0; row.min(data.len())];
    for line in data.chunks(row.checked_add(1)?) {
        let (kind, line) = line.split_first()?;
        let mut current: Vec<u8> = Vec::with_capacity(line.len());
        for (at, &raw) in line.iter().enumerate() {
            let before = at.checked_sub(pixel);
            let left = before.and_then(|at| current.get(at)).copied().unwrap_or(0);
            let up = above.get(at).copied().unwrap_or(0);
            let corner = before.and_then(|at| above.get(at)).copied().unwrap_or(0);
            current.push(raw.wrapping_add(match kind {
                1 => left,
                2 => up,
                3 => u8::midpoint(left, up),
                4 => paeth(left, up, corner),
                _ => 0,
            }));
        }
        output.extend(&current);
        above = current;
    }
    Some(output)
}

fn tiff(mut data: Vec<u8>, row: usize, pixel: usize, bits: usize) -> Option<Vec<u8>> {
    if bits != 8 {
        return None;
    }
    for line in data.chunks_mut(row) {
        for at in pixel..line.len() {
            let left = line.get(at - pixel).copied().unwrap_or(0);
            if let Some(byte) = line.get_mut(at) {
                *byte = byte.wrapping_add(left);
            }
        }
    }
    Some(data)
}

/// The PNG predictor "Paeth" (ISO/IEC 15948, 9.4).
fn paeth(left: u8, up: u8, corner: u8) -> u8 {
    let distance = |value: u8| {
        let estimate = i16::from(left) + i16::from(up) - i16::from(corner);
        (estimate - i16::from(value)).abs()
    };
    let nearest = if distance(up) < distance(left) { up } else { left };
    if distance(corner) < distance(nearest) { corner } else { nearest }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(name: &str, input: &[u8], limit: usize) -> Option<Vec<u8>> {
        let decoded = decode(input, &[(name.as_bytes().to_vec(), PdfDict::default())], limit);
        decoded.map(|(data, _)| data)
    }

    #[test]
    fn decodes_ascii_and_run_length_filters() {
        assert_eq!(run("ASCIIHexDecode", b"48 65 6C6>", 9).unwrap(), b"Hel`");
        assert_eq!(run("ASCII85Decode", b"87cURD]j7BEbo80~>", 99).unwrap(), b"Hello world!");
        assert_eq!(run("RunLengthDecode", &[1, b'a', b'b', 254, b'c', 128], 9).unwrap(), b"abccc");
    }

    fn deflate(data: &[u8]) -> Vec<u8> {
        use std::io::Write as _;
        let mut zip = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
        zip.write_all(data).unwrap();
        zip.finish().unwrap()
    }

    /// A large intermediate result is work, even if the next filter discards it.
    #[test]
    fn work_is_the_largest_intermediate_result() {
        let work = |names: &[&str], input: &[u8]| {
            let filters: Vec<_> =
                names.iter().map(|name| (name.as_bytes().to_vec(), PdfDict::default())).collect();
            let (data, work) = decode(input, &filters, 1 << 20).unwrap();
            (data.len(), work)
        };
        let end = deflate(&[128; 1 << 16]);
        assert_eq!(work(&["FlateDecode", "RunLengthDecode"], &end), (0, 1 << 16));
        assert_eq!(work(&["ASCIIHexDecode"], &[b' '; 5000]), (0, 5000));
    }

    #[test]
    fn stops_inflating_at_the_limit() {
        assert_eq!(run("ASCII85Decode", &[b'z'; 1 << 10], 1 << 11), None);
        let bomb = deflate(&vec![0; 1 << 26]);
        assert!(bomb.len() < 1 << 17);
        assert_eq!(run("FlateDecode", &bomb, (1 << 26) - 1), None);
        assert_eq!(run("FlateDecode", &bomb, 1 << 26).unwrap().len(), 1 << 26);
        // The rest is not even read.
        let mut rest = bomb.as_slice();
        assert_eq!(inflate(&mut rest, 1 << 20), None);
        assert!(rest.len() > bomb.len() / 4, "{} of {}", rest.len(), bomb.len());
    }
}
