//! What comes back about mails that were sent: reports of mail servers
//! (RFC 3464), and what a mail service says in JSON.

use hospes_model::mail::Report;
use mail_parser::{Message, MessageParser, MimeHeaders, PartType};

/// A report about one mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reported {
    /// What the mail is known by, before the sign `@`.
    pub message_id: String,
    /// What became of it.
    pub report: Report,
    /// What was said of it, in one line.
    pub why: String,
}

/// Longer texts are cut.
const LONG: usize = 300;

/// What a mail is known by: without brackets and what stands behind the sign `@`.
pub fn id_of(message_id: &str) -> &str {
    let id = message_id.trim().trim_start_matches('<').trim_end_matches('>');
    id.split('@').next().unwrap_or(id)
}

/// A text in one line, without what cannot be seen.
pub fn short(text: &str) -> String {
    let text = crate::text::visible(&text.split_whitespace().collect::<Vec<_>>().join(" "));
    text.char_indices().nth(LONG).map_or(text.clone(), |(end, _)| format!("{}…", &text[..end]))
}

/// Reads a report of a mail server; `None` when it is none, or does not say
/// which mail it is about.
pub fn parse(bytes: &[u8]) -> Option<Reported> {
    let message = MessageParser::default().parse(bytes)?;
    let status = part(&message, "message", "delivery-status")?;
    let fields = fields(&status);
    let of = |name: &str| {
        fields.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    };
    let action = of("Action")?.to_ascii_lowercase();
    let code = of("Status").map(String::as_str).unwrap_or_default();
    let report = match action.split_whitespace().next()? {
        "failed" if code.starts_with("4.") => Report::Soft,
        "failed" => Report::Hard,
        "delivered" | "relayed" | "expanded" => Report::Delivered,
        // Delayed: the mail server is still trying.
        _ => return None,
    };
    let why = of("Diagnostic-Code").map_or(code, String::as_str);
    let original = original_id(&message)?;
    Some(Reported { message_id: id_of(&original).to_owned(), report, why: short(why) })
}

/// The text of the first part of a type.
fn part(message: &Message<'_>, kind: &str, subtype: &str) -> Option<String> {
    message.parts.iter().find_map(|part| {
        let found = part.content_type()?;
        let is_it = found.ctype().eq_ignore_ascii_case(kind)
            && found.subtype().is_some_and(|known| known.eq_ignore_ascii_case(subtype));
        is_it.then(|| text_of(&part.body))
    })
}

fn text_of(body: &PartType<'_>) -> String {
    match body {
        PartType::Text(text) | PartType::Html(text) => text.to_string(),
        PartType::Binary(bytes) | PartType::InlineBinary(bytes) => {
            String::from_utf8_lossy(bytes).into_owned()
        }
        PartType::Message(message) => String::from_utf8_lossy(message.raw_message()).into_owned(),
        PartType::Multipart(_) => String::new(),
    }
}

/// Lines of the form `Name: value`, continued ones joined.
fn fields(text: &str) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> = Vec::new();
    for line in text.lines() {
        if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = fields.last_mut() {
                value.push(' ');
                value.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            fields.push((name.trim().to_owned(), value.trim().to_owned()));
        }
    }
    fields
}

/// The Message-ID of the mail that the report is about: from the copy of it, or
/// of its headers, that comes along.
fn original_id(message: &Message<'_>) -> Option<String> {
    message.parts.iter().find_map(|part| {
        let kind = part.content_type()?;
        let subtype = kind.subtype().unwrap_or_default();
        let is_copy = (kind.ctype().eq_ignore_ascii_case("message")
            && subtype.eq_ignore_ascii_case("rfc822"))
            || (kind.ctype().eq_ignore_ascii_case("text") && subtype.eq_ignore_ascii_case("rfc822-headers"));
        if !is_copy {
            return None;
        }
        if let PartType::Message(copy) = &part.body
            && let Some(id) = copy.message_id()
        {
            return Some(id.to_owned());
        }
        let text = text_of(&part.body);
        let head = text.split("\n\n").next().unwrap_or_default().replace("\r\n\r\n", "\n\n");
        let fields = fields(head.split("\n\n").next().unwrap_or_default());
        fields.into_iter().find(|(name, _)| name.eq_ignore_ascii_case("Message-ID")).map(|(_, value)| value)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dsn(action: &str, status: &str, copy: &str) -> String {
        format!(
            "From: MAILER-DAEMON@mx.example\r\nTo: tasks@acme.example\r\nSubject: Undelivered\r\n\
             Message-ID: <its-own@mx.example>\r\nMIME-Version: 1.0\r\n\
             Content-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\r\n\r\n\
             --b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n\
             --b\r\nContent-Type: message/delivery-status\r\n\r\n\
             Reporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; carl@client.example\r\n\
             Action: {action}\r\nStatus: {status}\r\n\
             Diagnostic-Code: smtp; 550 5.1.1\r\n  No such user here\r\n\r\n\
             --b\r\nContent-Type: {copy}\r\n\r\n\
             Message-ID: <0a1b2c@acme.example>\r\nSubject: Sign\r\n\r\nHello\r\n--b--\r\n"
        )
    }

    #[test]
    fn reports_of_mail_servers_are_read() {
        for copy in ["message/rfc822", "text/rfc822-headers"] {
            let report = parse(dsn("failed", "5.1.1", copy).as_bytes()).unwrap();
            assert_eq!(report.message_id, "0a1b2c");
            assert_eq!(
                (report.report, report.why.as_str()),
                (Report::Hard, "smtp; 550 5.1.1 No such user here")
            );
        }
        let of = |action: &str, status: &str| {
            parse(dsn(action, status, "message/rfc822").as_bytes()).map(|report| report.report)
        };
        assert_eq!(of("failed", "4.4.7"), Some(Report::Soft));
        assert_eq!(of("delivered", "2.0.0"), Some(Report::Delivered));
        assert_eq!(of("delayed", "4.4.1"), None);
    }

    #[test]
    fn what_is_no_report_is_none() {
        for bad in [
            "",
            "Subject: Hi\r\n\r\nHello",
            "\0\0\0",
            "Content-Type: multipart/report; boundary=x\r\n\r\n--x",
        ] {
            assert_eq!(parse(bad.as_bytes()), None, "{bad:?}");
        }
        let without_copy = dsn("failed", "5.1.1", "text/plain");
        assert_eq!(parse(without_copy.as_bytes()), None);
    }

    #[test]
    fn ids_are_read_in_any_form() {
        for text in ["<abc@x.example>", "abc@x.example", " abc "] {
            assert_eq!(id_of(text), "abc");
        }
        assert_eq!(short("a\r\n\tb\u{202E}c"), "a bc");
    }
}
