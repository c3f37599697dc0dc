#!/usr/bin/env python3
"""Makes the fonts of this folder from Debian's, and prints the table of README.md.

    apt-get download fonts-dejavu-core fonts-droid-fallback fonts-noto-core fonts-noto-extra
    for deb in *.deb; do dpkg-deb -x "$deb" debian; done
    pip install fonttools==4.68.0
    python3 make.py debian

A font keeps the characters of its script, the features without which that script is wrong, and
its notices. It loses hints, kerning, alternates and other names. All but Latin's are compressed
(LZMA, a quarter smaller than deflate), since most names need none of them.
"""

import io
import lzma
import sys
from pathlib import Path

from fontTools import subset, unicodedata
from fontTools.ttLib import TTFont

NOTO = "usr/share/fonts/truetype/noto"
# Both of Noto's packages unpack into the same folder.
NOTO_PACKAGES = "fonts-noto-core, fonts-noto-extra 20201225-1"

# What a shaper applies unasked, less kerning and what stands for typographic taste.
FEATURES = """abvf abvm abvs blwf blwm blws calt ccmp cfar cjct clig curs dist fin2 fin3 fina half
haln init isol liga ljmo mark med2 medi mkmk nukt pref pres pstf psts rclt rkrf rlig rphf stch tjmo
vatu vjmo akhn""".split()

# What every script may need: the space, the joiners, and the circle that carries a lone mark.
SHARED = {0x20, 0x200C, 0x200D, 0x25CC}

# Characters outside names: Vedic signs, lunar dates, historic letters.
OUT = [(0x1CD0, 0x1CFF), (0xA8E0, 0xA8FF), (0x19E0, 0x19FF), (0x16800, 0x16A3F), (0x11FC0, 0x11FFF)]

LATIN = [
    (0x20, 0x7E), (0xA0, 0x52F), (0x1D00, 0x1DBF), (0x1E00, 0x1FFF), (0x2010, 0x2027),
    (0x2030, 0x205E), (0x2070, 0x209C), (0x20A0, 0x20BF), (0x2116, 0x2116), (0x2122, 0x2122),
    (0x2C60, 0x2C7F), (0x25CC, 0x25CC), (0xA640, 0xA69F), (0xA700, 0xA7FF), (0xFB00, 0xFB06),
    (0xFFFD, 0xFFFD), (0x200C, 0x200D),
]
HAN = [
    (0x1100, 0x11FF), (0x2460, 0x24FF), (0x2E80, 0x33FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF),
    (0xAC00, 0xD7FF), (0xF900, 0xFAFF), (0xFE30, 0xFE4F), (0xFF00, 0xFFEF), (0x20, 0x20),
]

# The scripts of Noto: the file's stem and the scripts that it draws.
SANS = {
    "Adlam": "Adlm", "Arabic": "Arab", "Armenian": "Armn", "Balinese": "Bali", "Bamum": "Bamu",
    "Batak": "Batk", "Bengali": "Beng", "Buginese": "Bugi", "Buhid": "Buhd",
    "CanadianAboriginal": "Cans", "Chakma": "Cakm", "Cham": "Cham", "Cherokee": "Cher",
    "Devanagari": "Deva", "Ethiopic": "Ethi", "Georgian": "Geor", "Gujarati": "Gujr",
    "GunjalaGondi": "Gong", "Gurmukhi": "Guru", "HanifiRohingya": "Rohg", "Hanunoo": "Hano",
    "Hebrew": "Hebr", "Javanese": "Java", "Kannada": "Knda", "KayahLi": "Kali", "Khmer": "Khmr",
    "Lao": "Laoo", "Lepcha": "Lepc", "Limbu": "Limb", "Lisu": "Lisu", "Malayalam": "Mlym",
    "Mandaic": "Mand", "MasaramGondi": "Gonm", "MeeteiMayek": "Mtei", "MendeKikakui": "Mend",
    "Miao": "Plrd", "Mongolian": "Mong", "Mro": "Mroo", "Myanmar": "Mymr", "NKo": "Nkoo",
    "NewTaiLue": "Talu", "Newa": "Newa", "OlChiki": "Olck", "Oriya": "Orya", "Osage": "Osge",
    "PahawhHmong": "Hmng", "PauCinHau": "Pauc", "Rejang": "Rjng", "Samaritan": "Samr",
    "Saurashtra": "Saur", "Sinhala": "Sinh", "SoraSompeng": "Sora", "Sundanese": "Sund",
    "SylotiNagri": "Sylo", "Syriac": "Syrc", "Tagalog": "Tglg", "Tagbanwa": "Tagb", "TaiLe": "Tale",
    "TaiTham": "Lana", "TaiViet": "Tavt", "Tamil": "Taml", "Telugu": "Telu", "Thaana": "Thaa",
    "Thai": "Thai", "Tifinagh": "Tfng", "Vai": "Vaii", "Wancho": "Wcho", "WarangCiti": "Wara",
    "Yi": "Yiii",
}
SERIF = {"NyiakengPuachueHmong": "Hmnp", "Tibetan": "Tibt", "Yezidi": "Yezi"}


