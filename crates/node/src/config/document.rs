//! The file and the environment as texts by key, with the place where each stands.

use super::{ConfigError, KEYS, Key, Origin, Setting};
use std::{collections::BTreeMap, ffi::OsString, path::Path};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// Every variable of ours begins so.
const PREFIX: &str = "QIANTANG_";

/// One mistyped letter is a misspelling, and one more for every so many letters of the name.
const LETTERS_PER_MISTAKE: usize = 4;

/// What was set, by section and name.
#[derive(Debug, Default)]
pub(super) struct Values(BTreeMap<(&'static str, &'static str), Set>);

#[derive(Debug)]
struct Set {
    texts: Vec<String>,
    at: Origin,
}

impl Values {
    /// Takes what a file says.
    pub(super) fn read_file(&mut self, path: &Path, text: &str) -> Result<(), ConfigError> {
        let at = |offset: usize| Origin::in_file(path, line(text, offset));
        let document = DeTable::parse(text).map_err(|error| ConfigError::Syntax {
            at: at(error.span().map_or(0, |span| span.start)),
            reason: error.message().to_owned(),
        })?;
        for (section, content) in document.get_ref() {
            let here = at(section.span().start);
            let name = section.get_ref().as_ref();
            let Some(table) = content.get_ref().as_table() else {
                return Err(outside(name, here));
            };
            if !KEYS.iter().any(|key| key.section == name) {
                let nearest = nearest(name, KEYS.iter().map(|key| key.section.to_owned()));
                return Err(ConfigError::UnknownSection {
                    at: here,
                    name: name.to_owned(),
                    nearest,
                });
            }
            for (key, value) in table {
                let here = at(key.span().start);
                let key = known(name, key.get_ref(), &here)?;
                self.set(key, value, at(value.span().start))?;
            }
        }
        Ok(())
    }

    fn set(
        &mut self,
        key: &'static Key,
        value: &Spanned<DeValue<'_>>,
        at: Origin,
    ) -> Result<(), ConfigError> {
        let texts = match (key.is_list(), value.get_ref()) {
            (true, DeValue::Array(values)) => {
                values.iter().map(|value| scalar(key, value)).collect()
            }
            (false, _) => scalar(key, value).map(|text| vec![text]),
            _ => None,
        };
        let texts = texts.ok_or_else(|| ConfigError::Value {
            at: at.clone(),
            key: key.path(),
            value: shown(value.get_ref()),
            kind: key.kind,
        })?;
        self.0.insert((key.section, key.name), Set { texts, at });
        Ok(())
    }

    /// Takes what the environment says. Variables of ours that belong to no section are others'
    /// business.
    pub(super) fn read_environment(
        &mut self,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<(), ConfigError> {
        for (variable, value) in environment {
            let Some(variable) = variable.to_str() else {
                continue;
            };
            let Some(name) = variable.strip_prefix(PREFIX) else {
                continue;
            };
            let of_section = |key: &&Key| {
                let section = key.section.to_uppercase();
                name.strip_prefix(&section)
                    .is_some_and(|rest| rest.starts_with('_'))
            };
            if !KEYS.iter().any(|key| of_section(&key)) {
                continue;
            }
            let at = Origin::Environment {
                variable: variable.to_owned(),
            };
            let Some(key) = KEYS.iter().find(|key| key.variable() == variable) else {
                return Err(ConfigError::UnknownKey {
                    at,
                    name: variable.to_owned(),
                    nearest: nearest(variable, KEYS.iter().map(Key::variable)),
                });
            };
            let text = value.to_str().ok_or_else(|| ConfigError::Value {
                at: at.clone(),
                key: key.path(),
                value: value.to_string_lossy().into_owned(),
                kind: key.kind,
            })?;
            let texts = if key.is_list() {
                let parts = text.split(',').map(str::trim);
                let parts = parts.filter(|part| !part.is_empty());
                parts.map(str::to_owned).collect()
            } else {
                vec![text.to_owned()]
            };
            self.0.insert((key.section, key.name), Set { texts, at });
        }
        Ok(())
    }

    /// Every key with what holds for it.
    pub(super) fn settings(&self) -> Vec<Setting> {
        let setting = |key: &'static Key| {
            let set = self.0.get(&(key.section, key.name));
            let default = || match key.is_list() {
                true => Vec::new(),
                false => vec![self.text(key.section, key.name).to_owned()],
            };
            Setting {
                key,
                texts: set.map_or_else(default, |set| set.texts.clone()),
                origin: set.map_or(Origin::Default, |set| set.at.clone()),
            }
        };
        KEYS.iter().map(setting).collect()
    }

