//! One form for the identifiers of GS1, whichever way a document spells them.
//!
//! The form is the constrained canonical GS1 Digital Link URI of the event hash (CBV 2.0 section
//! 8.9): `https://id.gs1.org`, one primary key, at most one qualifier, no query. Both the URNs of
//! the EPC Tag Data Standard 2.0 (section 6) and Digital Link URIs (GS1 Digital Link 1.2 section
//! 4) come down to it through [`Key`], so two spellings of one item are equal texts.

use std::fmt::Write as _;

/// Where canonical identifiers live.
const ROOT: &str = "https://id.gs1.org";
/// Longest identifier that is looked at: no GS1 key comes near it. Longer text stays as it is.
const MAX_ID_BYTES: usize = 1024;
/// Digits of a GS1 company prefix.
const COMPANY_PREFIX: std::ops::RangeInclusive<usize> = 6..=12;

/// The canonical GS1 Digital Link URI of an EPC URN (`urn:epc:id`, `urn:epc:class`,
/// `urn:epc:idpat`) or of a GS1 Digital Link URI of any resolver; other text as it is.
///
/// `urn:epc:id:sgtin:4012345.011111.9876` and `https://a.example/gtin/04012345111118/ser/9876?x=y`
/// are both `https://id.gs1.org/01/04012345111118/21/9876`.
pub fn canonical_id(id: &str) -> String {
    if id.len() > MAX_ID_BYTES {
        return id.to_owned();
    }
    let key = match split_ignoring_case(id, "urn:epc:") {
        Some(urn) => of_urn(urn),
        None => of_digital_link(id),
    };
    key.map_or_else(|| id.to_owned(), |key| key.to_uri())
}

/// A GS1 key and what narrows it down.
struct Key {
    /// Application identifier of the key, such as `01`.
    identifier: &'static str,
    value: String,
    /// Application identifier and value of the finest qualifier, such as `21` and a serial number.
    qualifier: Option<(&'static str, String)>,
}

impl Key {
    fn to_uri(&self) -> String {
        let mut uri = format!("{ROOT}/{}/{}", self.identifier, self.value);
        if let Some((identifier, value)) = &self.qualifier {
            uri.push('/');
            uri.push_str(identifier);
            uri.push('/');
            uri.push_str(value);
        }
        uri
    }

    fn plain(identifier: &'static str, value: String) -> Self {
        Self {
            identifier,
            value,
            qualifier: None,
        }
    }

