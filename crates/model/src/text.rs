//! Comparing and cleaning text that people typed.

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// The form in which text is compared and searched: NFC, lower case.
///
/// Used for e-mail addresses (which are unique in it), sort keys and the `q`
/// filters, so that both databases order and match alike.
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    compose(text.to_lowercase())
}

/// Text in NFC: letters and their marks in one character where there is one.
pub fn compose(text: String) -> String {
    if is_nfc_quick(text.chars()) == IsNormalized::Yes { text } else { text.nfc().collect() }
}

/// `Name of the firm` becomes `name-of-the-firm`: at most 60 characters of a
/// text for people, for a name that programs use.
pub fn slug(text: &str) -> String {
    let mut slug = String::new();
    for c in fold(text).chars().take(60) {
        if c.is_alphanumeric() {
            slug.push(c);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.truncate(slug.trim_end_matches('-').len());
    slug
}

/// Whether a character must not stand in a name, a title or an address:
/// control characters, and the invisible ones that make one text look like
/// another (zero width, bidirectional overrides).
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00AD}' | '\u{061C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_is_idempotent_and_joins_equivalent_spellings() {
        assert_eq!(fold("ÄNNE@Example.COM"), "änne@example.com");
        assert_eq!(fold("A\u{308}nne"), fold("Änne"));
        assert_eq!(fold(&fold("İstanbul")), fold("İstanbul"));
    }

    #[test]
    fn hidden_characters_are_recognised() {
        assert!(is_hidden('\0') && is_hidden('\u{202E}') && is_hidden('\u{200B}'));
        assert!(!is_hidden('é') && !is_hidden(' ') && !is_hidden('中'));
    }
}