    /// The text of a key, or of its default.
    pub(super) fn text(&self, section: &'static str, name: &'static str) -> &str {
        match self.0.get(&(section, name)) {
            Some(set) => set.texts.first().map_or("", String::as_str),
            None => find(section, name).map_or("", |key| key.default.trim_matches('"')),
        }
    }

    /// The value of a key.
    pub(super) fn parsed<T>(
        &self,
        section: &'static str,
        name: &'static str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<T, ConfigError> {
        parse(self.text(section, name)).ok_or_else(|| self.refused(section, name))
    }

    /// The values of a key that holds a list, which is empty by default.
    pub(super) fn list<T>(
        &self,
        section: &'static str,
        name: &'static str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Vec<T>, ConfigError> {
        let texts = self.0.get(&(section, name)).map(|set| set.texts.as_slice());
        let values = texts.unwrap_or_default().iter();
        values
            .map(|text| parse(text).ok_or_else(|| self.refuse(section, name, text)))
            .collect()
    }

    /// Says that the value of a key does not fit.
    pub(super) fn refused(&self, section: &'static str, name: &'static str) -> ConfigError {
        self.refuse(section, name, self.text(section, name))
    }

    fn refuse(&self, section: &'static str, name: &'static str, value: &str) -> ConfigError {
        let at = self.0.get(&(section, name)).map(|set| set.at.clone());
        ConfigError::Value {
            at: at.unwrap_or(Origin::Default),
            key: format!("{section}.{name}"),
            value: value.to_owned(),
            kind: find(section, name).map_or(super::Kind::Text, |key| key.kind),
        }
    }
}

fn find(section: &str, name: &str) -> Option<&'static Key> {
    KEYS.iter()
        .find(|key| key.section == section && key.name == name)
}

fn known(section: &str, name: &str, at: &Origin) -> Result<&'static Key, ConfigError> {
    find(section, name).ok_or_else(|| {
        let path = format!("{section}.{name}");
        // A key may also have gone astray into another section.
        let elsewhere = KEYS.iter().find(|key| key.name == name).map(Key::path);
        let same_section = KEYS.iter().filter(|key| key.section == section);
        let nearest = nearest(&path, same_section.map(Key::path)).or(elsewhere);
        ConfigError::UnknownKey {
            at: at.clone(),
            nearest: nearest.or_else(|| self::nearest(&path, KEYS.iter().map(Key::path))),
            name: path,
        }
    })
}

/// A key that stands before the first section.
fn outside(name: &str, at: Origin) -> ConfigError {
    let elsewhere = KEYS.iter().find(|key| key.name == name).map(Key::path);
    ConfigError::UnknownKey {
        at,
        name: name.to_owned(),
        nearest: elsewhere.or_else(|| nearest(name, KEYS.iter().map(|key| key.name.to_owned()))),
    }
}

/// The known name that is most like the one that was written.
fn nearest(written: &str, known: impl Iterator<Item = String>) -> Option<String> {
    known
        .map(|name| (strsim::osa_distance(written, &name), name))
        .filter(|(mistakes, name)| *mistakes <= (name.len() / LETTERS_PER_MISTAKE).max(1))
        .min_by_key(|(mistakes, _)| *mistakes)
        .map(|(_, name)| name)
}

/// The text of a value that has the TOML type of its key.
fn scalar(key: &Key, value: &Spanned<DeValue<'_>>) -> Option<String> {
    use super::Kind;
    match (key.kind, value.get_ref()) {
        (Kind::Flag, DeValue::Boolean(flag)) => Some(flag.to_string()),
        (Kind::Count | Kind::Bytes, DeValue::Integer(number)) if number.radix() == 10 => {
            Some(number.as_str().replace('_', ""))
        }
        (Kind::Flag | Kind::Count, _) => None,
        (_, DeValue::String(text)) => Some(text.as_ref().to_owned()),
        _ => None,
    }
}

/// A value as an error repeats it.
fn shown(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => text.as_ref().to_owned(),
        DeValue::Integer(number) => number.as_str().to_owned(),
        DeValue::Float(number) => number.as_str().to_owned(),
        DeValue::Boolean(flag) => flag.to_string(),
        DeValue::Datetime(time) => time.to_string(),
        DeValue::Array(values) => {
            let values: Vec<_> = values.iter().map(|value| shown(value.get_ref())).collect();
            format!("[{}]", values.join(", "))
        }
        DeValue::Table(_) => "{…}".to_owned(),
    }
}

/// The line of an offset, from 1.
fn line(text: &str, offset: usize) -> usize {
    let before = text.as_bytes().get(..offset).unwrap_or_default();
    let breaks = before.iter().filter(|byte| **byte == b'\n').count();
    breaks.saturating_add(1)
}
