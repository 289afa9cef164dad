//! `qiantang config`: a node's configuration.

use crate::{
    failure::Failure,
    messages::{ConfigMessage as M, config},
    output::{Output, table},
};
use clap::Subcommand;
use qiantang_node::config::{ConfigError, KEYS, NodeConfig, Setting};
use serde::Serialize;
use std::path::{Path, PathBuf};

#[derive(Debug, Subcommand)]
pub(crate) enum Config {
    Check {
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    Default,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown {
    key: String,
    /// One text, or a list.
    value: serde_json::Value,
    /// `FILE:LINE`, `$VARIABLE` or `default`.
    origin: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Described {
    key: String,
    default: &'static str,
    variable: String,
    about: &'static str,
}

/// Runs one of the commands about configurations.
pub(crate) fn run(output: Output, arguments: Config) -> Result<(), Failure> {
    match arguments {
        Config::Check { file } => check(output, &file),
        Config::Default => default(output),
    }
}

/// Reads a configuration with the environment.
pub(crate) fn load(output: Output, path: &Path) -> Result<NodeConfig, Failure> {
    NodeConfig::load(path).map_err(|error| failure(output, &error))
}

fn check(output: Output, path: &Path) -> Result<(), Failure> {
    let loaded = NodeConfig::load_settings(path, std::env::vars_os());
    let (_, settings) = loaded.map_err(|error| failure(output, &error))?;
    let shown: Vec<Shown> = settings.iter().map(show).collect();
    output.data(&shown, || {
        let rows: Vec<(&str, String)> = shown
            .iter()
            .map(|shown| {
                let origin = match shown.origin.as_str() {
                    "default" => output.lang.text(M::Default),
                    other => other,
                };
                (shown.key.as_str(), format!("{}  ({origin})", shown.value))
            })
            .collect();
        table(&output.say(M::Sound, &[&path.display()]), &rows)
    })
}

fn show(setting: &Setting) -> Shown {
    let value = match (setting.key.is_list(), setting.texts.first()) {
        (false, Some(text)) => text.clone().into(),
        _ => setting.texts.clone().into(),
    };
    Shown {
        key: setting.key.path(),
        value,
        origin: setting.origin.to_string(),
    }
}

fn default(output: Output) -> Result<(), Failure> {
    let described = KEYS.iter().map(|key| Described {
        key: key.path(),
        default: key.default,
        variable: key.variable(),
        about: config::describe(&key.path(), output.lang),
    });
    let described: Vec<Described> = described.collect();
    output.data(&described, || document(output, &[]))
}

/// The file with every key and its description; where `set` has a value for a key (by its section
/// and name), that one stands in the place of the default.
pub(crate) fn document(output: Output, set: &[(&str, String)]) -> String {
    let comment = |text: &str| text.lines().map(|line| format!("# {line}\n")).collect();
    let mut text: String = comment(output.lang.text(M::Head));
    let mut section = "";
    for key in KEYS {
        if key.section != section {
            section = key.section;
            let about: String = comment(config::describe(section, output.lang));
            text.push_str(&format!("\n{about}[{section}]\n"));
        }
        let path = key.path();
        let about: String = comment(config::describe(&path, output.lang));
        let value = set.iter().find(|(name, _)| *name == path);
        let value = value.map_or(key.default, |(_, value)| value.as_str());
        text.push_str(&about);
        text.push_str(&format!("# {}\n{} = {value}\n", key.variable(), key.name));
    }
    text
}

/// A mistake in the reader's language.
fn failure(output: Output, error: &ConfigError) -> Failure {
    use ConfigError as E;
    let new = |message, arguments: &[&dyn std::fmt::Display]| output.failure(message, arguments);
    let (failure, nearest) = match error {
        E::File { path, source } => (new(M::Unreadable, &[&path.display(), source]), &None),
        E::Syntax { at, reason } => return new(M::Syntax, &[at, reason]),
        E::UnknownSection { at, name, nearest } => (new(M::UnknownSection, &[at, name]), nearest),
        E::UnknownKey { at, name, nearest } => (new(M::UnknownKey, &[at, name]), nearest),
        E::Value {
            at,
            key,
            value,
            kind,
        } => {
            let fits = config::kind(*kind, output.lang);
            return Failure {
                hint: Some(output.say(M::Write, &[&fits])),
                ..new(M::Unfit, &[at, value, key])
            };
        }
    };
    let hint = match nearest {
        Some(nearest) => output.say(crate::messages::Message::DidYouMean, &[nearest]),
        None => output.lang.text(M::PrintDefault).to_owned(),
    };
    Failure {
        hint: Some(hint),
        ..failure
    }
}
