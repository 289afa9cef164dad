//! What was typed, as what it means to the chain.

use crate::{
    failure::Failure,
    messages::{Message, Words},
    output::Output,
};
use alloy_primitives::{FixedBytes, U256, keccak256};

/// A moment: RFC 3339, or milliseconds since 1970.
pub(crate) fn moment(output: Output, text: &str) -> Result<u64, Failure> {
    if let Ok(milliseconds) = text.parse() {
        return Ok(milliseconds);
    }
    let parsed = humantime::parse_rfc3339_weak(text).ok();
    let since = parsed.and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
    let milliseconds = since.and_then(|since| u64::try_from(since.as_millis()).ok());
    milliseconds.ok_or_else(|| {
        let kind = output.lang.text(Message::WordTime);
        output.failure(Message::HashInvalid, &[&text, &kind])
    })
}

/// A number.
pub(crate) fn parse_number(output: Output, text: &str) -> Result<u64, Failure> {
    text.parse().map_err(|_| {
        let kind = output.lang.text(Message::WordNumber);
        output.failure(Message::HashInvalid, &[&text, &kind])
    })
}

/// The number of a word that was typed.
pub(crate) fn number(output: Output, words: &Words, text: &str) -> Result<u8, Failure> {
    words.find(text).ok_or_else(|| {
        let all = words.keys().join(", ");
        output.failure(Message::UnknownWord, &[&text, &all])
    })
}

/// A set of words that were typed: the bit of each is its number less one.
pub(crate) fn set(output: Output, words: &Words, typed: &[String]) -> Result<u64, Failure> {
    let mut set: u64 = 0;
    for text in typed {
        let bit = number(output, words, text)?.saturating_sub(1);
        set |= 1_u64.checked_shl(bit.into()).unwrap_or_default();
    }
    Ok(set)
}

/// A set of words as text.
pub(crate) fn set_text(output: Output, words: &Words, set: U256) -> String {
    let all: Vec<&str> = numbers(words, set)
        .map(|number| words.say(output.lang, number))
        .collect();
    all.join(", ")
}

/// A set of words as they are typed.
pub(crate) fn set_keys(words: &Words, set: U256) -> Vec<String> {
    numbers(words, set)
        .map(|number| words.key(number))
        .collect()
}

fn numbers(words: &Words, set: U256) -> impl Iterator<Item = u8> {
    let all = 1..u8::try_from(words.0.len()).unwrap_or(u8::MAX);
    all.filter(move |number| set.bit(usize::from(number.saturating_sub(1))))
}

/// A function: its selector, or its signature.
pub(crate) fn selector(output: Output, text: &str) -> Result<FixedBytes<4>, Failure> {
    if let Ok(selector) = text.parse() {
        return Ok(selector);
    }
    let called = text.split_once('(').filter(|(name, _)| !name.is_empty());
    if called.is_none() || !text.ends_with(')') || text.contains(' ') {
        let kind = output.lang.text(Message::WordSelector);
        return Err(output.failure(Message::HashInvalid, &[&text, &kind]));
    }
    Ok(FixedBytes::from_slice(&keccak256(text)[..4]))
}

/// A kind of reference in ISO 20022: four letters.
pub(crate) fn reference(output: Output, text: &str) -> Result<FixedBytes<4>, Failure> {
    let bytes = <[u8; 4]>::try_from(text.as_bytes()).ok();
    let letters = bytes.filter(|bytes| bytes.iter().all(u8::is_ascii_alphanumeric));
    letters.map(FixedBytes).ok_or_else(|| {
        let kind = output.lang.text(Message::WordReference);
        output.failure(Message::HashInvalid, &[&text, &kind])
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::{Lang, words};

    const OUTPUT: Output = Output {
        lang: Lang::Zh,
        json: false,
    };

    #[test]
    fn moments_are_dates_or_milliseconds() {
        let read = |text| moment(OUTPUT, text).ok();
        assert_eq!(read("1700000000000"), Some(1_700_000_000_000));
        assert_eq!(read("2026-12-31T16:00:00Z"), Some(1_798_732_800_000));
        assert_eq!(read("2026-12-31 16:00:00"), Some(1_798_732_800_000));
        assert_eq!(read("tomorrow"), None);
        assert_eq!(read("1960-01-01T00:00:00Z"), None);
    }

    #[test]
    fn words_are_known_in_both_languages_and_nothing_else() {
        let read = |text: &str| number(OUTPUT, &words::CHOICE, text).ok();
        assert_eq!(
            (read("yes"), read("赞成"), read("veto")),
            (Some(1), Some(1), Some(4))
        );
        assert_eq!(
            (read("not-voted"), read("maybe"), read("")),
            (None, None, None)
        );
        let transfer = selector(OUTPUT, "transfer(address,uint256)").unwrap();
        assert_eq!(transfer.to_string(), "0xa9059cbb");
        assert_eq!(selector(OUTPUT, "0xa9059cbb").ok(), Some(transfer));
        assert!(selector(OUTPUT, "transfer").is_err() && selector(OUTPUT, "(a)").is_err());
        assert!(reference(OUTPUT, "CINV").is_ok() && reference(OUTPUT, "CINVO").is_err());
        let powers = ["freeze-accounts".to_owned(), "force-transfers".to_owned()];
        assert_eq!(set(OUTPUT, &words::POWER, &powers).ok(), Some(0b1_0001));
    }
}
