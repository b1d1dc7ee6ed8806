//! May this be mailed now, and if not, why: one function, asked when a mail is
//! about to be put together and when somebody asks why a guest got none.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::preferences::Preferences;
use super::{About, Kind};

/// Why a mail does not go out, or not now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Why {
    /// The guest is disabled.
    GuestDisabled,
    /// The guest is not in the organization any more, or the member not active.
    Gone,
    /// Mail to the guest's address does not arrive.
    GuestUnreachable,
    /// The guest switched this kind off.
    SwitchedOff,
    /// The guest wants none at this time of day.
    QuietHours,
    /// The task is hidden, or in a process that is archived.
    TaskNotShown,
    /// The guest is not on the task.
    NotAssigned,
    /// The task is complete, or the guest's part of it.
    TaskDone,
    /// The task does not exist any more.
    TaskGone,
    /// The comment is hidden from the guest by now, or deleted.
    CommentHidden,
    /// Nothing is to be done.
    NothingToDo,
    /// This server sends no mail.
    MailIsOff,
    /// It came too late to be of use.
    TooLate,
}

impl Why {
    /// All of them.
    pub const ALL: &[Self] = &[
        Self::GuestDisabled,
        Self::Gone,
        Self::GuestUnreachable,
        Self::SwitchedOff,
        Self::QuietHours,
        Self::TaskNotShown,
        Self::NotAssigned,
        Self::TaskDone,
        Self::TaskGone,
        Self::CommentHidden,
        Self::NothingToDo,
        Self::MailIsOff,
        Self::TooLate,
    ];

    /// The code in the API and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::GuestDisabled => "guest_disabled",
            Self::Gone => "gone",
            Self::GuestUnreachable => "guest_unreachable",
            Self::SwitchedOff => "switched_off",
            Self::QuietHours => "quiet_hours",
            Self::TaskNotShown => "task_not_shown",
            Self::NotAssigned => "not_assigned",
            Self::TaskDone => "task_done",
            Self::CommentHidden => "comment_hidden",
            Self::TaskGone => "task_gone",
            Self::NothingToDo => "nothing_to_do",
            Self::MailIsOff => "mail_is_off",
            Self::TooLate => "too_late",
        }
    }

    /// Reads the code.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|why| why.as_str() == text)
    }

    /// The reason in a sentence for members.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::GuestDisabled => "The guest is disabled and gets no mail.",
            Self::Gone => "Whom the mail was for is not there any more.",
            Self::GuestUnreachable => "Mail to the guest's address does not arrive.",
            Self::SwitchedOff => "The guest switched off mails of this kind.",
            Self::QuietHours => {
                "The guest wants no mail at this time of day; it is sent when the quiet hours end."
            }
            Self::TaskNotShown => "The task is hidden or its process is archived; nobody is mailed about it.",
            Self::NotAssigned => "The guest is not on the task.",
            Self::TaskDone => "The task, or the guest's part of it, is complete.",
            Self::CommentHidden => "The comment is hidden from guests, or was deleted.",
            Self::TaskGone => "The task does not exist any more.",
            Self::NothingToDo => "There is nothing for the guest to do.",
            Self::MailIsOff => "This server is set up to send no mail.",
            Self::TooLate => "It would have come too late to be of use.",
        }
    }
}

/// Whether something may be mailed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// It may.
    Now,
    /// Not before this moment.
    Later(Timestamp, Why),
    /// It may not.
    Never(Why),
}

/// What is known of whoever a mail is for.
#[derive(Debug, Clone)]
pub struct Receiver<'a> {
    /// Whether it is a member or guest who may be written to at all.
    pub standing: Standing,
    /// Whether mail to the address is known not to arrive.
    pub unreachable: bool,
    /// What they decided.
    pub preferences: &'a Preferences,
    /// Where they are.
    pub zone: &'a TimeZone,
}

/// How somebody stands with the organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// They take part.
    Active,
    /// A guest who is disabled.
    Disabled,
    /// Not there any more.
    Gone,
}

/// Whether a mail of this kind may go to this receiver at this moment, whatever
/// it says.
pub fn decide(kind: Kind, receiver: &Receiver<'_>, now: Timestamp) -> Decision {
    match receiver.standing {
        Standing::Gone => return Decision::Never(Why::Gone),
        Standing::Disabled => return Decision::Never(Why::GuestDisabled),
        Standing::Active => {}
    }
    if kind == Kind::Access {
        // They asked for it this moment.
        return Decision::Now;
    }
    if receiver.preferences.muted.contains(&kind) {
        return Decision::Never(Why::SwitchedOff);
    }
    // Other mails are how we learn that the address works again.
    if receiver.unreachable && kind == Kind::Digest {
        return Decision::Never(Why::GuestUnreachable);
    }
    let quiet = receiver.preferences.quiet.and_then(|quiet| quiet.end(now, receiver.zone));
    quiet.map_or(Decision::Now, |end| Decision::Later(end, Why::QuietHours))
}

