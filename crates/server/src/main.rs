//! The `hospes` executable; everything is in the library.

fn main() -> std::process::ExitCode {
    hospes_server::cli::main()
}
