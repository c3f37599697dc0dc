#!/usr/bin/env python3
"""Makes DejaVuSans-subset.ttf from Debian's font.

    apt-get download fonts-dejavu-core
    dpkg-deb -x fonts-dejavu-core_*.deb debian
    pip install fonttools==4.68.0
    python3 make.py debian

It keeps the letters, digits and punctuation of Latin, Greek and Cyrillic, and the notices. It
loses hints, kerning, other features and names.
"""

import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

CHARACTERS = [
    (0x20, 0x7E), (0xA0, 0x52F), (0x1D00, 0x1DBF), (0x1E00, 0x1FFF), (0x2010, 0x2027),
    (0x2030, 0x205E), (0x2070, 0x209C), (0x20A0, 0x20BF), (0x2116, 0x2116), (0x2122, 0x2122),
    (0x2C60, 0x2C7F), (0x25CC, 0x25CC), (0xA640, 0xA69F), (0xA700, 0xA7FF), (0xFB00, 0xFB06),
    (0xFFFD, 0xFFFD), (0x200C, 0x200D),
]
# The features that were kept when the file was made. Nothing applies them any more; they stay so
# that the file is the same, byte for byte.
FEATURES = """abvf abvm abvs blwf blwm blws calt ccmp cfar cjct clig curs dist fin2 fin3 fina half
haln init isol liga ljmo mark med2 medi mkmk nukt pref pres pstf psts rclt rkrf rlig rphf stch tjmo
vatu vjmo akhn""".split()


def main(root):
    font = TTFont(root / "usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")
    options = subset.Options()
    options.hinting = False
    options.layout_features = FEATURES
    options.name_IDs = [0, 13, 14]  # copyright, licence, licence URL
    options.name_languages = [0x409]
    options.notdef_outline = True
    options.glyph_names = False
    options.legacy_kern = False
    options.recalc_timestamp = False
    options.drop_tables += ["FFTM", "gasp", "GlyphOrder", "MATH", "meta", "OS/2", "post", "vhea", "vmtx"]
    subsetter = subset.Subsetter(options)
    wanted = [char for char in font.getBestCmap() if any(low <= char <= high for low, high in CHARACTERS)]
    subsetter.populate(unicodes=wanted)
    subsetter.subset(font)
    font.save(Path(__file__).parent / "DejaVuSans-subset.ttf")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
