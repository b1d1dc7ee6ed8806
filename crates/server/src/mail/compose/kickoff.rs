//! Mail to somebody who submitted a public kick-off form. It holds words of the
//! organization and of the template, and none of the sender's: whoever types
//! somebody else's address cannot have anything said to them.

use hospes_store::mail::letters::Letter;

use super::{Sheet, Words, hello, text_for};
use crate::error::Error;
use crate::text::{Arg, visible};

/// What there is to verify with.
#[derive(Debug, Clone, Copy)]
pub struct Proofs<'a> {
    /// The address of the page that launches.
    pub link: &'a str,
    /// The digits for the browser that submitted the form.
    pub digits: &'a str,
}

/// Writes the mail; without proofs for a member, who is to sign in instead.
pub fn kickoff(letter: &Letter, title: &str, proofs: Option<Proofs<'_>>) -> Result<Words, Error> {
    let t = text_for(letter);
    let org = letter.org.name.as_str();
    let title = visible(title);
    let who = t.say_with("kickoff-mail-intro", &[("title", Arg::Text(&title)), ("org", Arg::Text(org))]);
    let ignore = t.say("kickoff-mail-ignore");
    let (intro, code, button, notes) = match proofs {
        Some(Proofs { link, digits }) => (
            vec![who],
            Some(digits.to_owned()),
            Some((t.say("kickoff-mail-button"), link.to_owned())),
            vec![t.say("kickoff-mail-life"), ignore],
        ),
        None => (vec![who, t.say("kickoff-mail-member")], None, None, vec![ignore]),
    };
    let sheet = Sheet {
        subject: t.say_of("kickoff-mail-subject", "title", &title),
        hello: hello(&t, None),
        intro,
        code,
        groups: Vec::new(),
        after: Vec::new(),
        button,
        notes,
        footer: t.say_of("kickoff-mail-footer", "org", org),
        footer_links: Vec::new(),
        t,
    };
    sheet.words()
}
