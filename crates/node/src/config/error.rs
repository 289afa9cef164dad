//! What is wrong with a configuration, and where.

use super::Kind;
use std::{
    fmt,
    path::{Path, PathBuf},
};

/// Where a value or a name stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// In a file.
    File {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// In the environment.
    Environment {
        /// The variable.
        variable: String,
    },
    /// Nowhere: it is a default.
    Default,
}

impl Origin {
    pub(super) fn in_file(path: &Path, line: usize) -> Self {
        Self::File {
            path: path.to_path_buf(),
            line,
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, line } => write!(f, "{}:{line}", path.display()),
            Self::Environment { variable } => write!(f, "${variable}"),
            Self::Default => f.write_str("default"),
        }
    }
}

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file.
    #[error("cannot read {}: {source}; `qiantang config default` prints one", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// No TOML.
    #[error("{at}: {reason}")]
    Syntax {
        /// Where.
        at: Origin,
        /// What the parser said.
        reason: String,
    },
    /// A section that nobody knows.
    #[error("{at}: there is no section [{name}]{}", did_you_mean(nearest.as_deref()))]
    UnknownSection {
        /// Where.
        at: Origin,
        /// What was written.
        name: String,
        /// What was perhaps meant.
        nearest: Option<String>,
    },
    /// A key that nobody knows.
    #[error("{at}: there is no key `{name}`{}", did_you_mean(nearest.as_deref()))]
    UnknownKey {
        /// Where.
        at: Origin,
        /// What was written, with its section; for the environment the variable.
        name: String,
        /// What was perhaps meant.
        nearest: Option<String>,
    },
    /// A value that does not fit.
    #[error("{at}: `{value}` does not fit {key}; write {kind}")]
    Value {
        /// Where.
        at: Origin,
        /// The key with its section.
        key: String,
        /// What was written.
        value: String,
        /// What fits.
        kind: Kind,
    },
}

fn did_you_mean(nearest: Option<&str>) -> String {
    nearest.map_or_else(
        || "; `qiantang config default` lists what there is".to_owned(),
        |nearest| format!("; did you mean `{nearest}`?"),
    )
}
