//! What stands in a comment's text: HTML as callers sent it, with mentions as
//! `@[7]` (a member), `@[ann@client.example]` or `@ann@client.example` (a
//! guest) and `+ann@client.example` (a guest who is put on the task).
//!
//! The text is kept as it was written; whoever shows it to people shows
//! [`plain`] of it, or cleans it. What guests write is plain text, which
//! [`html_of_plain`] turns into HTML in which nothing means anything.

use crate::email::EmailAddress;
use crate::ids::MemberId;
use crate::task::form::check_lines;

/// The most characters of a comment.
pub const CONTENT_LIMIT: usize = 30_000;

/// The most people whom a comment mentions.
pub const MENTION_LIMIT: usize = 50;

/// Checks a comment's text and returns it as it will be stored. A fault reads
/// `The content {fault}.`
pub fn check(text: &str) -> Result<String, String> {
    let text = text.trim();
    check_lines(text)?;
    if text.chars().count() > CONTENT_LIMIT {
        return Err(format!("may not be greater than {CONTENT_LIMIT} characters"));
    }
    if plain(text).is_empty() && !text.contains("<img") {
        return Err("field is required".to_owned());
    }
    if mentions(text).count() > MENTION_LIMIT {
        return Err(format!("may not mention more than {MENTION_LIMIT} people"));
    }
    Ok(text.to_owned())
}

/// Whom a text mentions, each once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mentions {
    /// Members.
    pub members: Vec<MemberId>,
    /// Addresses.
    pub addresses: Vec<EmailAddress>,
    /// Addresses of guests who are to be put on the task.
    pub assigned: Vec<EmailAddress>,
}

impl Mentions {
    fn count(&self) -> usize {
        self.members.len() + self.addresses.len() + self.assigned.len()
    }

    fn add(&mut self, mention: Mention) {
        let add = |list: &mut Vec<EmailAddress>, email: EmailAddress| {
            if !list.iter().any(|known| known.is_same(&email)) {
                list.push(email);
            }
        };
        match mention {
            Mention::Member(id) if self.members.contains(&id) => {}
            Mention::Member(id) => self.members.push(id),
            Mention::Address(email) => add(&mut self.addresses, email),
            Mention::Assigned(email) => add(&mut self.assigned, email),
        }
    }
}

enum Mention {
    Member(MemberId),
    Address(EmailAddress),
    Assigned(EmailAddress),
}

/// A piece of HTML.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Piece<'a> {
    /// A tag or a remark, with its angle brackets.
    Tag(&'a str),
    /// What stands between them.
    Text(&'a str),
}

/// Takes HTML apart. What only looks like a tag is text.
fn pieces(html: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let (mut rest, mut text_end) = (html, 0);
    while let Some(found) = rest.get(text_end..).and_then(|behind| behind.find('<')) {
        let at = text_end + found;
        let behind = rest.get(at + 1..).unwrap_or_default();
        let is_tag = behind.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!'));
        let end = if behind.starts_with("!--") {
            behind.find("-->").map(|end| end + 3)
        } else {
            behind.find('>').map(|end| end + 1)
        };
        let Some(end) = end.filter(|_| is_tag) else {
            text_end = at + 1;
            continue;
        };
        let (text, tag) = rest.split_at(at);
        let (tag, behind) = tag.split_at(1 + end);
        pieces.push(Piece::Text(text));
        pieces.push(Piece::Tag(tag));
        (rest, text_end) = (behind, 0);
    }
    pieces.push(Piece::Text(rest));
    pieces
}

/// Whom a text mentions. What stands inside of tags mentions nobody.
pub fn mentions(html: &str) -> Mentions {
    let mut found = Mentions::default();
    for piece in pieces(html) {
        let Piece::Text(text) = piece else { continue };
        for (at, sign) in text.match_indices(['@', '+']) {
            let before = text.get(..at).and_then(|before| before.chars().next_back());
            // Within a word it belongs to an address or a sum.
            if before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '+' | '@')) {
                continue;
            }
            let behind = text.get(at + 1..).unwrap_or_default();
            if let Some(mention) = read_mention(sign, behind) {
                found.add(mention);
            }
        }
    }
    found
}