    fn qualified(identifier: &'static str, value: String, by: &'static str, with: String) -> Self {
        Self {
            identifier,
            value,
            qualifier: Some((by, with)),
        }
    }
}

/// The key of an EPC URN, without its `urn:epc:`.
fn of_urn(urn: &str) -> Option<Key> {
    let (space, rest) = urn.split_once(':')?;
    let (scheme, rest) = rest.split_once(':')?;
    let (company, rest) = rest.split_once('.')?;
    if !COMPANY_PREFIX.contains(&company.len()) || !is_digits(company) {
        return None;
    }
    match space {
        "id" => of_instance(scheme, company, rest),
        "class" if scheme == "lgtin" => {
            let (item, lot) = rest.split_once('.')?;
            Some(Key::qualified(
                "01",
                gtin(company, item)?,
                "10",
                component(lot, 20)?,
            ))
        }
        "idpat" => of_pattern(scheme, company, rest.strip_suffix(".*")?),
        _ => None,
    }
}

/// `urn:epc:id:SCHEME:COMPANY.REST`.
fn of_instance(scheme: &str, company: &str, rest: &str) -> Option<Key> {
    let two = || rest.split_once('.');
    Some(match scheme {
        "sgtin" => {
            let (item, serial) = two()?;
            Key::qualified("01", gtin(company, item)?, "21", component(serial, 20)?)
        }
        "upui" => {
            let (item, extension) = two()?;
            Key::qualified("01", gtin(company, item)?, "235", component(extension, 28)?)
        }
        "sscc" => Key::plain("00", extended(company, rest, 17)?),
        "sgln" => {
            let (location, extension) = two()?;
            let number = checked(company, location, 12)?;
            match extension {
                // The extension 0 says that there is none.
                "0" => Key::plain("414", number),
                _ => Key::qualified("414", number, "254", component(extension, 20)?),
            }
        }
        "pgln" => Key::plain("417", checked(company, rest, 12)?),
        "grai" => {
            let (asset, serial) = two()?;
            let asset = checked(company, asset, 12)?;
            Key::plain("8003", format!("0{asset}{}", component(serial, 16)?))
        }
        "giai" => Key::plain(
            "8004",
            format!("{company}{}", component(rest, 30 - company.len())?),
        ),
        "gsrn" => Key::plain("8018", checked(company, rest, 17)?),
        "gsrnp" => Key::plain("8017", checked(company, rest, 17)?),
        "gdti" => {
            let (document, serial) = two()?;
            let document = checked(company, document, 12)?;
            Key::plain("253", format!("{document}{}", component(serial, 20)?))
        }
        "cpi" => {
            let (part, serial) = rest.rsplit_once('.')?;
            let part = component(part, 30 - company.len())?;
            Key::qualified(
                "8010",
                format!("{company}{part}"),
                "8011",
                number(serial, 12)?,
            )
        }
        "sgcn" => {
            let (coupon, serial) = two()?;
            let coupon = checked(company, coupon, 12)?;
            Key::plain("255", format!("{coupon}{}", number(serial, 12)?))
        }
        "ginc" => Key::plain(
            "401",
            format!("{company}{}", component(rest, 30 - company.len())?),
        ),
        "gsin" => Key::plain("402", checked(company, rest, 16)?),
        "itip" => {
            let (piece, serial) = piece_of_item(company, rest)?;
            Key::qualified("8006", piece, "21", component(serial?, 20)?)
        }
        _ => return None,
    })
}

/// `urn:epc:idpat:SCHEME:COMPANY.REST.*`: all instances of a class.
fn of_pattern(scheme: &str, company: &str, rest: &str) -> Option<Key> {
    Some(match scheme {
        "sgtin" | "upui" => Key::plain("01", gtin(company, rest)?),
        "grai" => Key::plain("8003", format!("0{}", checked(company, rest, 12)?)),
        "gdti" => Key::plain("253", checked(company, rest, 12)?),
        "sgcn" => Key::plain("255", checked(company, rest, 12)?),
        "cpi" => Key::plain(
            "8010",
            format!("{company}{}", component(rest, 30 - company.len())?),
        ),
        "itip" => {
            let (piece, serial) = piece_of_item(company, rest)?;
            if serial.is_some() {
                return None;
            }
            Key::plain("8006", piece)
        }
        _ => return None,
    })
}

/// `ITEM.PIECE.TOTAL` and, if there, `.SERIAL` of an individual trade item piece.
fn piece_of_item<'r>(company: &str, rest: &'r str) -> Option<(String, Option<&'r str>)> {
    let mut parts = rest.splitn(4, '.');
    let (item, piece, total) = (parts.next()?, parts.next()?, parts.next()?);
    if piece.len() != 2 || total.len() != 2 || !is_digits(piece) || !is_digits(total) {
        return None;
    }
    Some((
        format!("{}{piece}{total}", gtin(company, item)?),
        parts.next(),
    ))
}

/// GTIN-14: the first digit of the item reference goes to the front.
fn gtin(company: &str, item: &str) -> Option<String> {
    extended(company, item, 13)
}

/// `COMPANY` and `reference`, whose first digit goes to the front, and the check digit.
fn extended(company: &str, reference: &str, digits: usize) -> Option<String> {
    let (first, rest) = reference.split_at_checked(1)?;
    checked(&format!("{first}{company}"), rest, digits)
}

/// `company` and `reference`, `digits` long together, and the check digit.
fn checked(company: &str, reference: &str, digits: usize) -> Option<String> {
    let mut key = format!("{company}{reference}");
    if key.len() != digits || !is_digits(&key) {
        return None;
    }
    key.push(check_digit(&key));
    Some(key)
}

/// The check digit behind `digits` (GS1 General Specifications section 7.9.1): weights 3 and 1
/// from the right, up to the next multiple of ten.
fn check_digit(digits: &str) -> char {
    let weighted = |(index, byte): (usize, u8)| {
        let digit = u32::from(byte.wrapping_sub(b'0'));
        if index % 2 == 0 { digit * 3 } else { digit }
    };
    let sum: u32 = digits.bytes().rev().enumerate().map(weighted).sum();
    char::from_digit((10 - sum % 10) % 10, 10).unwrap_or('0')
}

