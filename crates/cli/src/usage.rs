//! From words to arguments, and what is said when the words make no sense.

use crate::{
    arguments::Arguments,
    failure::Failure,
    messages::{Lang, Message, localise},
    output::Output,
};
use clap::{
    CommandFactory as _, FromArgMatches as _,
    error::{ContextKind, ContextValue, ErrorKind},
};
use std::{ffi::OsString, process::ExitCode};

/// Exit code for arguments that make no sense.
const USAGE: u8 = 2;

/// Parses the words, or answers with the code to end with after help or an error was shown.
pub(crate) fn parse(words: &[OsString], lang: Lang) -> Result<Arguments, ExitCode> {
    let command = localise(Arguments::command(), lang);
    let parsed = command
        .try_get_matches_from(words)
        .and_then(|matches| Arguments::from_arg_matches(&matches));
    parsed.map_err(|error| {
        let output = Output {
            lang,
            json: words.iter().any(|word| word == "--json"),
        };
        match error.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
                let text = error.render().to_string();
                output
                    .raw(text.as_bytes())
                    .map_or(ExitCode::FAILURE, |()| ExitCode::SUCCESS)
            }
            ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
                output.talk(error.render().to_string().trim_end());
                ExitCode::from(USAGE)
            }
            _ => {
                output.fail(&explain(&error, words, lang));
                ExitCode::from(USAGE)
            }
        }
    })
}

fn explain(error: &clap::Error, words: &[OsString], lang: Lang) -> Failure {
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(texts)) => texts.join(" "),
        _ => String::new(),
    };
    let argument = context(ContextKind::InvalidArg);
    let (message, arguments) = match error.kind() {
        ErrorKind::UnknownArgument => (Message::UnknownArgument, vec![argument]),
        ErrorKind::InvalidSubcommand => (
            Message::UnknownCommand,
            vec![context(ContextKind::InvalidSubcommand)],
        ),
        ErrorKind::MissingRequiredArgument => (Message::MissingArgument, vec![argument]),
        ErrorKind::InvalidValue if context(ContextKind::InvalidValue).is_empty() => {
            (Message::MissingArgument, vec![argument])
        }
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => (
            Message::InvalidValue,
            vec![context(ContextKind::InvalidValue), argument],
        ),
        ErrorKind::MissingSubcommand => (Message::MissingCommand, vec![]),
        _ => {
            let text = error.render().to_string();
            let text = text
                .trim_start_matches("error: ")
                .lines()
                .next()
                .unwrap_or_default();
            return Failure {
                message: text.to_owned(),
                hint: Some(see_help(words, lang)),
            };
        }
    };
    let arguments: Vec<&dyn std::fmt::Display> = arguments.iter().map(|a| a as _).collect();
    let suggestions = [
        ContextKind::SuggestedArg,
        ContextKind::SuggestedSubcommand,
        ContextKind::SuggestedValue,
    ];
    let suggested = suggestions
        .into_iter()
        .map(context)
        .find(|text| !text.is_empty());
    let hint = match suggested {
        Some(suggested) => lang.say(Message::DidYouMean, &[&suggested]),
        None => see_help(words, lang),
    };
    Failure {
        message: lang.say(message, &arguments),
        hint: Some(hint),
    }
}

/// Names the help of the command that was meant.
fn see_help(words: &[OsString], lang: Lang) -> String {
    let mut command = Arguments::command();
    let mut path = vec!["qiantang".to_owned()];
    for word in words.iter().skip(1).filter_map(|word| word.to_str()) {
        let Some(found) = command.find_subcommand(word).cloned() else {
            continue;
        };
        path.push(word.to_owned());
        command = found;
    }
    lang.say(Message::SeeHelp, &[&path.join(" ")])
}
