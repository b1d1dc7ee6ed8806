//! The steps that look at what the workspace depends on.

use super::Coverage;
use crate::failure::Failure;
use crate::process::run;
use crate::setup;
use crate::workspace::Workspace;

const DENY_VERSION: &str = "0.20.2";
const MACHETE_VERSION: &str = "0.9.2";

/// Checks what `deny.toml` says.
///
/// The fourth check, for security advisories, is left out: it needs a database that is fetched from the
/// network and changes under the same code, so it is no test. Run `cargo deny check advisories` now and
/// then.
pub(super) fn deny(workspace: &Workspace) -> Result<Coverage, Failure> {
    let program = setup::cargo_tool(workspace, "cargo-deny", DENY_VERSION)?;
    println!(
        "Advisories are not checked, they need a database from the network: cargo deny check advisories"
    );
    let mut command = workspace.command(program);
    run(command.args(["--workspace", "check", "--hide-inclusion-graph", "licenses", "bans", "sources"]))?;
    Ok(Coverage::Full)
}

pub(super) fn machete(workspace: &Workspace) -> Result<Coverage, Failure> {
    let program = setup::cargo_tool(workspace, "cargo-machete", MACHETE_VERSION)?;
    run(workspace.command(program).args(["--skip-target-dir", "crates", "xtask", "bench"]))?;
    Ok(Coverage::Full)
}