fn read_mention(sign: &str, behind: &str) -> Option<Mention> {
    let assigns = sign == "+";
    let of_address = |text: &str| {
        let email = EmailAddress::parse(text).ok()?;
        Some(if assigns { Mention::Assigned(email) } else { Mention::Address(email) })
    };
    if let Some(inside) = behind.strip_prefix('[') {
        let (name, _) = inside.split_once(']')?;
        let member = || name.parse().ok().filter(|_| !assigns).map(Mention::Member);
        return of_address(name).or_else(member);
    }
    let end = |c: char| c.is_whitespace() || matches!(c, ',' | ';' | ':' | '(' | ')' | '<' | '>' | '"' | '&');
    let word = behind.split(end).next().unwrap_or_default();
    of_address(word.trim_end_matches(['.', '!', '?', '\'']))
}

/// What people read: the text without its tags, paragraphs as lines, members
/// and guests who are mentioned by the names that `name` gives them.
pub fn plain_with(html: &str, name: impl Fn(&str) -> Option<String>) -> String {
    let mut plain = String::with_capacity(html.len());
    for piece in pieces(html) {
        match piece {
            Piece::Tag(tag) => {
                let tag = tag.trim_start_matches(['<', '/']).to_ascii_lowercase();
                let ends_line = ["br", "p", "div", "li", "h1", "h2", "h3", "h4", "tr", "blockquote"];
                let word = tag.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
                if ends_line.contains(&word) && !plain.is_empty() && !plain.ends_with('\n') {
                    plain.push('\n');
                }
            }
            Piece::Text(text) => push_named(&mut plain, text, &name),
        }
    }
    let lines: Vec<&str> = plain.lines().map(str::trim_end).collect();
    lines.join("\n").trim().to_owned()
}

/// [`plain_with`] that leaves mentions as they are.
pub fn plain(html: &str) -> String {
    plain_with(html, |_| None)
}

/// Adds text with its `@[…]` replaced. Entities are read last, so that what
/// they spell mentions nobody.
fn push_named(plain: &mut String, text: &str, name: &impl Fn(&str) -> Option<String>) {
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("@[") {
        let Some((inside, after)) = behind.split_once(']') else { break };
        push_unescaped(plain, before);
        if let Some(name) = name(inside) {
            plain.push('@');
            plain.push_str(&name);
        } else {
            plain.push_str("@[");
            push_unescaped(plain, inside);
            plain.push(']');
        }
        rest = after;
    }
    push_unescaped(plain, rest);
}

/// Adds text with the usual entities read.
fn push_unescaped(plain: &mut String, text: &str) {
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('&') {
        plain.push_str(before);
        let entity = behind.split_once(';').filter(|(name, _)| name.len() <= 8);
        if let Some((c, after)) = entity.and_then(|(name, after)| Some((unescaped(name)?, after))) {
            plain.push(c);
            rest = after;
        } else {
            plain.push('&');
            rest = behind;
        }
    }
    plain.push_str(rest);
}

fn unescaped(entity: &str) -> Option<char> {
    Some(match entity {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => ' ',
        _ => {
            let number = entity.strip_prefix('#')?;
            let hex = number.strip_prefix(['x', 'X']);
            let code = hex.map_or_else(|| number.parse(), |hex| u32::from_str_radix(hex, 16)).ok()?;
            char::from_u32(code).filter(|c| !crate::text::is_hidden(*c))?
        }
    })
}

