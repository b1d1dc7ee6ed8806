//! The step that runs `browser/`: guests' pages in a real Chromium, with mail through a real SMTP server.

use super::Coverage;
use crate::failure::Failure;
use crate::process::run as run_program;
use crate::setup;
use crate::workspace::Workspace;

pub(super) fn run(workspace: &Workspace) -> Result<Coverage, Failure> {
    run_program(workspace.cargo().args(["build", "--package", "hospes-server"]))?;
    setup::program(workspace, "chromium", "chromium")?;
    let folder = workspace.root.join("browser");
    let environment = workspace.target.join("browser-venv");
    let python = setup::python_environment(workspace, &environment, &folder.join("requirements.txt"))?;
    let mut command = workspace.command(&python);
    command.args(["-m", "pytest"]).current_dir(folder);
    command.env("HOSPES_BIN", workspace.target.join("debug").join("hospes"));
    command.env("HOSPES_PAGES", workspace.target.join("browser-pages"));
    run_program(&mut command)?;
    Ok(Coverage::Full)
}
