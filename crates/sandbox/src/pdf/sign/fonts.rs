//! The bundled fonts, each with the scripts that it draws: one weight, one design, subsets
//! without hints and kerning. `font/README.md` says where they are from.
//!
//! All but that of Latin names are compressed, and a font is unpacked when the first name asks
//! for it; it stays in memory then. LZMA keeps them a quarter smaller than deflate would, which
//! is two megabytes of the npm package, which holds three copies. That of Han names takes less
//! than a tenth of a second, once in a process.
//!
//! Han, kana, bopomofo and hangul share one font: Droid Sans Fallback has the 20 902 unified
//! ideographs of GB 2312, GBK, Big5, JIS X 0208 and KS X 1001 and every modern syllable in
//! 1.2 MB, since it was drawn for telephones. Fonts with the extensions, or with the forms of
//! Japan, Korea and Taiwan beside those of China, are five to ten times as large. They would be
//! the better half of the package for characters that few names have.

use std::io::Read as _;
use std::sync::OnceLock;

use harfrust::Font;
use lzma_rust2::LzmaReader;

/// A font's number in [`FONTS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FontId(usize);

/// Letters, digits and punctuation of Europe, and what no other font has.
pub(super) const LATIN: FontId = FontId(0);
/// Ideographs, kana, bopomofo, hangul and their punctuation.
pub(super) const HAN: FontId = FontId(1);

struct BundledFont {
    /// ISO 15924 codes of the scripts.
    scripts: &'static [&'static [u8; 4]],
    data: FontData,
}

