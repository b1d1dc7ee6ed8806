//! A mail in the form in which it goes over the wire. Nothing that people typed
//! can add a header or hide something in one.

use std::time::{Duration, UNIX_EPOCH};

use hospes_model::EmailAddress;
use jiff::Timestamp;
use lettre::Address;
use lettre::address::Envelope;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message, MultiPart, SinglePart};

use crate::text::visible;

/// Subjects and names are cut behind so many characters.
const LONG: usize = 200;

/// What goes into a mail.
#[derive(Debug, Clone)]
pub struct Parts<'a> {
    /// What the mail is known by, before the sign `@`.
    pub id: &'a str,
    /// When it is sent.
    pub at: Timestamp,
    /// What the sender is called.
    pub sender: &'a str,
    /// The sender's address.
    pub from: &'a Address,
    /// Where answers go.
    pub reply_to: Option<&'a Address>,
    /// Whom it is for.
    pub to: &'a EmailAddress,
    /// Its subject.
    pub subject: &'a str,
    /// The language that it is written in.
    pub language: &'a str,
    /// Its text part.
    pub text: String,
    /// Its HTML part.
    pub html: String,
    /// Where mails of its kind are switched off, by one POST.
    pub unsubscribe: Option<&'a str>,
}

/// A mail that is ready to go.
#[derive(Debug)]
pub struct Ready {
    /// From whom and to whom.
    pub envelope: Envelope,
    /// The mail.
    pub bytes: Vec<u8>,
}

impl Ready {
    /// Its headers, for people who look at it.
    pub fn headers(&self) -> Vec<(String, String)> {
        let text = String::from_utf8_lossy(&self.bytes);
        let head = text.split("\r\n\r\n").next().unwrap_or_default();
        let head = head.replace("\r\n ", " ").replace("\r\n\t", " ");
        let pairs = head.split("\r\n").filter_map(|line| line.split_once(": "));
        pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }
}

/// Puts a mail together. The error is a reason that this address can never be
/// written to.
pub fn build(parts: Parts<'_>) -> Result<Ready, String> {
    let to = receiver(parts.to)?;
    let name = line(parts.sender);
    let mut builder = Message::builder()
        .from(Mailbox::new(Some(name).filter(|name| !name.is_empty()), parts.from.clone()))
        .to(Mailbox::new(None, to.clone()))
        .subject(line(parts.subject))
        .message_id(Some(format!("<{}@{}>", parts.id, parts.from.domain())))
        .date(UNIX_EPOCH + Duration::from_secs(u64::try_from(parts.at.as_second()).unwrap_or(0)))
        .raw_header(raw("Auto-Submitted", "auto-generated"))
        .raw_header(raw("Content-Language", parts.language));
    if let Some(reply_to) = parts.reply_to {
        builder = builder.reply_to(Mailbox::new(None, reply_to.clone()));
    }
    if let Some(address) = parts.unsubscribe {
        builder = builder
            .raw_header(raw("List-Unsubscribe", &format!("<{address}>")))
            .raw_header(raw("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"));
    }
    let part = |kind: ContentType, body: String| SinglePart::builder().header(kind).body(body);
    let message = builder
        .multipart(
            MultiPart::alternative()
                .singlepart(part(ContentType::TEXT_PLAIN, parts.text))
                .singlepart(part(ContentType::TEXT_HTML, parts.html)),
        )
        .map_err(|error| format!("the mail cannot be put together: {error}"))?;
    let bytes = message.formatted();
    let envelope = Envelope::new(Some(parts.from.clone()), vec![to])
        .map_err(|error| format!("the address cannot be written to: {error}"))?;
    Ok(Ready { envelope, bytes })
}

/// Somebody's text as it may stand in a header: in one line, nothing hidden, and
/// nothing that readers of mail would decode into something else (RFC 2047).
pub fn line(text: &str) -> String {
    let text = visible(&text.split_whitespace().collect::<Vec<_>>().join(" ")).replace("=?", "= ?");
    let text = text.trim();
    text.char_indices().nth(LONG).map_or(text, |(end, _)| &text[..end]).to_owned()
}

