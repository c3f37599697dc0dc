//! Interprets the content streams of a page and reports each character with its place (ISO 32000-2,
//! 8.4 and 9).

use std::collections::HashMap;
use std::rc::Rc;

use super::font::{Font, TextGlyph};
use super::layers::Layers;
use super::marked::{GlyphExtent, MarkedContent};
use super::matcher::{DrawnChar, TagMatcher, bounds, is_tag_char};
use crate::fields::decode_text;
use crate::geometry::{Matrix, Rect};
use crate::pages::PdfPage;
use crate::read::file::ResolvedObject;
use crate::read::parse::{ContentToken, ObjectParser};
use crate::read::{ObjectId, PdfDict, PdfFile, PdfObject, PdfStream};

/// Maximum nesting of form XObjects, and of `q`.
const MAX_FORMS: usize = 16;
const MAX_STATES: usize = 4096;
/// Maximum number of objects in the arrays and dictionaries of an operator's operands.
const MAX_OPERAND_OBJECTS: usize = 1_000_000;
/// Number of characters that take as long as parsing an object.
const CHARS_PER_UNIT: usize = 4;
/// Maximum number of operands of an operator; standard operators have at most six.
const MAX_OPERANDS: usize = 64;

/// Loaded fonts, by object.
#[derive(Default)]
pub(super) struct FontCache(HashMap<ObjectId, Rc<Font>>);

/// Interprets a page and its annotations, and passes the characters to `matcher`.
pub(super) fn interpret_page(
    file: &PdfFile<'_>,
    page: &PdfPage,
    fonts: &mut FontCache,
    layers: &Layers,
    matcher: &mut TagMatcher,
) {
    let state = GraphicsState::new(page.view.to_display());
    let Some(dict) = page.dict.as_dict() else { return };
    let marked = MarkedContent::default();
    let mut interpreter =
        ContentInterpreter { file, fonts, layers, matcher, marked, open: Vec::new() };
    let data = interpreter.page_content(dict);
    interpreter.run(&data, &file.resolve(&page.resources), state.clone(), MAX_FORMS);
    let annotations = file.get_resolved(dict, "Annots");
    // Many pages may share an array.
    let annotations = annotations.as_array().unwrap_or_default().iter();
    for annotation in annotations.take_while(|_| file.consume_work(1)) {
        interpreter.annotation(annotation, &state);
    }
}

struct ContentInterpreter<'a> {
    file: &'a PdfFile<'a>,
    fonts: &'a mut FontCache,
    layers: &'a Layers,
    matcher: &'a mut TagMatcher,
    marked: MarkedContent,
    /// Offsets of the forms being drawn: a form must not draw itself (ISO 32000-2, 8.10.1).
    open: Vec<usize>,
}

/// The part of the graphics state that affects text.
#[derive(Clone)]
struct GraphicsState {
    to_display: Matrix,
    font: Option<Rc<Font>>,
    size: f64,
    char_spacing: f64,
    word_spacing: f64,
    /// Horizontal scaling, 1 for 100 %.
    stretch: f64,
    leading: f64,
    rise: f64,
}

impl GraphicsState {
    fn new(to_display: Matrix) -> Self {
        Self {
            to_display,
            font: None,
            size: 0.0,
            char_spacing: 0.0,
            word_spacing: 0.0,
            stretch: 1.0,
            leading: 0.0,
            rise: 0.0,
        }
    }
}

/// Text matrix and text line matrix.
#[derive(Clone, Copy)]
struct TextState {
    matrix: Matrix,
    line: Matrix,
}

impl TextState {
    const START: Self = Self { matrix: Matrix::IDENTITY, line: Matrix::IDENTITY };

    fn move_line(&mut self, x: f64, y: f64) {
        self.line = Matrix::translate(x, y).then(self.line);
        self.matrix = self.line;
    }

    fn advance(&mut self, x: f64, y: f64) {
        self.matrix = Matrix::translate(x, y).then(self.matrix);
    }
}

