//! Randomness. The only place that asks the machine for it.

use data_encoding::HEXLOWER;
use hospes_model::GuestCode;
use jiff::Timestamp;

/// Fills a buffer with the operating system's randomness.
///
/// # Panics
///
/// When the operating system has none, which no server should outlive.
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut buffer = [0; N];
    #[expect(clippy::disallowed_methods, reason = "this is the place that owns randomness")]
    let filled = getrandom::fill(&mut buffer);
    assert!(filled.is_ok(), "the operating system gives no randomness");
    buffer
}

/// A new guest code.
pub fn guest_code() -> GuestCode {
    GuestCode::new(bytes())
}

/// The two parts of a new time-ordered id.
pub fn id_parts(now: Timestamp) -> (u64, [u8; 10]) {
    (u64::try_from(now.as_millisecond()).unwrap_or(0), bytes())
}

/// A new access token: a prefix that secret scanners can look for, and 256
/// random bits.
pub fn access_token() -> String {
    secret("hospes_")
}

/// What a new invitation is accepted with, made in the same way.
pub fn invitation_secret() -> String {
    secret("hospes_invitation_")
}

/// 256 random bits in hexadecimal: the cookie of a session or of a browser, or
/// what a mailed link carries.
pub fn guest_secret() -> String {
    secret("")
}

fn secret(prefix: &str) -> String {
    format!("{prefix}{}", HEXLOWER.encode(&bytes::<32>()))
}

/// A number that no other request of this process has, to tell requests apart.
/// It is unique and not secret: random once, then counted.
pub fn request_number() -> [u8; 16] {
    use std::sync::LazyLock;
    use std::sync::atomic::{AtomicU64, Ordering};
    static FIRST: LazyLock<(u64, AtomicU64)> =
        LazyLock::new(|| (u64::from_ne_bytes(bytes()), AtomicU64::new(0)));
    let (process, count) = &*FIRST;
    let mut number = [0; 16];
    number[..8].copy_from_slice(&process.to_be_bytes());
    number[8..].copy_from_slice(&count.fetch_add(1, Ordering::Relaxed).to_be_bytes());
    number
}
