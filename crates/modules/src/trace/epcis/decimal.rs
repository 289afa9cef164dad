//! Numbers as text: the chain has no floating point.

/// Most digits of a number once its exponent is written out.
pub const MAX_DECIMAL_DIGITS: usize = 64;

/// `text` as the event hash writes a number: no plus sign, no exponent, no zeros that say nothing.
///
/// Takes what a JSON number or an `xsd:decimal` may look like: `+05.10` is `5.1`, `2E3` is `2000`,
/// `-0` is `0`. `None` where the text is no number or needs more than [`MAX_DECIMAL_DIGITS`].
pub fn canonical_decimal(text: &str) -> Option<String> {
    let (negative, magnitude) = match text.as_bytes().first()? {
        b'-' => (true, text.get(1..)?),
        b'+' => (false, text.get(1..)?),
        _ => (false, text),
    };
    let (mantissa, exponent) = match magnitude.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, parse_exponent(exponent)?),
        None => (magnitude, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.len() + fraction.len() == 0 || !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    let all = format!("{whole}{fraction}");
    let significant = all.trim_start_matches('0');
    if significant.is_empty() {
        return Some("0".to_owned());
    }
    // The value is 0.SIGNIFICANT times ten to the power of `point`.
    let leading_zeros = i64::try_from(all.len() - significant.len()).ok()?;
    let point = i64::try_from(whole.len()).ok()? - leading_zeros + exponent;
    let significant = significant.trim_end_matches('0');
    let max = i64::try_from(MAX_DECIMAL_DIGITS).ok()?;
    let length = i64::try_from(significant.len()).ok()?;
    if point.max(length) - point.min(0) > max {
        return None;
    }
    let sign = if negative { "-" } else { "" };
    if point <= 0 {
        let zeros = "0".repeat(usize::try_from(-point).ok()?);
        return Some(format!("{sign}0.{zeros}{significant}"));
    }
    let point = usize::try_from(point).ok()?;
    Some(match significant.split_at_checked(point) {
        Some((whole, "")) => format!("{sign}{whole}"),
        Some((whole, fraction)) => format!("{sign}{whole}.{fraction}"),
        None => format!(
            "{sign}{significant}{}",
            "0".repeat(point - significant.len())
        ),
    })
}

fn all_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// An exponent of at most four digits: larger ones pass [`MAX_DECIMAL_DIGITS`] anyhow.
fn parse_exponent(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || digits.len() > 4 || !all_digits(digits) {
        return None;
    }
    let value: i64 = digits.parse().ok()?;
    Some(if text.starts_with('-') { -value } else { value })
}
