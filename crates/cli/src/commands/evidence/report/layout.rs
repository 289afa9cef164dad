//! Lines and pages: blocks of text on A4, one after the other.

use super::font::Typeface;
use krilla::{
    Document, SerializeSettings,
    color::rgb,
    configure::{Archival, ConfigurationBuilder, PdfVersion},
    embed::{AssociationKind, EmbeddedFile, MimeType},
    geom::{PathBuilder, Point},
    metadata::{DateTime, Metadata},
    num::NormalizedF32,
    page::PageSettings,
    paint::{Fill, Stroke},
    surface::Surface,
};

/// A4 in points of 1/72 inch.
const PAGE: (f32, f32) = (595.28, 841.89);
const MARGIN: f32 = 56.0;
/// Space at the foot of a page, for its number.
const FOOT: f32 = 40.0;
/// Where values begin, from the left margin.
const VALUE_INDENT: f32 = 138.0;
const LINE: f32 = 1.5;

const BLACK: u8 = 0x1a;
const GREY: u8 = 0x66;

/// A part of the report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Block {
    /// The title in two languages.
    Title(String, String),
    /// The heading of a section.
    Heading(String),
    /// A paragraph.
    Paragraph(String),
    /// A paragraph in the second language, less prominent.
    Second(String),
    /// A fact: its name in two languages, and its value.
    Fact(String, String, String),
    /// A file: its name and digest.
    File(String, String),
}

/// What the document is beside its pages.
pub(super) struct Frame {
    /// Title in the document's properties.
    pub(super) title: String,
    /// Foot of a page from its number and the number of pages.
    pub(super) foot: Box<dyn Fn(usize, usize) -> String>,
    /// When the report is made: year, month, day, hour, minute, second in UTC.
    pub(super) made: [u16; 6],
    /// The attached file's name.
    pub(super) attachment_name: String,
    /// Its description.
    pub(super) attachment_description: String,
    /// Its bytes.
    pub(super) attachment: Vec<u8>,
}

/// A line at its place.
struct Line {
    text: String,
    x: f32,
    y: f32,
    size: f32,
    grey: u8,
}

/// Pages under construction.
struct Pages<'a> {
    typeface: &'a Typeface,
    pages: Vec<Vec<Line>>,
    y: f32,
}

/// How a paragraph looks.
#[derive(Clone, Copy)]
struct Look {
    x: f32,
    width: f32,
    size: f32,
    grey: u8,
}

const TEXT_WIDTH: f32 = PAGE.0 - 2.0 * MARGIN;

const fn look(size: f32, grey: u8) -> Look {
    Look {
        x: MARGIN,
        width: TEXT_WIDTH,
        size,
        grey,
    }
}

/// Makes the document: PDF/A-3b with the attachment.
pub(super) fn render(
    typeface: &Typeface,
    blocks: &[Block],
    frame: Frame,
) -> Result<Vec<u8>, String> {
    let mut pages = Pages {
        typeface,
        pages: vec![Vec::new()],
        y: MARGIN,
    };
    for block in blocks {
        pages.add(block);
    }
    let configuration = ConfigurationBuilder::new()
        .with_version(PdfVersion::Pdf17)
        .with_archival_validator(Archival::A3_B)
        .finish()
        .map_err(|error| format!("{error:?}"))?;
    let mut document = Document::new_with(SerializeSettings {
        configuration,
        ..SerializeSettings::default()
    });
    let date = date(frame.made);
    document.set_metadata(
        Metadata::new()
            .title(frame.title)
            .language("zh-CN".to_owned())
            .creator("qiantang".to_owned())
            .creation_date(date),
    );
    let count = pages.pages.len();
    for (number, lines) in (1..).zip(&pages.pages) {
        let settings = PageSettings::from_wh(PAGE.0, PAGE.1).ok_or("the page has no size")?;
        let mut page = document.start_page_with(settings);
        let mut surface = page.surface();
        lines
            .iter()
            .for_each(|line| draw(&mut surface, typeface, line));
        draw_foot(&mut surface, typeface, &(frame.foot)(number, count));
        surface.finish();
        page.finish();
    }
    document
        .embed_file(EmbeddedFile {
            path: frame.attachment_name,
            mime_type: MimeType::new("application/json"),
            description: Some(frame.attachment_description),
            association_kind: AssociationKind::Data,
            data: frame.attachment.into(),
            modification_date: Some(date),
            compress: Some(true),
            location: None,
        })
        .ok_or("the attachment was attached before")?;
    document.finish().map_err(|error| error.to_string())
}

