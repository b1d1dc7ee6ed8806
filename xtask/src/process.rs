//! Running programs.

use crate::failure::Failure;
use std::path::Path;
use std::process::Command;

/// Runs a program to its end, its output going where ours goes.
pub(crate) fn run(command: &mut Command) -> Result<(), Failure> {
    let line = line_of(command);
    println!("$ {line}");
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Failure::Failed(format!("`{line}`: {status}"))),
        Err(error) => Err(Failure::Failed(format!("`{line}` did not start: {error}"))),
    }
}

/// Runs a program quietly and returns its standard output, or fails with all that it said.
pub(crate) fn capture(command: &mut Command) -> Result<String, Failure> {
    let line = line_of(command);
    match command.output() {
        Ok(output) if output.status.success() => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        Ok(output) => {
            let said = [output.stdout, output.stderr].concat();
            let said = String::from_utf8_lossy(&said);
            Err(Failure::Failed(format!("`{line}`: {}\n{}", output.status, said.trim_end())))
        }
        Err(error) => Err(Failure::Failed(format!("`{line}` did not start: {error}"))),
    }
}

/// The command much as one would type it, for messages only: programs go by their name, and nothing is
/// quoted.
fn line_of(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = program.file_name().unwrap_or(command.get_program());
    let words = std::iter::once(name).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_s_output_is_returned() {
        assert_eq!(capture(Command::new("echo").arg("hello")), Ok("hello\n".to_owned()));
    }

    #[test]
    fn a_failing_program_is_named_with_what_it_said() {
        let failure = capture(Command::new("/bin/sh").args(["-c", "echo oh no >&2; exit 3"])).unwrap_err();
        assert_eq!(failure.to_string(), "`sh -c echo oh no >&2; exit 3`: exit status: 3\noh no");
    }

    #[test]
    fn a_program_that_does_not_exist_is_a_failure() {
        let failure = run(&mut Command::new("no-such-program")).unwrap_err();
        assert!(failure.to_string().starts_with("`no-such-program` did not start: "));
    }
}
