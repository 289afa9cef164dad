//! Strict reading of the consensus and storage engine's encodings (commonware-codec 2026.10).
//!
//! Only what certificates and state proofs use: fixed byte strings, LEB128 integers in their
//! shortest form, booleans and options of one byte. Every value has exactly one encoding, so two
//! different byte strings never read as the same proof.

/// Why bytes are not one of the engine's encodings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EncodingError {
    /// The input ends inside a field.
    #[error("the bytes end inside `{0}`")]
    Truncated(&'static str),
    /// An integer that is not in its shortest form or does not fit.
    #[error("`{0}` is not a canonical integer")]
    Integer(&'static str),
    /// A byte that stands for true or false and is neither 0 nor 1.
    #[error("`{0}` must be 0 or 1")]
    Flag(&'static str),
    /// A selector outside its range.
    #[error("`{what}` has the unknown code {found}")]
    Code {
        /// The field.
        what: &'static str,
        /// The code found.
        found: u8,
    },
    /// More than a named limit allows.
    #[error("`{what}` is {found}, the limit is {limit}")]
    Limit {
        /// What was counted.
        what: &'static str,
        /// The count.
        found: u64,
        /// The limit.
        limit: u64,
    },
    /// Bytes after the end.
    #[error("{0} bytes follow the end")]
    Trailing(usize),
}

/// Continuation bit of a LEB128 byte.
const CONTINUES: u8 = 0x80;

/// A cursor over untrusted bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// The next `N` bytes.
    pub(crate) fn array<const N: usize>(
        &mut self,
        what: &'static str,
    ) -> Result<[u8; N], EncodingError> {
        let (head, rest) = self
            .rest
            .split_first_chunk()
            .ok_or(EncodingError::Truncated(what))?;
        self.rest = rest;
        Ok(*head)
    }

    /// The next `count` bytes.
    pub(crate) fn slice(
        &mut self,
        count: usize,
        what: &'static str,
    ) -> Result<&'a [u8], EncodingError> {
        let (head, rest) = self
            .rest
            .split_at_checked(count)
            .ok_or(EncodingError::Truncated(what))?;
        self.rest = rest;
        Ok(head)
    }

    /// The next byte.
    pub(crate) fn byte(&mut self, what: &'static str) -> Result<u8, EncodingError> {
        self.array::<1>(what).map(|[byte]| byte)
    }

    /// A boolean of one byte.
    pub(crate) fn flag(&mut self, what: &'static str) -> Result<bool, EncodingError> {
        match self.byte(what)? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(EncodingError::Flag(what)),
        }
    }

    /// A flag, then 32 bytes where it is set.
    pub(crate) fn optional_digest(
        &mut self,
        what: &'static str,
    ) -> Result<Option<[u8; 32]>, EncodingError> {
        if self.flag(what)? {
            self.array(what).map(Some)
        } else {
            Ok(None)
        }
    }

    /// A big-endian integer of eight bytes.
    pub(crate) fn fixed_u64(&mut self, what: &'static str) -> Result<u64, EncodingError> {
        self.array(what).map(u64::from_be_bytes)
    }

    /// A LEB128 integer in its shortest form.
    pub(crate) fn varint(&mut self, what: &'static str) -> Result<u64, EncodingError> {
        let mut value = 0u64;
        let mut shift = 0u32;
        loop {
            let byte = self.byte(what)?;
            // A final zero byte adds nothing: the same number has a shorter form.
            if byte == 0 && shift > 0 {
                return Err(EncodingError::Integer(what));
            }
            let bits = u64::from(byte & !CONTINUES);
            let shifted = bits
                .checked_shl(shift)
                .ok_or(EncodingError::Integer(what))?;
            if shifted.checked_shr(shift) != Some(bits) {
                return Err(EncodingError::Integer(what));
            }
            value |= shifted;
            if byte & CONTINUES == 0 {
                return Ok(value);
            }
            shift = shift.saturating_add(7);
        }
    }

    /// A LEB128 count of at most `limit`.
    pub(crate) fn count(
        &mut self,
        limit: usize,
        what: &'static str,
    ) -> Result<usize, EncodingError> {
        let found = self.varint(what)?;
        usize::try_from(found)
            .ok()
            .filter(|count| *count <= limit)
            .ok_or(EncodingError::Limit {
                what,
                found,
                limit: limit as u64,
            })
    }

    /// Nothing may follow.
    pub(crate) const fn finish(self) -> Result<(), EncodingError> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(EncodingError::Trailing(self.rest.len()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn varint(bytes: &[u8]) -> Result<u64, EncodingError> {
        let mut reader = Reader::new(bytes);
        let value = reader.varint("n")?;
        reader.finish()?;
        Ok(value)
    }

    #[test]
    fn integers_have_one_form() {
        let integer = EncodingError::Integer("n");
        let truncated = EncodingError::Truncated("n");
        let max = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
        let over = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02];
        let eleven = [
            0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01,
        ];
        let table: &[(&[u8], Result<u64, EncodingError>)] = &[
            (&[0], Ok(0)),
            (&[1], Ok(1)),
            (&[0x7f], Ok(127)),
            (&[0x80, 1], Ok(128)),
            (&[0xac, 2], Ok(300)),
            (&max, Ok(u64::MAX)),
            (&over, Err(integer)),
            (&eleven, Err(integer)),
            (&[0x80, 0], Err(integer)),
            (&[0xac, 0x82, 0], Err(integer)),
            (&[], Err(truncated)),
            (&[0x80], Err(truncated)),
            (&[1, 1], Err(EncodingError::Trailing(1))),
        ];
        for (bytes, expected) in table {
            assert_eq!(&varint(bytes), expected, "{bytes:?}");
        }
    }

    #[test]
    fn flags_and_counts_are_bounded() {
        assert_eq!(Reader::new(&[2]).flag("f"), Err(EncodingError::Flag("f")));
        assert_eq!(
            Reader::new(&[9]).count(8, "c"),
            Err(EncodingError::Limit {
                what: "c",
                found: 9,
                limit: 8
            })
        );
        assert_eq!(Reader::new(&[8]).count(8, "c"), Ok(8));
        assert_eq!(
            Reader::new(&[1, 2]).optional_digest("d"),
            Err(EncodingError::Truncated("d"))
        );
    }
}
