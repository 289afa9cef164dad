//! What the standard accepts as a URI (RFC 3986).

/// Whether `text` is an absolute URI: a scheme, a colon, then only characters that RFC 3986 allows,
/// which are all ASCII.
pub(super) fn is_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else {
        return false;
    };
    let mut scheme = scheme.bytes();
    scheme.next().is_some_and(|byte| byte.is_ascii_alphabetic())
        && scheme.all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
        && is_hierarchy(rest)
}

/// Whether `text` is a URI or a blank node such as `_:document1`, which names something within
/// one document only (JSON-LD 1.1 section 3.3).
pub(super) fn is_uri_or_blank_node(text: &str) -> bool {
    match text.strip_prefix("_:") {
        Some(label) => {
            !label.is_empty()
                && label
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte))
        }
        None => is_uri(text),
    }
}

fn is_hierarchy(text: &str) -> bool {
    let authority = text.strip_prefix("//").map_or("", |rest| {
        rest.split(['/', '?', '#']).next().unwrap_or_default()
    });
    let mut fragments: usize = 0;
    let mut bytes = text.bytes().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'%' => {
                let is_hex =
                    |next: Option<(usize, u8)>| next.is_some_and(|(_, b)| b.is_ascii_hexdigit());
                if !is_hex(bytes.next()) || !is_hex(bytes.next()) {
                    return false;
                }
            }
            b'#' => fragments += 1,
            // Brackets stand around IPv6 addresses only.
            b'[' | b']' if !authority.is_empty() && at < authority.len() + 2 => {}
            _ if byte.is_ascii_alphanumeric() || b"-._~:/?@!$&'()*+,;=".contains(&byte) => {}
            _ => return false,
        }
    }
    fragments <= 1
}