/// A primary key of GS1 Digital Link.
struct Primary {
    identifier: &'static str,
    /// Short name that GS1 Digital Link once allowed instead.
    name: &'static str,
    value: Value,
    /// Qualifiers from the finest down, with their short names.
    qualifiers: &'static [Qualifier],
}

struct Qualifier {
    identifier: &'static str,
    name: &'static str,
    value: Value,
    /// Not part of the canonical form, such as the consumer product variant.
    is_dropped: bool,
}

/// What the value of an application identifier looks like.
#[derive(Clone, Copy)]
enum Value {
    /// A GTIN of 8, 12, 13 or 14 digits.
    Gtin,
    /// So many digits, then up to so many characters.
    Mixed { digits: usize, more: usize },
    /// So many digits, then up to so many digits.
    Digits { digits: usize, more: usize },
}

const fn qualifier(identifier: &'static str, name: &'static str, value: Value) -> Qualifier {
    Qualifier {
        identifier,
        name,
        value,
        is_dropped: false,
    }
}

const SERIAL: Qualifier = qualifier(
    "21",
    "ser",
    Value::Mixed {
        digits: 0,
        more: 20,
    },
);
const LOT: Qualifier = qualifier(
    "10",
    "lot",
    Value::Mixed {
        digits: 0,
        more: 20,
    },
);
const VARIANT: Qualifier = Qualifier {
    identifier: "22",
    name: "cpv",
    value: Value::Mixed {
        digits: 0,
        more: 20,
    },
    is_dropped: true,
};
const THIRD_PARTY_EXTENSION: Qualifier = qualifier(
    "235",
    "tpx",
    Value::Mixed {
        digits: 0,
        more: 28,
    },
);
const LOCATION_EXTENSION: Qualifier = qualifier(
    "254",
    "glnx",
    Value::Mixed {
        digits: 0,
        more: 20,
    },
);
const PART_SERIAL: Qualifier = qualifier(
    "8011",
    "cpsn",
    Value::Digits {
        digits: 1,
        more: 11,
    },
);

const fn primary(
    identifier: &'static str,
    name: &'static str,
    value: Value,
    qualifiers: &'static [Qualifier],
) -> Primary {
    Primary {
        identifier,
        name,
        value,
        qualifiers,
    }
}

const fn exactly(digits: usize) -> Value {
    Value::Digits { digits, more: 0 }
}

static PRIMARIES: &[Primary] = &[
    primary("00", "sscc", exactly(18), &[]),
    primary(
        "01",
        "gtin",
        Value::Gtin,
        &[SERIAL, THIRD_PARTY_EXTENSION, LOT, VARIANT],
    ),
    primary(
        "253",
        "gdti",
        Value::Mixed {
            digits: 13,
            more: 20,
        },
        &[],
    ),
    primary(
        "255",
        "gcn",
        Value::Digits {
            digits: 13,
            more: 12,
        },
        &[],
    ),
    primary(
        "401",
        "ginc",
        Value::Mixed {
            digits: 4,
            more: 26,
        },
        &[],
    ),
    primary("402", "gsin", exactly(17), &[]),
    primary("414", "gln", exactly(13), &[LOCATION_EXTENSION]),
    primary("417", "party", exactly(13), &[]),
    primary(
        "8003",
        "grai",
        Value::Mixed {
            digits: 14,
            more: 16,
        },
        &[],
    ),
    primary(
        "8004",
        "giai",
        Value::Mixed {
            digits: 4,
            more: 26,
        },
        &[],
    ),
    primary("8006", "itip", exactly(18), &[SERIAL, LOT, VARIANT]),
    primary(
        "8010",
        "cpid",
        Value::Mixed {
            digits: 4,
            more: 26,
        },
        &[PART_SERIAL],
    ),
    primary("8017", "gsrnp", exactly(18), &[]),
    primary("8018", "gsrn", exactly(18), &[]),
];

