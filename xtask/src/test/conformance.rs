//! The step that runs `conformance/`: example clients, the official SDK and generated requests against
//! a server that was started as its users start it.

use super::Coverage;
use crate::failure::Failure;
use crate::postgres::{Cluster, Durability};
use crate::process::run as run_program;
use crate::setup;
use crate::workspace::Workspace;
use std::path::Path;

/// What the example clients are written in, with the package that brings it.
const LANGUAGES: [(&str, &str); 3] =
    [("node", "nodejs"), ("javac", "default-jdk-headless"), ("go", "golang-go")];
/// The files that run on PostgreSQL too. Generated requests take their time, and what they look for does
/// not depend on the database.
const ON_BOTH: [&str; 2] = ["test_examples.py", "test_sdk.py"];

pub(super) fn run(workspace: &Workspace) -> Result<Coverage, Failure> {
    run_program(workspace.cargo().args(["build", "--package", "hospes-server"]))?;
    let missing = LANGUAGES
        .iter()
        .filter_map(|(name, package)| setup::program(workspace, name, package).err())
        .map(|failure| failure.to_string())
        .collect::<Vec<_>>();
    let folder = workspace.root.join("conformance");
    let environment = workspace.target.join("conformance-venv");
    let python = setup::python_environment(workspace, &environment, &folder.join("requirements.txt"))?;

    // The second run takes place even if the first one failed: it may fail for other reasons.
    let sqlite = pytest(workspace, &python, None, &[]);
    let postgres = Cluster::start(workspace, Durability::None).and_then(|cluster| {
        let database = cluster.create_database("conformance")?;
        pytest(workspace, &python, Some(&database), &ON_BOTH)
    });
    let mut left_out = missing;
    match (sqlite, postgres) {
        (sqlite, Err(Failure::Missing(reason))) => {
            sqlite?;
            left_out.push(format!("not on PostgreSQL: {reason}"));
        }
        (Err(one), Err(other)) => {
            return Err(Failure::Failed(format!("on SQLite: {one}\non PostgreSQL: {other}")));
        }
        (Err(failure), Ok(())) => return Err(Failure::Failed(format!("on SQLite: {failure}"))),
        (Ok(()), Err(failure)) => return Err(Failure::Failed(format!("on PostgreSQL: {failure}"))),
        (Ok(()), Ok(())) => {}
    }
    if left_out.is_empty() { Ok(Coverage::Full) } else { Ok(Coverage::Part(left_out.join("; "))) }
}

/// Runs some files, or all, on one database.
fn pytest(
    workspace: &Workspace,
    python: &Path,
    database: Option<&str>,
    files: &[&str],
) -> Result<(), Failure> {
    let mut command = workspace.command(python);
    command.args(["-m", "pytest"]).args(files).current_dir(workspace.root.join("conformance"));
    command.env("HOSPES_BIN", workspace.target.join("debug").join("hospes"));
    match database {
        Some(database) => command.env("HOSPES_DATABASE_URL", database),
        None => command.env_remove("HOSPES_DATABASE_URL"),
    };
    run_program(&mut command)
}