/// The receiver's address as servers know it: the domain in ASCII.
fn receiver(email: &EmailAddress) -> Result<Address, String> {
    let wrong = || format!("mail cannot be sent to an address such as {email}");
    let (local, domain) = email.as_str().rsplit_once('@').ok_or_else(wrong)?;
    let Ok(url::Host::Domain(domain)) = url::Host::parse(domain) else { return Err(wrong()) };
    Address::new(local, domain).map_err(|_| wrong())
}

/// Where answers go, if a header can name it to every server.
pub fn answers_to(email: &EmailAddress) -> Option<Address> {
    receiver(email).ok().filter(|address| AsRef::<str>::as_ref(address).is_ascii())
}

fn raw(name: &'static str, value: &str) -> HeaderValue {
    // What we put in has no line breaks; what has is left out as a whole.
    let value = if value.contains(['\r', '\n']) { "" } else { value };
    HeaderValue::dangerous_new_pre_encoded(
        HeaderName::new_from_ascii_str(name),
        value.to_owned(),
        value.to_owned(),
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn built(subject: &str, sender: &str, to: &str) -> Result<Ready, String> {
        build(Parts {
            id: "abc",
            at: Timestamp::UNIX_EPOCH,
            sender,
            from: &"tasks@acme.example".parse().unwrap(),
            reply_to: None,
            to: &EmailAddress::parse(to).unwrap(),
            subject,
            language: "en",
            text: "Hello\n.\nlong line".to_owned(),
            html: "<p>Hello</p>".to_owned(),
            unsubscribe: Some("https://x.example/guest/a/unsubscribe/b"),
        })
    }

    fn names(ready: &Ready) -> Vec<String> {
        ready.headers().into_iter().map(|(name, _)| name).collect()
    }

    #[test]
    fn headers_are_those_of_an_automatic_mail_that_can_be_switched_off() {
        let ready = built("Sign the contract", "Acme, Inc.", "carl@client.example").unwrap();
        let header = |name: &str| {
            let mut found = ready.headers().into_iter().filter(|(known, _)| known == name);
            let value = found.next().unwrap().1;
            assert!(found.next().is_none(), "{name} twice");
            value
        };
        assert_eq!(header("Subject"), "Sign the contract");
        let from = header("From");
        assert!(from.ends_with(" <tasks@acme.example>") && !from.starts_with("Acme, "), "{from}");
        assert_eq!(header("Message-ID"), "<abc@acme.example>");
        assert_eq!(header("Auto-Submitted"), "auto-generated");
        assert_eq!(header("List-Unsubscribe"), "<https://x.example/guest/a/unsubscribe/b>");
        assert_eq!(header("List-Unsubscribe-Post"), "List-Unsubscribe=One-Click");
        assert!(ready.bytes.is_ascii());
    }

    #[test]
    fn titles_and_names_cannot_add_headers() {
        let attack = "Hi\r\nBcc: eve@evil.example\r\n\r\n<script>";
        let ready = built(attack, attack, "carl@client.example").unwrap();
        let plain = built("Hi", "Acme", "carl@client.example").unwrap();
        assert_eq!(names(&ready), names(&plain));
        assert_eq!(ready.envelope.to().len(), 1);
        assert_eq!(line("a\u{202E}b\u{200B}c\r\nd"), "abc d");
        assert_eq!(line("=?utf-8?b?4oCu?="), "= ?utf-8?b?4oCu?=");
        assert!(!line("=\u{200B}?utf-8?b?4oCu?=").contains("=?"));
    }

    #[test]
    fn domains_of_other_scripts_are_written_as_servers_know_them() {
        let ready = built("Hi", "Acme", "carl@bücher.example").unwrap();
        assert_eq!(ready.envelope.to()[0].to_string(), "carl@xn--bcher-kva.example");
    }

    proptest! {
        #[test]
        fn whatever_people_type_stays_in_its_header(subject in any::<String>(), sender in any::<String>()) {
            let ready = built(&subject, &sender, "carl@client.example").unwrap();
            let plain = built("Hi", "Acme", "carl@client.example").unwrap();
            let mut expected = names(&plain);
            if !names(&ready).iter().any(|name| name == "Subject") {
                expected.retain(|name| name != "Subject");
            }
            prop_assert_eq!(names(&ready), expected);
            let head_end = ready.bytes.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
            prop_assert!(ready.bytes[..head_end].is_ascii());
        }
    }
}
