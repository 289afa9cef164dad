//! The font of the report: Noto Sans SC with the characters of GB 2312, Latin and punctuation.
//!
//! Whatever it lacks (a rare character in a name, an emoji, a control character) is written as
//! `\u{…}`, so that a name is always on the page, in a form that says exactly which characters it
//! has.

use krilla::text::{Font, GlyphId, KrillaGlyph};
use skrifa::{
    FontRef, MetadataProvider as _,
    charmap::Charmap,
    instance::{LocationRef, Size},
    metrics::GlyphMetrics,
};

/// SIL Open Font License 1.1; see `fonts/README.md`.
static BYTES: &[u8] = include_bytes!("../../../../fonts/NotoSansSC-GB2312.ttf");

/// The font with what is needed to set lines of it.
pub(super) struct Typeface {
    font: Font,
    charmap: Charmap<'static>,
    metrics: GlyphMetrics<'static>,
    units: f32,
}

impl Typeface {
    /// Reads the font that is part of the program.
    pub(super) fn new() -> Result<Self, String> {
        let reference = FontRef::new(BYTES).map_err(|error| format!("the font: {error}"))?;
        let font = Font::new(BYTES.into(), 0).ok_or("the font cannot be read")?;
        Ok(Self {
            units: font.units_per_em(),
            charmap: reference.charmap(),
            metrics: reference.glyph_metrics(Size::unscaled(), LocationRef::default()),
            font,
        })
    }

    pub(super) fn font(&self) -> Font {
        self.font.clone()
    }

    /// Whether a character has a shape, and one that can be seen or is the plain space.
    fn has(&self, c: char) -> bool {
        (c == ' ' || !c.is_whitespace()) && !c.is_control() && self.charmap.map(c).is_some()
    }

    /// A text in which every character has a shape.
    pub(super) fn printable(&self, text: &str) -> String {
        text.chars()
            .map(|c| {
                if self.has(c) {
                    c.to_string()
                } else {
                    c.escape_unicode().to_string()
                }
            })
            .collect()
    }

    /// Width of a character in parts of the font's size.
    pub(super) fn width(&self, c: char) -> f32 {
        let glyph = self.charmap.map(c).unwrap_or_default();
        self.metrics.advance_width(glyph).unwrap_or_default() / self.units
    }

    /// The shapes of a text, one for each character.
    pub(super) fn glyphs(&self, text: &str) -> Vec<KrillaGlyph> {
        text.char_indices()
            .map(|(at, c)| {
                let glyph = self.charmap.map(c).unwrap_or_default();
                KrillaGlyph {
                    glyph_id: GlyphId::new(glyph.to_u32()),
                    text_range: at..at.saturating_add(c.len_utf8()),
                    x_advance: self.width(c),
                    x_offset: 0.0,
                    y_offset: 0.0,
                    y_advance: 0.0,
                    location: None,
                }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::{EvidenceMessage, Lang};

    #[test]
    fn what_the_font_lacks_is_written_as_its_number() {
        let typeface = Typeface::new().unwrap();
        let cases = [
            ("鑫睿供应链.pdf", "鑫睿供应链.pdf"),
            ("𠮷野家", "\\u{20bb7}野家"),
            ("tea🍵", "tea\\u{1f375}"),
            ("a\tb\u{202e}c", "a\\u{9}b\\u{202e}c"),
            ("Zürich – 10 €", "Zürich – 10 €"),
        ];
        for (text, expected) in cases {
            assert_eq!(typeface.printable(text), expected);
        }
    }

    #[test]
    fn every_sentence_of_the_program_can_be_printed() {
        let typeface = Typeface::new().unwrap();
        for message in EvidenceMessage::ALL {
            for lang in [Lang::En, Lang::Zh] {
                let text = lang.text(*message);
                assert_eq!(
                    typeface.printable(&text.replace('\n', " ")),
                    text.replace('\n', " ")
                );
            }
        }
    }

    #[test]
    fn chinese_is_as_wide_as_high_and_digits_are_equally_wide() {
        let typeface = Typeface::new().unwrap();
        assert!((typeface.width('证') - 1.0).abs() < 1e-6);
        let digits: Vec<f32> = ('0'..='9').map(|c| typeface.width(c)).collect();
        assert!(digits.iter().all(|width| (width - digits[0]).abs() < 1e-6));
    }
}
