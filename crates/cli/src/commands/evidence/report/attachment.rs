//! The evidence bundle inside a PDF.
//!
//! This is no PDF reader: it looks for streams of type `EmbeddedFile` (ISO 32000, 7.11.4) and
//! unpacks them. What it finds is then checked as any bundle from anywhere, so nothing here needs
//! to be trusted; a stream that somebody appended can only make the check fail.

use flate2::read::ZlibDecoder;
use qiantang_client::evidence::EVIDENCE_BUNDLE_BYTES_MAX;
use std::io::Read as _;

/// How far before a stream its dictionary may begin.
const DICTIONARY_BYTES_MAX: usize = 4 << 10;

/// What a bundle begins with.
const BUNDLE_START: &[u8] = b"{\"format\":\"qiantang-evidence-bundle\"";

/// Why a PDF gives no bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum AttachmentError {
    /// No file is attached.
    None,
    /// Files are attached, and none is a bundle.
    Other,
    /// An attached file is cut or cannot be unpacked.
    Damaged(String),
    /// An attached file is packed in a way that this program does not know.
    Packed,
}

impl std::fmt::Display for AttachmentError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::None => f.write_str("no file is attached to this PDF"),
            Self::Other => f.write_str("the attached file is no evidence bundle"),
            Self::Damaged(reason) => write!(f, "the attached file is damaged: {reason}"),
            Self::Packed => f.write_str("the attached file is packed in an unknown way"),
        }
    }
}

/// Whether the bytes are meant to be a PDF.
pub(crate) fn is_pdf(bytes: &[u8]) -> bool {
    bytes.starts_with(b"%PDF-")
}

/// The first evidence bundle that is attached to a PDF.
pub(crate) fn extract(pdf: &[u8]) -> Result<Vec<u8>, AttachmentError> {
    let mut failure = AttachmentError::None;
    let mut from = 0;
    while let Some(at) = find(pdf, b"/EmbeddedFile", from) {
        from = at.saturating_add(b"/EmbeddedFile".len());
        // `/EmbeddedFiles` is the name of the list of them.
        let is_name = pdf
            .get(from)
            .is_some_and(|next| !next.is_ascii_alphanumeric());
        if !is_name {
            continue;
        }
        match unpack(pdf, at) {
            Ok(bytes) if bytes.starts_with(BUNDLE_START) => return Ok(bytes),
            Ok(_) => failure = AttachmentError::Other,
            Err(error) => failure = error,
        }
    }
    Err(failure)
}

/// When a PDF says that it was made, in milliseconds; only as this program writes it.
pub(super) fn creation_time(pdf: &[u8]) -> Option<u64> {
    const TAG: &[u8] = b"<xmp:CreateDate>";
    let at = find(pdf, TAG, 0)?.checked_add(TAG.len())?;
    let text = std::str::from_utf8(pdf.get(at..at.checked_add(19)?)?).ok()?;
    let time = humantime::parse_rfc3339(&format!("{text}Z")).ok()?;
    let time = time.duration_since(std::time::UNIX_EPOCH).ok()?;
    time.as_millis().try_into().ok()
}

/// The content of the stream whose dictionary names its type at a position.
fn unpack(pdf: &[u8], at: usize) -> Result<Vec<u8>, AttachmentError> {
    let cut = |what: &str| AttachmentError::Damaged(format!("{what} is missing"));
    let begin = at.saturating_sub(DICTIONARY_BYTES_MAX);
    let object = pdf
        .get(begin..at)
        .and_then(|before| rfind(before, b" obj"))
        .map_or(begin, |offset| begin.saturating_add(offset));
    let stream = find(pdf, b"stream", at).ok_or_else(|| cut("the stream"))?;
    let dictionary = pdf.get(object..stream).unwrap_or_default();
    if dictionary.len() > DICTIONARY_BYTES_MAX {
        return Err(cut("the stream"));
    }
    let mut data = stream.saturating_add(b"stream".len());
    if pdf.get(data) == Some(&b'\r') {
        data = data.saturating_add(1);
    }
    if pdf.get(data) == Some(&b'\n') {
        data = data.saturating_add(1);
    }
    let content = match number_after(dictionary, b"/Length") {
        Some(length) => data
            .checked_add(length)
            .filter(|end| is_end(pdf, *end))
            .and_then(|end| pdf.get(data..end)),
        // The length may be in an object of its own; then the stream ends at the next `endstream`.
        None => find(pdf, b"endstream", data).and_then(|end| pdf.get(data..end).map(without_eol)),
    };
    let content = content.ok_or_else(|| cut("its end"))?;
    match find(dictionary, b"/Filter", 0) {
        None => Ok(content.to_vec()),
        Some(filter) if is_flate(dictionary.get(filter..).unwrap_or_default()) => inflate(content),
        Some(_) => Err(AttachmentError::Packed),
    }
}

/// Whether a stream ends at a position.
fn is_end(pdf: &[u8], end: usize) -> bool {
    let after = pdf.get(end..).unwrap_or_default();
    after.trim_ascii_start().starts_with(b"endstream")
}

/// The line end before `endstream` is no part of the stream.
fn without_eol(content: &[u8]) -> &[u8] {
    let content = content.strip_suffix(b"\n").unwrap_or(content);
    content.strip_suffix(b"\r").unwrap_or(content)
}

/// Whether a filter entry is `/FlateDecode`, alone or in a list of one.
fn is_flate(entry: &[u8]) -> bool {
    let value = entry.get(b"/Filter".len()..).unwrap_or_default();
    let value = value.trim_ascii_start();
    let value = value.strip_prefix(b"[").unwrap_or(value).trim_ascii_start();
    value.starts_with(b"/FlateDecode") && find(entry, b"Decode", 20).is_none()
}

fn inflate(content: &[u8]) -> Result<Vec<u8>, AttachmentError> {
    let mut bytes = Vec::new();
    let limit = EVIDENCE_BUNDLE_BYTES_MAX as u64;
    ZlibDecoder::new(content)
        .take(limit.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(|error| AttachmentError::Damaged(error.to_string()))?;
    if bytes.len() as u64 > limit {
        let reason = format!("it unpacks to more than {limit} bytes");
        return Err(AttachmentError::Damaged(reason));
    }
    Ok(bytes)
}

/// The number that follows a name directly; a reference to another object is none.
fn number_after(dictionary: &[u8], name: &[u8]) -> Option<usize> {
    let at = find(dictionary, name, 0)?.checked_add(name.len())?;
    let text = dictionary.get(at..)?.trim_ascii_start();
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = text.split_at_checked(digits)?;
    let is_reference = rest.trim_ascii_start().starts_with(b"0 R");
    let number = std::str::from_utf8(digits).ok()?.parse().ok()?;
    (!is_reference).then_some(number)
}

fn find(bytes: &[u8], wanted: &[u8], from: usize) -> Option<usize> {
    let rest = bytes.get(from..)?;
    let at = rest.windows(wanted.len()).position(|part| part == wanted)?;
    from.checked_add(at)
}

fn rfind(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).rposition(|part| part == wanted)
}
