//! Why a command could not do its work.

use std::fmt;

/// The two ways to fail, told apart because only one of them may be excused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Failure {
    /// Something went wrong: a test, a lint, a program.
    Failed(String),
    /// A tool is not on this machine and could not be installed. Outside CI the step is skipped.
    Missing(String),
}

impl Failure {
    /// The same failure, as a missing tool: for the programs that install one.
    pub(crate) fn into_missing(self) -> Self {
        match self {
            Self::Failed(message) | Self::Missing(message) => Self::Missing(message),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(message) | Self::Missing(message) => formatter.write_str(message),
        }
    }
}
