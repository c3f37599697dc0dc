//! Marked content (ISO 32000-2, 14.6): layers that are hidden, and text that replaces what is drawn.

use super::matcher::{DrawnChar, bounds};

/// The marked-content sequences that are open.
#[derive(Debug, Default)]
pub(super) struct MarkedContent {
    /// Number of open sequences, and of those that were open at the start of the content stream.
    open: usize,
    floor: usize,
    /// Number of open sequences outside of the outermost hidden one.
    hidden: Option<usize>,
    /// The same for the outermost one with `/ActualText`, with the text and the drawn glyphs.
    replaced: Option<(usize, String, Option<GlyphExtent>)>,
}

impl MarkedContent {
    /// Begins a content stream, which cannot end the sequences outside. The result is for
    /// [`Self::leave`].
    pub(super) fn enter(&mut self) -> usize {
        std::mem::replace(&mut self.floor, self.open)
    }

    /// Ends a content stream.
    pub(super) fn leave(&mut self, outer: usize) {
        self.floor = outer;
    }

    /// Whether the content stream has an open sequence.
    pub(super) fn is_open(&self) -> bool {
        self.open > self.floor
    }

    /// Begins a sequence: whether it is hidden, and its `/ActualText`.
    pub(super) fn begin(&mut self, hidden: bool, text: Option<String>) {
        if hidden && self.hidden.is_none() {
            self.hidden = Some(self.open);
        }
        if let Some(text) = text.filter(|_| self.replaced.is_none()) {
            self.replaced = Some((self.open, text, None));
        }
        self.open += 1;
    }

    /// Ends the innermost sequence. Returns its `/ActualText`, if a glyph was drawn.
    pub(super) fn end(&mut self) -> Option<(String, GlyphExtent)> {
        if !self.is_open() {
            return None;
        }
        self.open -= 1;
        if self.hidden == Some(self.open) {
            self.hidden = None;
        }
        let (_, text, extent) = self.replaced.take_if(|(open, ..)| *open == self.open)?;
        Some((text, extent?))
    }

    /// Whether what is drawn is hidden.
    pub(super) fn is_hidden(&self) -> bool {
        self.hidden.is_some()
    }

    /// Whether another text replaces what is drawn.
    pub(super) fn is_replaced(&self) -> bool {
        self.replaced.is_some()
    }

    /// Adds a glyph that is replaced.
    pub(super) fn extend(&mut self, glyph: GlyphExtent) {
        if let Some((_, _, extent)) = &mut self.replaced {
            match extent {
                Some(extent) => extent.end = glyph.end,
                None => *extent = Some(glyph),
            }
        }
    }
}

/// Glyphs on one baseline.
#[derive(Debug)]
pub(super) struct GlyphExtent {
    start: (f64, f64),
    end: (f64, f64),
    /// From the baseline to ascent and descent.
    up: (f64, f64),
    down: (f64, f64),
    size: f64,
}

impl GlyphExtent {
    pub(super) fn new(glyph: &DrawnChar, up: (f64, f64), down: (f64, f64)) -> Self {
        Self { start: glyph.start, end: glyph.end, up, down, size: glyph.size }
    }

    /// The characters of `text`, which divide the baseline evenly, as other readers place them.
    pub(super) fn spread(self, text: &str, hidden: bool) -> impl Iterator<Item = DrawnChar> {
        let count = text.chars().count() as f64;
        let at = move |index: f64| {
            let part = index / count;
            let between = |from: f64, to: f64| from + (to - from) * part;
            (between(self.start.0, self.end.0), between(self.start.1, self.end.1))
        };
        text.chars().enumerate().map(move |(index, char)| {
            let (start, end) = (at(index as f64), at((index + 1) as f64));
            let corner =
                |point: (f64, f64), offset: (f64, f64)| (point.0 + offset.0, point.1 + offset.1);
            let corners = [
                corner(start, self.up),
                corner(start, self.down),
                corner(end, self.up),
                corner(end, self.down),
            ];
            let bounds = bounds(&corners);
            DrawnChar { char, start, end, bounds, size: self.size, hidden }
        })
    }
}