impl Pages<'_> {
    fn add(&mut self, block: &Block) {
        match block {
            Block::Title(first, second) => {
                self.paragraph(first, look(22.0, BLACK));
                self.paragraph(second, look(13.0, GREY));
                self.y += 10.0;
            }
            Block::Heading(text) => {
                self.y += 14.0;
                // A heading does not stand alone at the foot of a page.
                self.need(64.0);
                self.paragraph(text, look(13.0, BLACK));
                self.y += 4.0;
            }
            Block::Paragraph(text) => self.paragraph(text, look(10.5, BLACK)),
            Block::Second(text) => {
                self.paragraph(text, look(9.0, GREY));
                self.y += 5.0;
            }
            Block::Fact(first, second, value) => self.fact(first, second, value),
            Block::File(name, digest) => {
                self.need(30.0);
                self.paragraph(name, look(9.5, BLACK));
                self.paragraph(digest, look(8.0, GREY));
                self.y += 3.0;
            }
        }
    }

    /// Two columns: names on the left, the value on the right.
    fn fact(&mut self, first: &str, second: &str, value: &str) {
        self.need(30.0);
        let top = self.y;
        let names = Look {
            width: VALUE_INDENT - 12.0,
            ..look(9.5, BLACK)
        };
        self.paragraph(first, names);
        let names = Look {
            size: 7.5,
            grey: GREY,
            ..names
        };
        self.paragraph(second, names);
        let (page, bottom) = (self.pages.len(), self.y);
        self.y = top;
        let values = Look {
            x: MARGIN + VALUE_INDENT,
            width: TEXT_WIDTH - VALUE_INDENT,
            ..look(9.0, BLACK)
        };
        self.paragraph(value, values);
        if page == self.pages.len() {
            self.y = self.y.max(bottom);
        }
        self.y += 4.0;
    }

    fn paragraph(&mut self, text: &str, look: Look) {
        let text = self.typeface.printable(text);
        for line in wrap(self.typeface, &text, look.width / look.size) {
            let height = look.size * LINE;
            self.need(height);
            let y = self.y + look.size;
            self.y += height;
            if let Some(page) = self.pages.last_mut() {
                page.push(Line {
                    text: line,
                    x: look.x,
                    y,
                    size: look.size,
                    grey: look.grey,
                });
            }
        }
    }

    /// Begins a page where the present one has no room left.
    fn need(&mut self, height: f32) {
        if self.y + height > PAGE.1 - MARGIN - FOOT / 2.0 {
            self.pages.push(Vec::new());
            self.y = MARGIN;
        }
    }
}

/// Breaks a text into lines of a width, in parts of the font's size: at spaces, and before and
/// after Chinese characters, but not before a closing mark; in the middle of what is longer than a
/// line.
pub(super) fn wrap(typeface: &Typeface, text: &str, width: f32) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0.0;
    for word in words(text) {
        let long: f32 = word.chars().map(|c| typeface.width(c)).sum();
        if used + long > width && !line.is_empty() {
            lines.push(std::mem::take(&mut line).trim_end().to_owned());
            used = 0.0;
        }
        for c in word.chars() {
            let advance = typeface.width(c);
            if used + advance > width && c != ' ' {
                lines.push(std::mem::take(&mut line));
                used = 0.0;
            }
            if !(line.is_empty() && c == ' ') {
                line.push(c);
                used += advance;
            }
        }
    }
    lines.push(line.trim_end().to_owned());
    lines
}

