//! The `hospes` executable; everything is in the library.

/// Requests allocate much and briefly; this allocator is made for that.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    hospes_server::cli::main()
}
