//! `cargo xtask openapi`: writes the OpenAPI document where a test compares it with the server's.

use crate::failure::Failure;
use crate::process::capture;
use crate::workspace::Workspace;
use crate::{USAGE, USAGE_EXIT_CODE};
use std::fs;
use std::process::ExitCode;

/// Below the workspace's root.
const DOCUMENT: &str = "crates/server/tests/api/openapi.json";

/// Runs the command with the arguments that follow its name.
pub(crate) fn main(arguments: &[String]) -> ExitCode {
    if let Some(unknown) = arguments.first() {
        eprintln!("unknown argument {unknown}\n{USAGE}");
        return ExitCode::from(USAGE_EXIT_CODE);
    }
    match write() {
        Ok(()) => {
            println!("written: {DOCUMENT}");
            ExitCode::SUCCESS
        }
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}

fn write() -> Result<(), Failure> {
    let workspace = Workspace::discover()?;
    let hospes = ["run", "--quiet", "--package", "hospes-server", "--", "openapi"];
    let document = capture(workspace.cargo().args(hospes))?;
    fs::write(workspace.root.join(DOCUMENT), document)
        .map_err(|error| Failure::Failed(format!("{DOCUMENT} cannot be written: {error}")))
}