enum FontData {
    Plain(&'static [u8]),
    Lzma(&'static [u8]),
}

macro_rules! noto {
    ($script:literal, $file:literal) => {
        BundledFont {
            scripts: &[$script],
            data: FontData::Lzma(include_bytes!(concat!("font/", $file, ".ttf.lzma"))),
        }
    };
}

#[rustfmt::skip]
static FONTS: [BundledFont; 74] = [
    BundledFont {
        scripts: &[b"Latn", b"Grek", b"Cyrl"],
        data: FontData::Plain(include_bytes!("font/DejaVuSans-subset.ttf")),
    },
    BundledFont {
        scripts: &[b"Hani", b"Hang", b"Hira", b"Kana", b"Bopo"],
        data: FontData::Lzma(include_bytes!("font/DroidSansFallback.ttf.lzma")),
    },
    noto!(b"Adlm", "NotoSansAdlam"),
    noto!(b"Arab", "NotoSansArabic"),
    noto!(b"Armn", "NotoSansArmenian"),
    noto!(b"Bali", "NotoSansBalinese"),
    noto!(b"Bamu", "NotoSansBamum"),
    noto!(b"Batk", "NotoSansBatak"),
    noto!(b"Beng", "NotoSansBengali"),
    noto!(b"Bugi", "NotoSansBuginese"),
    noto!(b"Buhd", "NotoSansBuhid"),
    noto!(b"Cakm", "NotoSansChakma"),
    noto!(b"Cans", "NotoSansCanadianAboriginal"),
    noto!(b"Cham", "NotoSansCham"),
    noto!(b"Cher", "NotoSansCherokee"),
    noto!(b"Deva", "NotoSansDevanagari"),
    noto!(b"Ethi", "NotoSansEthiopic"),
    noto!(b"Geor", "NotoSansGeorgian"),
    noto!(b"Gong", "NotoSansGunjalaGondi"),
    noto!(b"Gonm", "NotoSansMasaramGondi"),
    noto!(b"Gujr", "NotoSansGujarati"),
    noto!(b"Guru", "NotoSansGurmukhi"),
    noto!(b"Hano", "NotoSansHanunoo"),
    noto!(b"Hebr", "NotoSansHebrew"),
    noto!(b"Hmng", "NotoSansPahawhHmong"),
    noto!(b"Hmnp", "NotoSerifNyiakengPuachueHmong"),
    noto!(b"Java", "NotoSansJavanese"),
    noto!(b"Kali", "NotoSansKayahLi"),
    noto!(b"Khmr", "NotoSansKhmer"),
    noto!(b"Knda", "NotoSansKannada"),
    noto!(b"Lana", "NotoSansTaiTham"),
    noto!(b"Laoo", "NotoSansLao"),
    noto!(b"Lepc", "NotoSansLepcha"),
    noto!(b"Limb", "NotoSansLimbu"),
    noto!(b"Lisu", "NotoSansLisu"),
    noto!(b"Mand", "NotoSansMandaic"),
    noto!(b"Mend", "NotoSansMendeKikakui"),
    noto!(b"Mlym", "NotoSansMalayalam"),
    noto!(b"Mong", "NotoSansMongolian"),
    noto!(b"Mroo", "NotoSansMro"),
    noto!(b"Mtei", "NotoSansMeeteiMayek"),
    noto!(b"Mymr", "NotoSansMyanmar"),
    noto!(b"Newa", "NotoSansNewa"),
    noto!(b"Nkoo", "NotoSansNKo"),
    noto!(b"Olck", "NotoSansOlChiki"),
    noto!(b"Orya", "NotoSansOriya"),
    noto!(b"Osge", "NotoSansOsage"),
    noto!(b"Pauc", "NotoSansPauCinHau"),
    noto!(b"Plrd", "NotoSansMiao"),
    noto!(b"Rjng", "NotoSansRejang"),
    noto!(b"Rohg", "NotoSansHanifiRohingya"),
    noto!(b"Samr", "NotoSansSamaritan"),
    noto!(b"Saur", "NotoSansSaurashtra"),
    noto!(b"Sinh", "NotoSansSinhala"),
    noto!(b"Sora", "NotoSansSoraSompeng"),
    noto!(b"Sund", "NotoSansSundanese"),
    noto!(b"Sylo", "NotoSansSylotiNagri"),
    noto!(b"Syrc", "NotoSansSyriac"),
    noto!(b"Tagb", "NotoSansTagbanwa"),
    noto!(b"Tale", "NotoSansTaiLe"),
    noto!(b"Talu", "NotoSansNewTaiLue"),
    noto!(b"Taml", "NotoSansTamil"),
    noto!(b"Tavt", "NotoSansTaiViet"),
    noto!(b"Telu", "NotoSansTelugu"),
    noto!(b"Tfng", "NotoSansTifinagh"),
    noto!(b"Tglg", "NotoSansTagalog"),
    noto!(b"Thaa", "NotoSansThaana"),
    noto!(b"Thai", "NotoSansThai"),
    noto!(b"Tibt", "NotoSerifTibetan"),
    noto!(b"Vaii", "NotoSansVai"),
    noto!(b"Wara", "NotoSansWarangCiti"),
    noto!(b"Wcho", "NotoSansWancho"),
    noto!(b"Yezi", "NotoSerifYezidi"),
    noto!(b"Yiii", "NotoSansYi"),
];

static LOADED: [OnceLock<Option<Font>>; FONTS.len()] = [const { OnceLock::new() }; FONTS.len()];

impl FontId {
    /// The font that draws a script, by its ISO 15924 code.
    pub(super) fn of(script: [u8; 4]) -> Option<Self> {
        FONTS.iter().position(|font| font.scripts.contains(&&script)).map(Self)
    }

    #[cfg(test)]
    pub(super) fn numbered(number: usize) -> Self {
        Self(number)
    }

    /// The font itself, unpacked at the first call.
    pub(super) fn load(self) -> Option<&'static Font> {
        // A test reads every font; at run time a broken one shows as boxes.
        let (bundled, place) = (FONTS.get(self.0)?, LOADED.get(self.0)?);
        place.get_or_init(|| bundled.data.font()).as_ref()
    }
}

impl FontData {
    fn font(&self) -> Option<Font> {
        match *self {
            Self::Plain(bytes) => Font::new(bytes, 0),
            Self::Lzma(packed) => {
                let mut bytes = Vec::new();
                let mut reader = LzmaReader::new_mem_limit(packed, u32::MAX, None).ok()?;
                reader.read_to_end(&mut bytes).ok()?;
                bytes.shrink_to_fit();
                Font::new(bytes, 0)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_font_opens_and_draws_its_scripts() {
        for (number, bundled) in FONTS.iter().enumerate() {
            let font = FontId(number).load().unwrap();
            let mut seen = Vec::new();
            for (char, glyph) in font.charmap().unicodes() {
                seen.push(harfrust::unicode::script(char).tag().to_be_bytes());
                assert!(font.outline_glyphs().get(glyph).is_some(), "{char:04X}");
            }
            for &script in bundled.scripts {
                assert!(seen.contains(script), "font {number}");
                assert_eq!(FontId::of(*script), Some(FontId(number)));
            }
        }
    }
}