def within(char, ranges):
    return any(first <= char <= last for first, last in ranges)


def of_script(char, script):
    """Whether a character is one of the script's, its own punctuation and marks included."""
    if char in SHARED:
        return True
    if within(char, OUT):
        return False
    return script in unicodedata.script_extension(chr(char))


def make(path, wanted):
    """The subset of a font, and how many characters it has."""
    font = TTFont(path)
    options = subset.Options()
    options.hinting = False
    options.layout_features = FEATURES
    options.name_IDs = [0, 13, 14]  # copyright, licence, where it stands
    options.name_languages = [0x409]
    options.notdef_outline = True
    options.glyph_names = False
    options.legacy_kern = False
    options.recalc_timestamp = False
    options.drop_tables += ["FFTM", "gasp", "GlyphOrder", "MATH", "meta", "OS/2", "post", "vhea", "vmtx"]
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=[char for char in font.getBestCmap() if wanted(char)])
    subsetter.subset(font)
    out = io.BytesIO()
    font.save(out)
    return out.getvalue(), len(font.getBestCmap())


def compress(data):
    """An .lzma file whose dictionary, which the reader allocates, is no larger than the font."""
    size = max(1 << 16, 1 << (len(data) - 1).bit_length())
    lzma1 = {"id": lzma.FILTER_LZMA1, "preset": 9 | lzma.PRESET_EXTREME, "dict_size": size}
    return lzma.compress(data, format=lzma.FORMAT_ALONE, filters=[lzma1])


def main(root):
    here = Path(__file__).parent
    rows = [
        ("DejaVuSans", "fonts-dejavu-core 2.37-6", "usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
         lambda char: within(char, LATIN)),
        ("DroidSansFallback", "fonts-droid-fallback 1:6.0.1r16-1.1",
         "usr/share/fonts-droid-fallback/truetype/DroidSansFallback.ttf",
         lambda char: within(char, HAN)),
    ]
    for family, scripts in [("NotoSans", SANS), ("NotoSerif", SERIF)]:
        for name, script in scripts.items():
            rows.append((family + name, NOTO_PACKAGES, f"{NOTO}/{family}{name}-Regular.ttf",
                         lambda char, script=script: of_script(char, script)))
    totals = [0, 0]
    print("| font | characters | bytes | compressed |\n| --- | ---: | ---: | ---: |")
    for name, _, path, wanted in rows:
        data, count = make(root / path, wanted)
        packed = compress(data)
        if name == "DejaVuSans":
            (here / f"{name}-subset.ttf").write_bytes(data)
        else:
            (here / f"{name}.ttf.lzma").write_bytes(packed)
        totals = [totals[0] + len(data), totals[1] + len(packed)]
        print(f"| {name} | {count} | {len(data)} | {len(packed)} |", flush=True)
    print(f"| {len(rows)} fonts | | {totals[0]} | {totals[1]} |")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
