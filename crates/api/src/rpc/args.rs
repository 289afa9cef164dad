//! Positional parameters of a request.

use crate::error::{RpcError, invalid_params};
use alloy_primitives::{U256, hex};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;

/// Parameters of one request, still as JSON text. Nothing is parsed before a handler asks for it.
pub(crate) struct Args<'a>(Vec<&'a RawValue>);

impl<'a> Args<'a> {
    /// Splits the parameters; `most` is how many the method knows.
    pub(crate) fn parse(params: Option<&'a RawValue>, most: usize) -> Result<Self, RpcError> {
        let values: Vec<&RawValue> = match params.map(RawValue::get) {
            None | Some("null") => Vec::new(),
            Some(text) => serde_json::from_str(text).map_err(|_| {
                invalid_params(
                    "the parameters must be an array: this server takes them by position",
                )
            })?,
        };
        if values.len() > most {
            return Err(invalid_params(format!(
                "too many arguments, want at most {most}"
            )));
        }
        Ok(Self(values))
    }

    /// The parameter at `index`, which must be there.
    pub(crate) fn required<T: Deserialize<'a>>(&self, index: usize) -> Result<T, RpcError> {
        self.optional(index)?
            .ok_or_else(|| invalid_params(format!("missing value for required argument {index}")))
    }

    /// The parameter at `index`; left out and `null` are the same.
    pub(crate) fn optional<T: Deserialize<'a>>(&self, index: usize) -> Result<Option<T>, RpcError> {
        let Some(raw) = self.0.get(index) else {
            return Ok(None);
        };
        serde_json::from_str(raw.get())
            .map_err(|error| invalid_params(format!("invalid argument {index}: {error}")))
    }

    /// A storage key: up to 32 bytes of hex, shorter ones are padded in front.
    pub(crate) fn storage_key(&self, index: usize) -> Result<U256, RpcError> {
        storage_key(&self.required::<Text<'a>>(index)?.0)
    }
}

/// A string parameter, without a copy where it has no escapes.
#[derive(Deserialize)]
pub(crate) struct Text<'a>(#[serde(borrow)] pub(crate) Cow<'a, str>);

/// Bytes of the parameter at `index`, whose text is hex after `0x` (Ethereum's `DATA`).
pub(crate) fn hex_data(text: &str, index: usize) -> Result<Vec<u8>, RpcError> {
    let refuse = |why: String| invalid_params(format!("invalid argument {index}: {why}"));
    let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    // The decoder would take a second prefix.
    let Some(digits) = digits.filter(|digits| !digits.starts_with("0x")) else {
        return Err(refuse("hex string without 0x prefix".to_owned()));
    };
    hex::decode(digits).map_err(|error| refuse(format!("invalid hex string: {error}")))
}

/// Digits of the longest storage key.
const STORAGE_KEY_DIGITS: usize = 64;

/// Parses a storage key as other nodes do: the prefix and leading zeros are optional.
pub(crate) fn storage_key(text: &str) -> Result<U256, RpcError> {
    let digits = text
        .strip_prefix("0x")
        .or_else(|| text.strip_prefix("0X"))
        .unwrap_or(text);
    let shown: String = text.chars().take(100).collect();
    if digits.len() > STORAGE_KEY_DIGITS {
        return Err(invalid_params(format!(
            "storage key too long (want at most 32 bytes): {shown:?}"
        )));
    }
    if digits.is_empty() {
        return Ok(U256::ZERO);
    }
    if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return Err(invalid_params(format!(
            "invalid hex in storage key: {shown:?}"
        )));
    }
    U256::from_str_radix(digits, 16)
        .map_err(|_| invalid_params(format!("invalid hex in storage key: {shown:?}")))
}

#[cfg(test)]
mod tests;