impl ContentInterpreter<'_> {
    /// The content streams of a page are one (ISO 32000-2, 7.8.2): an operator may have its operands in
    /// the stream before.
    fn page_content(&self, page: &PdfDict) -> Vec<u8> {
        let contents = self.file.get_resolved(page, "Contents");
        let parts = match &*contents {
            PdfObject::Array(parts) => {
                let parts = parts.iter().take_while(|_| self.file.consume_work(1));
                parts.map(|part| self.file.resolve(part)).collect()
            }
            _ => vec![contents],
        };
        let mut data = Vec::new();
        for part in parts {
            if let PdfObject::Stream(stream) = &*part {
                data.extend(self.file.decode(stream).unwrap_or_default());
                data.push(b'\n');
            }
        }
        data
    }

    fn run(&mut self, data: &[u8], resources: &PdfObject, state: GraphicsState, depth: usize) {
        let mut state = state;
        let mut saved: Vec<GraphicsState> = Vec::new();
        let mut text = TextState::START;
        let mut operands: Vec<PdfObject> = Vec::new();
        let mut parser = ObjectParser::content(data, 0);
        let outer = self.marked.enter();
        while parser.position < data.len() {
            let budget = self.file.work_left().min(MAX_OPERAND_OBJECTS);
            parser.work_left = budget;
            let operator = next_operator(&mut parser, &mut operands);
            let charged = parser.consume_skipped();
            let within_limit = self.file.consume_work(budget - parser.work_left);
            if !within_limit || charged.is_none() || parser.work_left == 0 {
                self.file.note_unread();
                break;
            }
            let Some(operator) = operator else { break };
            match operator {
                // Drawings consist of millions of these. They are charged by their bytes only.
                b"m" | b"l" | b"c" | b"v" | b"y" | b"h" | b"re" | b"S" | b"s" | b"f" | b"F"
                | b"f*" | b"B" | b"B*" | b"b" | b"b*" | b"n" | b"W" | b"W*" | b"w" | b"J"
                | b"j" | b"M" | b"d" | b"ri" | b"i" | b"g" | b"G" | b"rg" | b"RG" | b"k" | b"K"
                | b"cs" | b"CS" | b"sc" | b"SC" | b"scn" | b"SCN" | b"sh" => {}
                _ if !self.file.consume_work(1) => break,
                b"q" if saved.len() < MAX_STATES => saved.push(state.clone()),
                b"q" => {
                    self.file.note_unread();
                    break;
                }
                b"Q" => state = saved.pop().unwrap_or(state),
                b"cm" => {
                    if let Some(matrix) = matrix(&operands) {
                        state.to_display = matrix.then(state.to_display);
                    }
                }
                b"BI" => {
                    parser.skip_inline_image_dict();
                    parser.skip_inline_image();
                }
                b"BMC" => self.marked.begin(false, None),
                b"BDC" => self.begin_marked_content(&operands, resources),
                b"EMC" => self.end_marked_content(),
                b"Do" => {
                    // Further operands may be large: drop them before drawing a form.
                    operands.truncate(1);
                    self.x_object(&operands, resources, &state, depth);
                }
                b"gs" => self.graphics_state(&operands, resources, &mut state),
                _ => self.text_operator(operator, &operands, resources, &mut state, &mut text),
            }
            operands.clear();
        }
        while self.marked.is_open() {
            self.end_marked_content();
        }
        self.marked.leave(outer);
    }

    /// `/OC /Layer BDC` or `/Span <</ActualText (text)>> BDC`.
    fn begin_marked_content(&mut self, operands: &[PdfObject], resources: &PdfObject) {
        let [tag, properties, ..] = operands else { return self.marked.begin(false, None) };
        let list = resources.as_dict().map(|dict| self.file.get_resolved(dict, "Properties"));
        let properties = match properties {
            PdfObject::Name(name) => {
                list.as_deref().and_then(PdfObject::as_dict).and_then(|list| list.get_bytes(name))
            }
            direct => Some(direct),
        };
        let Some(properties) = properties else { return self.marked.begin(false, None) };
        if tag.as_name_bytes() == Some(b"OC") {
            return self.marked.begin(self.layers.hides(self.file, properties), None);
        }
        let properties = self.file.resolve(properties);
        let text = properties.as_dict().map(|dict| self.file.get_resolved(dict, "ActualText"));
        let text = text.as_deref().and_then(PdfObject::as_string);
        let text = text.filter(|text| self.file.consume_work(text.len() / CHARS_PER_UNIT));
        self.marked.begin(false, text.map(decode_text));
    }

    fn end_marked_content(&mut self) {
        if let Some((text, extent)) = self.marked.end() {
            let hidden = self.marked.is_hidden();
            extent.spread(&text, hidden).for_each(|char| self.matcher.push(char));
        }
    }

    fn text_operator(
        &mut self,
        operator: &[u8],
        operands: &[PdfObject],
        resources: &PdfObject,
        state: &mut GraphicsState,
        text: &mut TextState,
    ) {
        let number =
            |index| operands.iter().filter_map(PdfObject::as_number).nth(index).unwrap_or(0.0);
        match operator {
            b"BT" => *text = TextState::START,
            b"Tf" => {
                let name = operands.first().and_then(PdfObject::as_name_bytes);
                state.font = name.and_then(|name| self.font(name, resources));
                state.size = number(0);
            }
            b"Tc" => state.char_spacing = number(0),
            b"Tw" => state.word_spacing = number(0),
            b"Tz" => state.stretch = number(0) / 100.0,
            b"TL" => state.leading = number(0),
            b"Ts" => state.rise = number(0),
            b"Td" => text.move_line(number(0), number(1)),
            b"TD" => {
                state.leading = -number(1);
                text.move_line(number(0), number(1));
            }
            b"Tm" => {
                if let Some(matrix) = matrix(operands) {
                    *text = TextState { matrix, line: matrix };
                }
            }
            b"T*" => text.move_line(0.0, -state.leading),
            b"Tj" => self.show(operands.last(), state, text),
            b"'" => {
                text.move_line(0.0, -state.leading);
                self.show(operands.last(), state, text);
            }
            b"\"" => {
                (state.word_spacing, state.char_spacing) = (number(0), number(1));
                text.move_line(0.0, -state.leading);
                self.show(operands.last(), state, text);
            }
            b"TJ" => {
                for item in operands.last().and_then(PdfObject::as_array).unwrap_or_default() {
                    match item.as_number() {
                        Some(number) => kern(number, state, text),
                        None => self.show(Some(item), state, text),
                    }
                }
            }
            _ => {}
        }
    }

    fn show(&mut self, string: Option<&PdfObject>, state: &GraphicsState, text: &mut TextState) {
        let Some(string) = string.and_then(PdfObject::as_string) else { return };
        let Some(font) = state.font.clone() else { return };
        if !self.file.consume_work(string.len().div_ceil(CHARS_PER_UNIT)) {
            return;
        }
        for glyph in font.glyphs(string) {
            self.draw(&glyph, &font, state, text);
            let spacing =
                state.char_spacing + if glyph.is_space { state.word_spacing } else { 0.0 };
            if font.vertical {
                text.advance(0.0, spacing - state.size);
            } else {
                text.advance((glyph.width * state.size + spacing) * state.stretch, 0.0);
            }
        }
    }

    fn draw(
        &mut self,
        glyph: &TextGlyph<'_>,
        font: &Font,
        state: &GraphicsState,
        text: &TextState,
    ) {
        let is_replaced = self.marked.is_replaced();
        // The first character is charged with its code.
        if !self.file.consume_work(glyph.text.len() / 8 / CHARS_PER_UNIT) {
            return;
        }
        if !is_replaced && !glyph.text.chars().any(is_tag_char) {
            // Also a glyph whose text is unknown is between the characters before and after it.
            return self.matcher.interrupt();
        }
        let (size, stretch) = (state.size, state.size * state.stretch);
        let mut em = Matrix([stretch, 0.0, 0.0, size, 0.0, state.rise])
            .then(text.matrix)
            .then(state.to_display);
        if font.vertical {
            // In vertical writing, the origin is above the middle of a character.
            em = Matrix::translate(-glyph.width / 2.0, -0.88).then(em);
        }
        let [_, _, c, d, ..] = em.0;
        let size = c.hypot(d);
        let count = if is_replaced { 1 } else { glyph.text.chars().count() };
        let hidden = self.marked.is_hidden();
        let part = glyph.width / count as f64;
        let place = |index: usize, char: char| {
            let (left, right) = (part * index as f64, part * (index + 1) as f64);
            let (start, end) = if font.vertical {
                // One em down, divided among the characters.
                let at = |index: usize| 0.88 - index as f64 / count as f64;
                let middle = glyph.width / 2.0;
                (em.apply(middle, at(index)), em.apply(middle, at(index + 1)))
            } else {
                (em.apply(left, 0.0), em.apply(right, 0.0))
            };
            let corners = [
                em.apply(left, font.descent),
                em.apply(right, font.descent),
                em.apply(left, font.ascent),
                em.apply(right, font.ascent),
            ];
            DrawnChar { char, start, end, bounds: bounds(&corners), size, hidden }
        };
        if is_replaced {
            let origin = em.apply(0.0, 0.0);
            let offset = |(x, y): (f64, f64)| (x - origin.0, y - origin.1);
            let (up, down) = (em.apply(0.0, font.ascent), em.apply(0.0, font.descent));
            self.marked.extend(GlyphExtent::new(&place(0, ' '), offset(up), offset(down)));
        } else {
            let chars = glyph.text.chars().enumerate();
            chars.for_each(|(index, char)| self.matcher.push(place(index, char)));
        }
    }

    fn font(&mut self, name: &[u8], resources: &PdfObject) -> Option<Rc<Font>> {
        let fonts = self.file.get_resolved(resources.as_dict()?, "Font");
        let font = fonts.as_dict()?.get_bytes(name)?;
        self.load_font(font)
    }

    fn load_font(&mut self, font: &PdfObject) -> Option<Rc<Font>> {
        let (id, object) = self.file.resolve_with_id(font);
        if let Some(known) = id.and_then(|id| self.fonts.0.get(&id)) {
            return Some(Rc::clone(known));
        }
        // A direct font object is loaded at each use.
        if !self.file.consume_work(512) {
            return None;
        }
        let loaded = Rc::new(Font::load(self.file, object.as_dict()?));
        if let Some(id) = id {
            self.fonts.0.insert(id, Rc::clone(&loaded));
        }
        Some(loaded)
    }

    fn graphics_state(
        &mut self,
        operands: &[PdfObject],
        resources: &PdfObject,
        state: &mut GraphicsState,
    ) {
        let mut find = || {
            let states = self.file.get_resolved(resources.as_dict()?, "ExtGState");
            let entry = states.as_dict()?.get_bytes(operands.first()?.as_name_bytes()?)?;
            let entry = self.file.resolve(entry);
            let font = self.file.get_resolved(entry.as_dict()?, "Font");
            let [font, size] = font.as_array()? else { return None };
            Some((self.load_font(font)?, self.file.resolve(size).as_number()?))
        };
        if let Some((font, size)) = find() {
            state.font = Some(font);
            state.size = size;
        }
    }

    fn x_object(
        &mut self,
        operands: &[PdfObject],
        resources: &PdfObject,
        state: &GraphicsState,
        depth: usize,
    ) {
        let find = || {
            let objects = self.file.get_resolved(resources.as_dict()?, "XObject");
            let object = objects.as_dict()?.get_bytes(operands.first()?.as_name_bytes()?)?;
            match self.file.resolve(object) {
                ResolvedObject::Indirect(object) => Some(object),
                // A stream is always an indirect object.
                ResolvedObject::Direct(_) => None,
            }
        };
        if let Some(object) = find()
            && let PdfObject::Stream(form) = &*object
            && self.file.get_resolved(&form.dict, "Subtype").as_name_bytes() == Some(b"Form")
        {
            self.layered(&form.dict, |own| own.form(form, resources, state.clone(), depth));
        }
    }

    /// Draws something that may be in a layer (`/OC`).
    fn layered(&mut self, dict: &PdfDict, draw: impl FnOnce(&mut Self)) {
        let layer = dict.get("OC");
        self.marked.begin(layer.is_some_and(|layer| self.layers.hides(self.file, layer)), None);
        draw(self);
        self.end_marked_content();
    }

    fn form(
        &mut self,
        form: &PdfStream,
        outer: &PdfObject,
        mut state: GraphicsState,
        depth: usize,
    ) {
        let Some(depth) = depth.checked_sub(1) else { return self.file.note_unread() };
        if self.open.contains(&form.start) {
            return;
        }
        if let Some(matrix) = self.form_matrix(form) {
            state.to_display = matrix.then(state.to_display);
        }
        let own = self.file.get_resolved(&form.dict, "Resources");
        // In old files, a form may use the resources of its page.
        let resources = if own.as_dict().is_some() { &*own } else { outer };
        if let Some(data) = self.file.decode(form) {
            self.open.push(form.start);
            self.run(&data, resources, state, depth);
            self.open.pop();
        }
    }

    fn form_matrix(&self, form: &PdfStream) -> Option<Matrix> {
        self.file.numbers(&self.file.get_resolved(&form.dict, "Matrix")).map(Matrix)
    }

    /// The normal appearance of a visible annotation: filled-in form fields and text boxes.
    fn annotation(&mut self, annotation: &PdfObject, state: &GraphicsState) {
        const HIDDEN: i64 = 2 | 32;
        let annotation = self.file.resolve(annotation);
        let Some(dict) = annotation.as_dict() else { return };
        if self.file.get_resolved(dict, "F").as_int().unwrap_or(0) & HIDDEN != 0 {
            return;
        }
        let appearances = self.file.get_resolved(dict, "AP");
        let Some(appearances) = appearances.as_dict() else { return };
        let normal = self.file.get_resolved(appearances, "N");
        let selected = self.file.get_resolved(dict, "AS");
        let form = match &*normal {
            PdfObject::Dict(states) => {
                selected.as_name_bytes().and_then(|name| states.get_bytes(name))
            }
            normal => Some(normal),
        };
        let Some(form) = form.map(|form| self.file.resolve(form)) else { return };
        let PdfObject::Stream(form) = &*form else { return };
        let rect = |dict: &PdfDict, key| {
            Rect::from_corners(&self.file.numbers::<4>(&self.file.get_resolved(dict, key))?)
        };
        let (Some(target), Some(bbox)) = (rect(dict, "Rect"), rect(&form.dict, "BBox")) else {
            return;
        };
        let matrix = self.form_matrix(form).unwrap_or(Matrix::IDENTITY);
        let mut state = state.clone();
        state.to_display = fit(bbox, matrix, target).then(state.to_display);
        self.layered(dict, |own| own.form(form, &PdfObject::Null, state, MAX_FORMS));
    }
}

