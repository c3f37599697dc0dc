//! Finds `\s1\` in the characters of a page.
//!
//! Characters belong together if each begins where the one before ends, whether one operator draws
//! them or several, in reading order (first attempt) or in any other (second attempt).

use std::collections::BTreeMap;

use crate::read::PdfFile;

/// A character on the displayed page.
#[derive(Clone, Copy, Debug)]
pub(super) struct DrawnChar {
    pub(super) char: char,
    /// Start and end on its baseline.
    pub(super) start: (f64, f64),
    pub(super) end: (f64, f64),
    /// Box from descent to ascent: left, top, right, bottom.
    pub(super) bounds: [f64; 4],
    /// Size of an em.
    pub(super) size: f64,
    /// Whether it is in a layer that is not visible.
    pub(super) hidden: bool,
}

/// A tag of a page.
#[derive(Clone, Copy, Debug)]
pub(super) struct DrawnTag {
    /// Top left corner of its text.
    pub(super) corner: (f64, f64),
    /// Whether it is in a layer that is not visible.
    pub(super) hidden: bool,
}

/// Whether a tag may contain `char`.
pub(super) fn is_tag_char(char: char) -> bool {
    matches!(char, '\\' | 's' | '0'..='9')
}

/// Maximum distance of a character from the end of the one before, in ems.
const GAP: f64 = 0.5;
/// The same for the second attempt, which does not know the characters in between: less than the
/// narrowest character.
const NARROW_GAP: f64 = 0.15;
/// Maximum length of the number.
const MAX_DIGITS: usize = 6;
/// Maximum number of characters of a page for the second attempt.
const MAX_CANDIDATES: usize = 20_000;

/// Collects the characters of one page.
pub(super) struct TagMatcher {
    size: (f64, f64),
    /// Start of a tag, in drawing order.
    pending: Vec<DrawnChar>,
    candidates: Vec<DrawnChar>,
    /// Number of backslashes, also of those beyond [`MAX_CANDIDATES`].
    slashes: usize,
    found: BTreeMap<u32, DrawnTag>,
}

/// Effect of one more character on the start of a tag.
enum MatchStep {
    Longer,
    Complete(u32),
    Broken,
}

impl TagMatcher {
    /// `size` is the displayed width and height of the page.
    pub(super) fn new(size: (f64, f64)) -> Self {
        Self {
            size,
            pending: Vec::new(),
            candidates: Vec::new(),
            slashes: 0,
            found: BTreeMap::new(),
        }
    }

    /// Ends the text so far: what follows is not next to it.
    pub(super) fn interrupt(&mut self) {
        self.pending.clear();
    }

    /// Adds the next character of the page.
    pub(super) fn push(&mut self, drawn: DrawnChar) {
        if !is_tag_char(drawn.char) || !drawn.bounds.iter().all(|value| value.is_finite()) {
            return self.interrupt();
        }
        self.slashes += usize::from(drawn.char == '\\');
        if self.candidates.len() < MAX_CANDIDATES {
            self.candidates.push(drawn);
        }
        let follows = self.pending.last().is_none_or(|last| continues(last, &drawn, GAP).is_some());
        if !follows {
            self.pending.clear();
        }
        match step(&self.pending, drawn.char) {
            MatchStep::Longer => self.pending.push(drawn),
            MatchStep::Complete(number) => {
                self.pending.push(drawn);
                let tag = std::mem::take(&mut self.pending);
                self.record(number, &tag);
                // The backslash may also start the next tag.
                self.pending.push(drawn);
            }
            MatchStep::Broken => {
                self.pending.clear();
                if drawn.char == '\\' {
                    self.pending.push(drawn);
                }
            }
        }
    }

    /// The tags of the page.
    pub(super) fn finish(mut self, file: &PdfFile<'_>) -> BTreeMap<u32, DrawnTag> {
        let candidates = std::mem::take(&mut self.candidates);
        if self.slashes < 2 {
            return self.found;
        }
        if candidates.len() >= MAX_CANDIDATES {
            file.note_unread();
        }
        if candidates.iter().any(|one| one.char == 's') {
            for slash in candidates.iter().filter(|one| one.char == '\\') {
                self.search(file, &candidates, slash);
            }
        }
        self.found
    }

    /// Second attempt: follows the nearest neighbours from `slash`.
    fn search(&mut self, file: &PdfFile<'_>, candidates: &[DrawnChar], slash: &DrawnChar) {
        let mut tag = vec![*slash];
        while let Some(last) = tag.last().copied() {
            if !file.consume_work(candidates.len() / 8) {
                return;
            }
            let near = candidates
                .iter()
                .filter_map(|next| Some((continues(&last, next, NARROW_GAP)?, next)))
                .min_by(|(one, _), (other, _)| one.total_cmp(other));
            let Some((_, next)) = near else { return };
            let step = step(&tag, next.char);
            tag.push(*next);
            match step {
                MatchStep::Longer => {}
                MatchStep::Complete(number) => return self.record(number, &tag),
                MatchStep::Broken => return,
            }
        }
    }

