//! The links by which a guest switches a kind of mail off without signing in.
//!
//! Such a link is good for nothing else, for one guest and one kind, and for as
//! long as the guest's record exists: mails are kept for years. It is signed with
//! a key of the organization that signs nothing else.

use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit as _, Mac as _};
use hospes_model::GuestKey;
use hospes_model::mail::Kind;
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

fn signature(key: &[u8], guest: GuestKey, kind: Kind) -> [u8; 16] {
    let mut short = [0; 16];
    // Any length of key will do; there is no error to handle.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return short };
    mac.update(b"unsubscribe\0");
    mac.update(&guest.get().to_be_bytes());
    mac.update(kind.as_str().as_bytes());
    let whole = mac.finalize().into_bytes();
    short.iter_mut().zip(whole).for_each(|(to, from)| *to = from);
    short
}

/// What stands in a link: the kind and the signature.
pub fn token(key: &[u8], guest: GuestKey, kind: Kind) -> String {
    format!("{}.{}", kind.as_str(), HEXLOWER.encode(&signature(key, guest, kind)))
}

/// The kind that a token switches off for this guest, if it is one of ours.
pub fn read(key: &[u8], guest: GuestKey, text: &str) -> Option<Kind> {
    let kind = Kind::parse(text.split_once('.')?.0).filter(|kind| kind.is_optional())?;
    let expected = token(key, guest, kind);
    let is_ours: bool = expected.as_bytes().ct_eq(text.as_bytes()).into();
    is_ours.then_some(kind)
}

#[cfg(test)]
mod tests {
    use hospes_model::OrgNo;

    use super::*;

    #[test]
    fn a_token_is_good_for_one_guest_and_one_kind() {
        let guest = |number| GuestKey::new(OrgNo::new(1).unwrap(), number);
        let text = token(b"key", guest(1), Kind::Digest);
        assert_eq!(read(b"key", guest(1), &text), Some(Kind::Digest));
        assert_eq!(read(b"key", guest(2), &text), None);
        assert_eq!(read(b"other", guest(1), &text), None);
        assert_eq!(read(b"key", guest(1), &text.replace("digest", "tasks")), None);
        for bad in
            ["", ".", "digest", "digest.", "reminder.00", &text[..text.len() - 1], &text.to_uppercase()]
        {
            assert_eq!(read(b"key", guest(1), bad), None, "{bad}");
        }
        // What must come cannot be switched off, whatever is signed.
        assert_eq!(read(b"key", guest(1), &token(b"key", guest(1), Kind::Reminder)), None);
    }
}
