//! Where things are said: data on stdout, talk on stderr.

use crate::{
    failure::Failure,
    messages::{Lang, Message, Sentence},
};
use alloy_dyn_abi::DynSolValue;
use alloy_primitives::hex;
use console::style;
use indicatif::{ProgressBar, ProgressStyle};
use serde::{Serialize, Serializer};
use std::{
    fmt::Display,
    io::{self, IsTerminal as _, Write as _},
    time::Duration,
};

/// How the user wants to be answered.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    pub(crate) lang: Lang,
    pub(crate) json: bool,
}

impl Output {
    /// A message in the user's language.
    pub(crate) fn say(&self, message: impl Sentence, arguments: &[&dyn Display]) -> String {
        self.lang.say(message, arguments)
    }

    /// A failure in the user's language.
    pub(crate) fn failure(&self, message: impl Sentence, arguments: &[&dyn Display]) -> Failure {
        Failure::new(self.lang, message, arguments)
    }

    /// Prints data: one line of JSON, or text for people.
    pub(crate) fn data(
        &self,
        value: &impl Serialize,
        text: impl FnOnce() -> String,
    ) -> Result<(), Failure> {
        let text = if self.json { json_line(value) } else { text() };
        self.raw(format!("{}\n", text.trim_end()).as_bytes())
    }

    /// Writes bytes to stdout. A reader that has gone away, as `head` does, is no failure.
    pub(crate) fn raw(&self, bytes: &[u8]) -> Result<(), Failure> {
        let mut stdout = io::stdout().lock();
        match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(self.failure(Message::FileWrite, &[&"stdout", &error]))
            }
            _ => Ok(()),
        }
    }

    /// Says something on stderr that is not data.
    pub(crate) fn talk(&self, text: impl Display) {
        let _ = writeln!(io::stderr().lock(), "{text}");
    }

    /// A bar on stderr for long work; invisible where stderr is no terminal.
    pub(crate) fn progress(&self, message: impl Sentence, total: u64) -> ProgressBar {
        let bar = ProgressBar::new(total);
        let template = "{msg} [{bar:32}] {human_pos}/{human_len} {per_sec} {eta}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.set_message(self.lang.text(message));
        bar
    }

    /// As [`Self::progress`], for a number of bytes.
    pub(crate) fn progress_bytes(&self, message: impl Sentence, total: u64) -> ProgressBar {
        let bar = ProgressBar::new(total);
        let template = "{msg} [{bar:32}] {bytes}/{total_bytes} {bytes_per_sec} {eta}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.set_message(self.lang.text(message));
        bar
    }

    /// Says what is about to be signed, and asks for consent where somebody sits at the terminal
    /// and has not given it already. A script is not asked.
    pub(crate) fn consent(&self, sentence: &str, given: bool) -> Result<(), Failure> {
        self.talk(plain(sentence));
        let terminal = console::Term::stderr();
        if given || !io::stdin().is_terminal() || !terminal.is_term() {
            return Ok(());
        }
        let question = format!("{} [y/N] ", self.lang.text(Message::ConsentAsk));
        let answered = terminal
            .write_str(&question)
            .and_then(|()| terminal.read_line())
            .map_err(|error| self.failure(Message::FileRead, &[&"stdin", &error]))?;
        if ["y", "yes", "是"].contains(&answered.trim().to_lowercase().as_str()) {
            Ok(())
        } else {
            Err(self.failure(Message::ConsentRefused, &[]))
        }
    }

    /// A sign of life on stderr for work of unknown length.
    pub(crate) fn spinner(&self, message: impl Sentence) -> ProgressBar {
        let bar = ProgressBar::new_spinner();
        bar.set_message(self.lang.text(message));
        bar.enable_steady_tick(Duration::from_millis(120));
        bar
    }

    /// Says why a command failed, and the way out.
    pub(crate) fn fail(&self, failure: &Failure) {
        if self.json {
            let error = serde_json::json!({ "error": failure.message, "hint": failure.hint });
            self.talk(error);
            return;
        }
        let error = style(self.lang.text(Message::Error))
            .red()
            .bold()
            .for_stderr();
        self.talk(format_args!("{error}: {}", failure.message));
        if let Some(hint) = &failure.hint {
            let word = style(self.lang.text(Message::Hint))
                .cyan()
                .bold()
                .for_stderr();
            self.talk(format_args!("{word}: {hint}"));
        }
    }
}

fn json_line(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|error| {
        serde_json::json!({ "error": format!("the answer has no JSON form: {error}") }).to_string()
    })
}

/// For JSON: a value as people see it, such as an address with its checksum.
pub(crate) fn shown<S: Serializer>(value: &impl Display, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(value)
}

/// For JSON: values as people see them.
pub(crate) fn all_shown<S: Serializer>(values: &[impl Display], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(values.iter().map(ToString::to_string))
}

/// A title and lines of names and values, the values in one column. Chinese characters are two
/// columns wide.
pub(crate) fn table(title: &str, rows: &[(&str, String)]) -> String {
    let width = rows
        .iter()
        .map(|(name, _)| console::measure_text_width(name))
        .max()
        .unwrap_or(0);
    let mut text = format!("{}\n", style(title).bold());
    for (name, value) in rows {
        let gap = " ".repeat(width.saturating_sub(console::measure_text_width(name)));
        text.push_str(&format!("  {}{gap}  {value}\n", style(name).dim()));
    }
    text
}

/// A time in milliseconds as people write it, in UTC.
pub(crate) fn time(milliseconds: u64) -> String {
    let time = std::time::UNIX_EPOCH.checked_add(Duration::from_millis(milliseconds));
    time.map_or_else(
        || format!("{milliseconds} ms"),
        |time| humantime::format_rfc3339_millis(time).to_string(),
    )
}

/// A text from elsewhere for people: control characters are written as escapes.
pub(crate) fn plain(text: &str) -> String {
    let is_unsafe =
        |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars()
        .map(|c| {
            if is_unsafe(c) {
                c.escape_unicode().to_string()
            } else {
                c.to_string()
            }
        })
        .collect()
}

/// A value of the chain for people. Texts stand in quotes.
pub(crate) fn value_text(value: &DynSolValue) -> String {
    let list = |values: &[DynSolValue]| -> String {
        let all: Vec<String> = values.iter().map(value_text).collect();
        all.join(", ")
    };
    match value {
        DynSolValue::Address(address) => address.to_string(),
        DynSolValue::Uint(number, _) => number.to_string(),
        DynSolValue::Int(number, _) => number.to_string(),
        DynSolValue::Bool(yes) => yes.to_string(),
        DynSolValue::String(text) => format!("\"{}\"", plain(text)),
        DynSolValue::Bytes(bytes) => hex::encode_prefixed(bytes),
        DynSolValue::FixedBytes(word, length) => {
            hex::encode_prefixed(word.get(..*length).unwrap_or_default())
        }
        DynSolValue::Array(values) | DynSolValue::FixedArray(values) => {
            format!("[{}]", list(values))
        }
        DynSolValue::Tuple(values) => format!("({})", list(values)),
        other => format!("{other:?}"),
    }
}