/// Plain text as HTML that says the same and mentions nobody.
pub fn html_of_plain(text: &str) -> String {
    let mut html = String::with_capacity(text.len() + 16);
    for c in text.trim().chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '@' => html.push_str("&#64;"),
            '+' => html.push_str("&#43;"),
            '\r' => {}
            '\n' => html.push_str("<br>"),
            c => html.push(c),
        }
    }
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(text: &str) -> Vec<i64> {
        mentions(text).members.iter().map(|id| id.get()).collect()
    }

    fn addresses(text: &str) -> [Vec<String>; 2] {
        let found = mentions(text);
        let texts = |list: Vec<EmailAddress>| list.iter().map(ToString::to_string).collect();
        [texts(found.addresses), texts(found.assigned)]
    }

    #[test]
    fn members_are_mentioned_by_their_ids() {
        assert_eq!(members("@[7] and <b>@[8]</b>, @[7]"), [7, 8]);
        for nobody in
            ["[7]", "@7", "@[x]", "@[0]", "@[7", "+[7]", "<a title='@[7]'>x</a>", "a@[7]", "@&#91;7]"]
        {
            assert!(members(nobody).is_empty(), "{nobody}");
        }
    }

    #[test]
    fn guests_are_mentioned_and_assigned_by_their_addresses() {
        let both = "@ann@client.example, (@[bob@client.example]) and +carl+1@client.example.";
        let mentioned = ["ann@client.example".to_owned(), "bob@client.example".to_owned()];
        assert_eq!(addresses(both), [mentioned.to_vec(), vec!["carl+1@client.example".to_owned()]]);
        assert_eq!(addresses("<p>@ann@client.example</p>")[0].len(), 1);
        assert_eq!(addresses("@ann@client.example @ANN@client.example")[0].len(), 1);
        for nobody in [
            "mail ann@client.example",
            "2 + 2",
            "1+ann",
            "x+ann@client.example",
            "<a href=\"mailto:+ann@client.example\">mail</a>",
            "@ ann@client.example",
            "<!-- @[7] +ann@client.example -->",
        ] {
            assert_eq!(addresses(nobody), [Vec::<String>::new(), Vec::new()], "{nobody}");
        }
    }

    #[test]
    fn people_read_text_without_tags() {
        assert_eq!(plain("<p>One &amp; <b>two</b></p><p>three<br/>four</p>"), "One & two\nthree\nfour");
        assert_eq!(plain("1 < 2 > 0 &unknown; &#65;&#x42;&#0;"), "1 < 2 > 0 &unknown; AB&#0;");
        assert_eq!(plain("<script>x</script"), "x</script");
        let names = |id: &str| (id == "7").then(|| "Ann".to_owned());
        assert_eq!(plain_with("@[7] and @[8] &#64;[7]", names), "@Ann and @[8] @[7]");
        assert_eq!(plain_with("@[7", names), "@[7");
    }

    #[test]
    fn what_guests_write_means_nothing_but_itself() {
        for text in ["<b>@[7]</b> & +ann@client.example", "a\nb < c", "&amp; &lt;script&gt;", "1 + 1 @ noon"]
        {
            let html = html_of_plain(text);
            assert_eq!(plain(&html), text, "{html}");
            assert_eq!(mentions(&html), Mentions::default(), "{html}");
            assert!(pieces(&html).iter().all(|piece| matches!(piece, Piece::Text(_) | Piece::Tag("<br>"))));
        }
    }

    #[test]
    fn texts_are_checked() {
        assert_eq!(check(" <p>Hi</p> "), Ok("<p>Hi</p>".to_owned()));
        assert!(check("a\nb").is_ok() && check("a\u{0}b").is_err());
        for empty in ["", "  ", "<p></p>", "<p>&nbsp;</p>"] {
            assert!(check(empty).is_err(), "{empty}");
        }
        assert!(check(&"ä".repeat(CONTENT_LIMIT)).is_ok() && check(&"ä".repeat(CONTENT_LIMIT + 1)).is_err());
        let crowd = (1..=51).fold(String::new(), |all, id| format!("{all}@[{id}] "));
        assert!(check(&crowd).unwrap_err().contains("mention"));
        assert!(check("<img src=x>").is_ok());
    }
}