/// Parts that a line keeps together, each with the spaces after it.
fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let (mut start, mut before) = (0, None);
    for (at, c) in text.char_indices() {
        let breaks = before.is_some_and(|before: char| {
            let after_space = before == ' ' && c != ' ';
            let beside_chinese = (is_wide(before) || is_wide(c)) && before != ' ' && c != ' ';
            after_space || (beside_chinese && !is_closing(c) && !is_opening(before))
        });
        if breaks {
            words.push(&text[start..at]);
            start = at;
        }
        before = Some(c);
    }
    words.push(&text[start..]);
    words
}

const fn is_wide(c: char) -> bool {
    matches!(c, '\u{2e80}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{ff00}'..='\u{ffef}')
}

const fn is_closing(c: char) -> bool {
    matches!(
        c,
        '，' | '。' | '；' | '：' | '、' | '）' | '》' | '？' | '！' | '”' | ',' | '.' | ')'
    )
}

const fn is_opening(c: char) -> bool {
    matches!(c, '（' | '《' | '“' | '(')
}

fn fill(grey: u8) -> Fill {
    Fill {
        paint: rgb::Color::new(grey, grey, grey).into(),
        opacity: NormalizedF32::ONE,
        rule: Default::default(),
    }
}

fn draw(surface: &mut Surface<'_>, typeface: &Typeface, line: &Line) {
    if line.text.is_empty() {
        return;
    }
    surface.set_fill(Some(fill(line.grey)));
    let glyphs = typeface.glyphs(&line.text);
    let start = Point::from_xy(line.x, line.y);
    surface.draw_glyphs(
        start,
        &glyphs,
        typeface.font(),
        &line.text,
        line.size,
        false,
    );
}

fn draw_foot(surface: &mut Surface<'_>, typeface: &Typeface, text: &str) {
    let y = PAGE.1 - FOOT;
    let mut path = PathBuilder::new();
    path.move_to(MARGIN, y - 14.0);
    path.line_to(PAGE.0 - MARGIN, y - 14.0);
    if let Some(path) = path.finish() {
        surface.set_fill(None);
        surface.set_stroke(Some(Stroke {
            paint: rgb::Color::new(GREY, GREY, GREY).into(),
            width: 0.4,
            ..Stroke::default()
        }));
        surface.draw_path(&path);
        surface.set_stroke(None);
    }
    let line = Line {
        text: typeface.printable(text),
        x: MARGIN,
        y,
        size: 8.0,
        grey: GREY,
    };
    draw(surface, typeface, &line);
}

fn date([year, month, day, hour, minute, second]: [u16; 6]) -> DateTime {
    let small = |number: u16| u8::try_from(number).unwrap_or_default();
    DateTime::new(year)
        .month(small(month))
        .day(small(day))
        .hour(small(hour))
        .minute(small(minute))
        .second(small(second))
        .utc_offset_hour(0)
        .utc_offset_minute(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_where_a_reader_expects_it() {
        let typeface = Typeface::new().unwrap();
        let lines = |text: &str, width: f32| wrap(&typeface, text, width);
        assert_eq!(lines("", 10.0), [""]);
        assert_eq!(lines("one two", 50.0), ["one two"]);
        assert_eq!(lines("alpha beta gamma", 6.0), ["alpha beta", "gamma"]);
        assert_eq!(lines("存证报告", 2.5), ["存证", "报告"]);
        assert_eq!(
            lines("存证，报告", 2.5),
            ["存", "证，", "报告"],
            "no comma begins a line"
        );
        let digest = "0".repeat(100);
        let broken = lines(&digest, 20.0);
        assert!(broken.len() > 2);
        assert_eq!(broken.concat(), digest, "nothing is lost");
        let mixed = "核验 qiantang evidence verify 文件";
        assert_eq!(
            lines(mixed, 8.0).join(" ").replace(' ', ""),
            mixed.replace(' ', "")
        );
        for line in lines(mixed, 8.0) {
            let width: f32 = line.chars().map(|c| typeface.width(c)).sum();
            assert!(width <= 8.0, "{line}");
        }
    }
}
