//! Every sentence that a person reads, in each language. The one place where human text lives.

/// Makes a table of sentences: key, English, Chinese.
macro_rules! sentences {
    ($table:ident; $($key:ident: $en:literal, $zh:literal;)*) => {
        /// A sentence; arguments go to the places `{0}`, `{1}` and so on.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum $table { $($key),* }

        #[cfg(test)]
        impl $table {
            /// All of them.
            pub(crate) const ALL: &[Self] = &[$(Self::$key),*];
        }

        impl $crate::messages::Sentence for $table {
            fn template(self, lang: $crate::messages::Lang) -> &'static str {
                match (self, lang) {
                    $((Self::$key, $crate::messages::Lang::En) => $en,
                    (Self::$key, $crate::messages::Lang::Zh) => $zh,)*
                }
            }
        }
    };
}
pub(crate) use sentences;

mod acts;
pub(crate) mod config;
mod doctor;
mod evidence;
pub(crate) mod goods;
mod help;
mod network;
mod operate;
pub(crate) mod refusals;
mod table;
pub(crate) mod words;

pub(crate) use acts::{
    ApprovalsAct, GovernanceAct, IdentityAct, PolicyAct, ScheduleAct, TraceAct, denial,
};
pub(crate) use config::ConfigMessage;
pub(crate) use doctor::DoctorMessage;
pub(crate) use evidence::EvidenceMessage;

pub(crate) use help::localise;
pub(crate) use network::NetworkMessage;
pub(crate) use operate::OperateMessage;
pub(crate) use table::Message;
pub(crate) use words::Words;

use std::{ffi::OsString, fmt::Display};

/// A sentence of one of the tables.
pub(crate) trait Sentence: Copy {
    /// Its text with places for arguments.
    fn template(self, lang: Lang) -> &'static str;
}

/// A language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lang {
    En,
    Zh,
}

impl Lang {
    /// The language that the arguments name, or else the environment.
    pub(crate) fn detect(arguments: &[OsString]) -> Self {
        let arguments: Vec<&str> = arguments.iter().filter_map(|text| text.to_str()).collect();
        let mut named = arguments.iter().enumerate().filter_map(|(index, word)| {
            match word.strip_prefix("--lang")? {
                "" => arguments.get(index.saturating_add(1)).copied(),
                value => value.strip_prefix('='),
            }
        });
        if let Some(named) = named.next_back() {
            return Self::of(named);
        }
        let set = |name: &&str| std::env::var(name).ok().filter(|value| !value.is_empty());
        ["LC_ALL", "LC_MESSAGES", "LANG"]
            .iter()
            .find_map(set)
            .map_or(Self::En, |text| Self::of(&text))
    }

    fn of(text: &str) -> Self {
        if text.starts_with("zh") {
            Self::Zh
        } else {
            Self::En
        }
    }

    /// A message without arguments.
    pub(crate) fn text(self, message: impl Sentence) -> &'static str {
        message.template(self)
    }

    /// A message with its arguments in the places of `{0}`, `{1}` and so on.
    pub(crate) fn say(self, message: impl Sentence, arguments: &[&dyn Display]) -> String {
        let mut rest = message.template(self);
        let mut text = String::new();
        while let Some((before, after)) = rest.split_once('{') {
            text.push_str(before);
            let (index, tail) = after.split_once('}').unwrap_or((after, ""));
            let argument = index
                .parse()
                .ok()
                .and_then(|index: usize| arguments.get(index));
            text.push_str(&argument.map_or_else(|| format!("{{{index}}}"), ToString::to_string));
            rest = tail;
        }
        text.push_str(rest);
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_take_their_places_in_any_order() {
        let text = Lang::En.say(Message::Height, &[&7]);
        assert_eq!(text, "block 7");
        let words =
            |text: &str| Lang::detect(&text.split(' ').map(OsString::from).collect::<Vec<_>>());
        assert_eq!(words("qiantang --lang zh dev"), Lang::Zh);
        assert_eq!(words("qiantang dev --lang=zh"), Lang::Zh);
        assert_eq!(words("qiantang --lang=zh dev --lang en"), Lang::En);
        assert_eq!(words("qiantang --lang en dev --lang=zh"), Lang::Zh);
    }

    #[test]
    fn both_languages_use_the_same_arguments() {
        let places = |text: &str| {
            let mut found: Vec<_> = text
                .split('{')
                .skip(1)
                .filter_map(|t| t.split('}').next())
                .collect();
            found.sort_unstable();
            found.join(" ")
        };
        fn check<T: Sentence + std::fmt::Debug>(all: &[T], places: impl Fn(&str) -> String) {
            for message in all {
                let (en, zh) = (message.template(Lang::En), message.template(Lang::Zh));
                assert_eq!(places(en), places(zh), "{message:?}");
                assert!(!en.is_empty() && !zh.is_empty());
            }
        }
        check(Message::ALL, places);
        check(EvidenceMessage::ALL, places);
        check(ConfigMessage::ALL, places);
        check(DoctorMessage::ALL, places);
        check(OperateMessage::ALL, places);
        check(NetworkMessage::ALL, places);
        check(IdentityAct::ALL, places);
        check(GovernanceAct::ALL, places);
        check(PolicyAct::ALL, places);
        check(ScheduleAct::ALL, places);
        check(ApprovalsAct::ALL, places);
        check(TraceAct::ALL, places);
    }
}
