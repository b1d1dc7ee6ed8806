//! Hospes' own build commands, run as `cargo xtask COMMAND`.
//!
//! One module a command, and one for each thing that commands share: where the workspace is
//! ([`workspace`]), running programs ([`process`]), installing what a bare machine lacks ([`setup`])
//! and a PostgreSQL to throw away ([`postgres`]). Nothing but the standard library, so that the first
//! command on a fresh clone starts within seconds.

mod bench;
mod failure;
mod openapi;
mod postgres;
mod process;
mod setup;
mod test;
mod workspace;

use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask COMMAND

  test [--only STEP[,STEP]] [--list]    run all tests, installing what they need
  bench [--guests N[,N]] [--processes N[,N]] [--workplaces N] [--mails N[,N]] [--uploads MB[,MB]] [--rounds N] [--seconds N] [--only ROW[,ROW]] [--postgres] [--out DIR]
                                        measure the release binary beside its peers
  openapi                               write the OpenAPI document that a test holds the server to";

/// The exit code of a command line that makes no sense.
const USAGE_EXIT_CODE: u8 = 2;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let command = arguments.first().map(String::as_str);
    let rest = arguments.get(1..).unwrap_or_default();
    match command {
        Some("test") => test::main(rest),
        Some("bench") => bench::main(rest),
        Some("openapi") => openapi::main(rest),
        Some("help" | "--help" | "-h") => {
            println!("{USAGE}");
            ExitCode::SUCCESS
        }
        _ => {
            eprintln!("{USAGE}");
            ExitCode::from(USAGE_EXIT_CODE)
        }
    }
}