/// The key of a GS1 Digital Link URI of any domain.
fn of_digital_link(uri: &str) -> Option<Key> {
    let rest =
        split_ignoring_case(uri, "https://").or_else(|| split_ignoring_case(uri, "http://"))?;
    let resource = rest.split(['?', '#']).next()?;
    let (_authority, path) = resource.split_once('/')?;
    let segments: Vec<&str> = path.strip_suffix('/').unwrap_or(path).split('/').collect();
    // The key may stand behind a path of the resolver's own.
    (0..segments.len()).find_map(|start| of_segments(segments.get(start..)?))
}

fn of_segments(segments: &[&str]) -> Option<Key> {
    let (name, rest) = segments.split_first()?;
    let primary = PRIMARIES
        .iter()
        .find(|key| key.identifier == *name || key.name == *name)?;
    let (value, rest) = rest.split_first()?;
    let value = primary.value.canonical(value)?;
    if rest.len() > 2 * primary.qualifiers.len() || rest.len() % 2 != 0 {
        return None;
    }
    let mut finest: Option<(usize, String)> = None;
    for pair in rest.chunks_exact(2) {
        let (name, value) = (pair.first()?, pair.last()?);
        let rank = primary
            .qualifiers
            .iter()
            .position(|known| known.identifier == *name || known.name == *name)?;
        let known = primary.qualifiers.get(rank)?;
        let value = known.value.canonical(value)?;
        if !known.is_dropped && finest.as_ref().is_none_or(|(best, _)| rank < *best) {
            finest = Some((rank, value));
        }
    }
    let qualifier = match finest {
        Some((rank, value)) => Some((primary.qualifiers.get(rank)?.identifier, value)),
        None => None,
    };
    Some(Key {
        identifier: primary.identifier,
        value,
        qualifier,
    })
}

impl Value {
    /// `text` in its canonical spelling; `None` where it is no such value.
    fn canonical(self, text: &str) -> Option<String> {
        match self {
            Self::Gtin => {
                let is_gtin = matches!(text.len(), 8 | 12 | 13 | 14) && is_digits(text);
                is_gtin.then(|| format!("{text:0>14}"))
            }
            Self::Mixed { digits, more } => {
                let (head, tail) = text.split_at_checked(digits)?;
                if !is_digits(head) {
                    return None;
                }
                match (tail, digits) {
                    ("", 0) => None,
                    ("", _) => Some(head.to_owned()),
                    _ => Some(format!("{head}{}", component(tail, more)?)),
                }
            }
            Self::Digits { digits, more } => {
                let is_long_enough = (digits..=digits + more).contains(&text.len());
                (is_long_enough && is_digits(text)).then(|| text.to_owned())
            }
        }
    }
}

/// One to `max` characters of the GS1 character set 82 (General Specifications figure 7.11-1) with
/// one spelling each: percent escapes undone, then done again where GS1 Digital Link wants them.
fn component(text: &str, max: usize) -> Option<String> {
    let mut written = String::with_capacity(text.len());
    let mut bytes = text.bytes();
    let mut count: usize = 0;
    while let Some(byte) = bytes.next() {
        let byte = match byte {
            b'%' => hex_digit(bytes.next()?)? * 16 + hex_digit(bytes.next()?)?,
            // These must come as escapes, or they would end the component.
            b'/' | b'?' => return None,
            _ => byte,
        };
        match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => written.push(char::from(byte)),
            b'\'' | b'-' | b'.' | b';' | b'=' | b'_' => written.push(char::from(byte)),
            b'!' | b'"' | b'#' | b'%' | b'&' | b'(' | b')' | b'*' | b'+' | b',' | b'/' | b':'
            | b'<' | b'>' | b'?' => write!(written, "%{byte:02X}").ok()?,
            _ => return None,
        }
        count += 1;
    }
    (1..=max).contains(&count).then_some(written)
}

/// One to `max` digits.
fn number(text: &str, max: usize) -> Option<String> {
    ((1..=max).contains(&text.len()) && is_digits(text)).then(|| text.to_owned())
}

fn hex_digit(byte: u8) -> Option<u8> {
    let digit = char::from(byte).to_digit(16)?;
    u8::try_from(digit).ok()
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

fn split_ignoring_case<'t>(text: &'t str, prefix: &str) -> Option<&'t str> {
    let (head, rest) = text.split_at_checked(prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then_some(rest)
}