/// A task as the permission function and its row have it, for a guest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sight {
    /// Whether the guest is on it.
    pub is_assigned: bool,
    /// Whether it is shown to guests who are on it.
    pub is_shown: bool,
    /// Whether it is for this guest to do something: neither the task nor the
    /// guest's part of it is complete.
    pub is_open: bool,
}

/// Whether something about a task may still be told to a guest; `None` stands
/// for a task that is gone.
pub fn of_task(about: &About, task: Option<Sight>) -> Result<(), Why> {
    let task = task.ok_or(Why::TaskGone)?;
    if !task.is_assigned {
        Err(Why::NotAssigned)
    } else if !task.is_shown {
        Err(Why::TaskNotShown)
    } else if !task.is_open && about.needs_open_task() {
        Err(Why::TaskDone)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::preferences::QuietHours;
    use super::*;

    fn now() -> Timestamp {
        "2025-05-15T22:00:00Z".parse().unwrap()
    }

    fn decided(kind: Kind, standing: Standing, unreachable: bool, preferences: &Preferences) -> Decision {
        decide(kind, &Receiver { standing, unreachable, preferences, zone: &TimeZone::UTC }, now())
    }

    #[test]
    fn codes_round_trip() {
        for why in Why::ALL {
            assert_eq!(Why::parse(why.as_str()), Some(*why));
        }
    }

    #[test]
    fn nobody_who_is_disabled_or_gone_gets_anything() {
        for kind in Kind::ALL {
            let all = Preferences::default();
            assert_eq!(decided(*kind, Standing::Disabled, false, &all), Decision::Never(Why::GuestDisabled));
            assert_eq!(decided(*kind, Standing::Gone, false, &all), Decision::Never(Why::Gone));
            assert_eq!(decided(*kind, Standing::Active, false, &all), Decision::Now);
        }
    }

    #[test]
    fn what_was_switched_off_does_not_come_and_what_must_come_does() {
        let muted = Preferences { muted: Kind::OPTIONAL.to_vec(), ..Preferences::default() };
        for kind in Kind::ALL {
            let expected = if kind.is_optional() { Decision::Never(Why::SwitchedOff) } else { Decision::Now };
            assert_eq!(decided(*kind, Standing::Active, false, &muted), expected, "{kind:?}");
        }
    }

    #[test]
    fn an_address_that_does_not_work_gets_no_digest() {
        let all = Preferences::default();
        assert_eq!(
            decided(Kind::Digest, Standing::Active, true, &all),
            Decision::Never(Why::GuestUnreachable)
        );
        assert_eq!(decided(Kind::Tasks, Standing::Active, true, &all), Decision::Now);
    }

    #[test]
    fn a_task_is_told_of_only_while_the_guest_may_see_it() {
        let open = Sight { is_assigned: true, is_shown: true, is_open: true };
        let done = Sight { is_open: false, ..open };
        let about = About::Assigned;
        assert_eq!(of_task(&about, Some(open)), Ok(()));
        assert_eq!(of_task(&about, Some(done)), Err(Why::TaskDone));
        assert_eq!(of_task(&about, Some(Sight { is_shown: false, ..open })), Err(Why::TaskNotShown));
        assert_eq!(of_task(&about, Some(Sight { is_assigned: false, ..open })), Err(Why::NotAssigned));
        assert_eq!(of_task(&about, None), Err(Why::TaskGone));
        let comment = About::Comment { by: None, thread: crate::ids::ThreadId::new(1, [0; 10]) };
        assert_eq!(of_task(&comment, Some(done)), Ok(()), "what was said is worth telling");
        assert_eq!(of_task(&comment, Some(Sight { is_shown: false, ..done })), Err(Why::TaskNotShown));
    }

    proptest! {
        #[test]
        fn what_is_put_off_is_not_put_off_again_for_the_same_reason(
            from in 0_u16..1440,
            to in 0_u16..1440,
            kind in prop::sample::select(Kind::ALL.to_vec()),
            second in 1_600_000_000_i64..1_900_000_000,
        ) {
            let Some(quiet) = QuietHours::new(from, to) else { return Ok(()) };
            let preferences = Preferences { quiet: Some(quiet), ..Preferences::default() };
            let zone = TimeZone::get("Europe/Berlin").unwrap();
            let receiver =
                Receiver { standing: Standing::Active, unreachable: false, preferences: &preferences, zone: &zone };
            let now = Timestamp::from_second(second).unwrap();
            if let Decision::Later(then, why) = decide(kind, &receiver, now) {
                prop_assert_eq!(why, Why::QuietHours);
                prop_assert!(then > now && kind != Kind::Access);
                prop_assert_eq!(decide(kind, &receiver, then), Decision::Now);
            }
        }
    }
}