/// The next operator; `operands` are those before it. `None` at the end of the stream, or without
/// units.
fn next_operator<'a>(
    parser: &mut ObjectParser<'a>,
    operands: &mut Vec<PdfObject>,
) -> Option<&'a [u8]> {
    while parser.position < parser.bytes.len() {
        match parser.content_token() {
            Some(ContentToken::Operator(operator)) => return Some(operator),
            Some(ContentToken::Operand(operand)) if operands.len() < MAX_OPERANDS => {
                operands.push(operand);
            }
            Some(_) => {}
            None if parser.work_left == 0 => return None,
            // Malformed: continue with the next byte.
            None => parser.position += 1,
        }
    }
    None
}

/// The matrix that maps the transformed box of an appearance to its annotation (ISO 32000-2, 12.5.5,
/// algorithm 8.1).
fn fit(bbox: Rect, matrix: Matrix, target: Rect) -> Matrix {
    let [left, top, right, bottom] = bounds(&[
        matrix.apply(bbox.left, bbox.bottom),
        matrix.apply(bbox.right, bbox.bottom),
        matrix.apply(bbox.left, bbox.top),
        matrix.apply(bbox.right, bbox.top),
    ]);
    let scale = |from: f64, to: f64| if from > 0.0 { to / from } else { 1.0 };
    let (x, y) = (scale(right - left, target.width()), scale(bottom - top, target.height()));
    Matrix([x, 0.0, 0.0, y, target.left - left * x, target.bottom - top * y])
}

/// A number in `TJ` moves back by thousandths of an em.
fn kern(number: f64, state: &GraphicsState, text: &mut TextState) {
    let vertical = state.font.as_ref().is_some_and(|font| font.vertical);
    let distance = -number * 0.001 * state.size;
    if vertical {
        text.advance(0.0, distance);
    } else {
        text.advance(distance * state.stretch, 0.0);
    }
}

fn matrix(operands: &[PdfObject]) -> Option<Matrix> {
    let mut numbers = operands.iter().filter_map(PdfObject::as_number);
    let mut matrix = [0.0; 6];
    for number in &mut matrix {
        *number = numbers.next()?;
    }
    numbers.next().is_none().then_some(Matrix(matrix))
}