    fn record(&mut self, number: u32, tag: &[DrawnChar]) {
        let corner = |index: usize| {
            tag.iter().filter_map(|one| one.bounds.get(index)).copied().reduce(f64::min)
        };
        let far = |index: usize| {
            tag.iter().filter_map(|one| one.bounds.get(index)).copied().reduce(f64::max)
        };
        let (Some(left), Some(top), Some(right), Some(bottom)) =
            (corner(0), corner(1), far(2), far(3))
        else {
            return;
        };
        // Text outside of the page is ignored.
        let visible = right > 0.0 && bottom > 0.0 && left < self.size.0 && top < self.size.1;
        if visible {
            let hidden = tag.iter().any(|one| one.hidden);
            let found = DrawnTag { corner: (left, top), hidden };
            let first = self.found.entry(number).or_insert(found);
            if first.hidden && !hidden {
                *first = found;
            }
        }
    }
}

/// Whether `tag` followed by `next` is still the start of a tag.
fn step(tag: &[DrawnChar], next: char) -> MatchStep {
    let digits = || tag.iter().skip(2).map(|drawn| drawn.char);
    match (tag.len(), next) {
        (0, '\\') | (1, 's') => MatchStep::Longer,
        // A number has no leading zero, so `\s01\` is not tag 1.
        (2, '1'..='9') => MatchStep::Longer,
        (3.., '0'..='9') if tag.len() < 2 + MAX_DIGITS => MatchStep::Longer,
        (3.., '\\') => {
            digits().collect::<String>().parse().map_or(MatchStep::Broken, MatchStep::Complete)
        }
        _ => MatchStep::Broken,
    }
}

/// Distance of `next` from the end of `last`, if it can be its neighbour on the same line: at most
/// `gap` ems.
fn continues(last: &DrawnChar, next: &DrawnChar, gap: f64) -> Option<f64> {
    let size = last.size.max(next.size);
    let (dx, dy) = (next.start.0 - last.end.0, next.start.1 - last.end.1);
    let distance = dx.hypot(dy);
    // It must not be drawn over the character itself.
    let (wx, wy) = (last.end.0 - last.start.0, last.end.1 - last.start.1);
    let ahead = (next.start.0 - last.start.0) * wx + (next.start.1 - last.start.1) * wy;
    let same_layer = last.hidden == next.hidden;
    (same_layer && distance <= gap * size && ahead > 0.0).then_some(distance)
}

/// The smallest and largest coordinates: left, top, right, bottom.
pub(super) fn bounds(points: &[(f64, f64)]) -> [f64; 4] {
    points.iter().fold(
        [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY],
        |[left, top, right, bottom], &(x, y)| {
            [left.min(x), top.min(y), right.max(x), bottom.max(y)]
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(text: &str) -> Vec<DrawnChar> {
        text.chars()
            .enumerate()
            .map(|(index, char)| {
                let x = index as f64 * 5.0;
                DrawnChar {
                    char,
                    start: (x, 100.0),
                    end: (x + 5.0, 100.0),
                    bounds: [x, 90.0, x + 5.0, 102.0],
                    size: 10.0,
                    hidden: false,
                }
            })
            .collect()
    }

    fn find(drawn: &[DrawnChar]) -> Vec<u32> {
        let mut matcher = TagMatcher::new((500.0, 500.0));
        drawn.iter().for_each(|one| matcher.push(*one));
        let bytes = crate::sample(&[]);
        matcher.finish(&PdfFile::open(&bytes).unwrap()).into_keys().collect()
    }

    #[test]
    fn matches_complete_numbers() {
        let expected = [
            (r"\s1\", vec![1]),
            (r"x\s11\y", vec![11]),
            (r"\s1\s2\", vec![1, 2]),
            (r"\\s3\\", vec![3]),
            (r"\s01\", vec![]),
            (r"\s\", vec![]),
            (r"\S1\", vec![]),
            (r"\s1 \", vec![]),
            (r"\s1", vec![]),
            (r"\s9999999\", vec![]),
        ];
        for (text, tags) in expected {
            assert_eq!(find(&drawn(text)), tags, "{text}");
        }
    }

    #[test]
    fn matches_by_place_in_any_drawing_order() {
        let mut reversed = drawn(r"\s12\");
        reversed.reverse();
        assert_eq!(find(&reversed), vec![12]);
        let mut between = drawn(r"\sl1\");
        between.reverse();
        assert_eq!(find(&between), Vec::<u32>::new());
        let mut apart = drawn(r"\s12\");
        for one in apart.iter_mut().skip(2) {
            one.start.1 += 40.0;
            one.end.1 += 40.0;
        }
        assert_eq!(find(&apart), Vec::<u32>::new());
    }
}
