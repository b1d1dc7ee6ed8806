//! What can be asked for beside a task with `with=` (`wire.md` 1.10).

use crate::members::EmptyInclude;

/// What was asked for with `with=`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Includes(u32);

/// The includes, in the order of their bits.
const INCLUDES: [&str; 18] = [
    "summary",
    "form_fields",
    "threads_count",
    "tags",
    "threads",
    "comments",
    "issues",
    "assets",
    "folders",
    "roles",
    "member_watchers",
    "guest_watchers",
    "run",
    "run.checklist",
    "step",
    "ko-form-fields",
    "activities",
    // Nobody can ask for this: names end at the first dot.
    "run.bare",
];

impl Includes {
    /// Reads the text of `with`. Unknown names are harmless.
    pub fn parse(with: &str) -> Self {
        let mut includes = Self::default();
        for name in with.split(',') {
            // `member_watchers.watcher` asks for something inside.
            let (name, inside) = name.trim().split_once('.').unwrap_or((name.trim(), ""));
            let name = if name == "ko_form_fields" { "ko-form-fields" } else { name };
            includes = includes.and(name);
            if (name, inside) == ("run", "checklist") {
                includes = includes.and("run.checklist");
            }
        }
        includes
    }

    fn and(self, name: &str) -> Self {
        Self(self.0 | INCLUDES.iter().position(|include| *include == name).map_or(0, |place| 1 << place))
    }

    /// What a single task shows without being asked.
    #[must_use]
    pub fn with_summary(self) -> Self {
        self.and("summary")
    }

    /// What the first of separate tasks shows without being asked: the process
    /// in short, bare. Whoever asks for it gets it as everywhere.
    #[must_use]
    pub fn with_bare_run(self) -> Self {
        self.and("run.bare")
    }

    /// Whether the feed's rows about the task were asked for.
    pub fn has_activities(self) -> bool {
        self.has("activities")
    }

    /// Whether what was written about the task was asked for.
    pub fn has_comments(self) -> bool {
        ["threads", "comments", "issues"].into_iter().any(|name| self.has(name))
    }

    /// Whether it was asked how much that is.
    pub fn has_comment_count(self) -> bool {
        self.has("threads_count")
    }

    /// The includes of the tasks inside a process: `tasks.threads`.
    #[must_use]
    pub fn inside(with: &str, relation: &str) -> Self {
        let names = with.split(',').filter_map(|name| name.trim().strip_prefix(relation)?.strip_prefix('.'));
        names.fold(Self::default(), Self::and)
    }

    /// Whether files were asked for.
    pub fn has_assets(self) -> bool {
        self.has("assets")
    }

    pub(super) fn has(self, name: &str) -> bool {
        INCLUDES.iter().position(|include| *include == name).is_some_and(|place| self.0 & (1 << place) != 0)
    }

    pub(super) fn empty(self, name: &str) -> Option<EmptyInclude> {
        self.has(name).then(EmptyInclude::default)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn includes_are_read_and_unknown_ones_are_harmless() {
        let includes = Includes::parse("run, threads_count,step,tags,member_watchers.watcher,nonsense");
        for name in ["run", "threads_count", "step", "tags", "member_watchers"] {
            assert!(includes.has(name), "{name}");
        }
        assert!(!includes.has("summary") && includes.with_summary().has("summary"));
        assert!(!includes.has("run.checklist") && Includes::parse("run.checklist").has("run.checklist"));
        assert!(Includes::parse("run.checklist").has("run"));
        assert!(Includes::parse("ko_form_fields").has("ko-form-fields"));
        assert_eq!(Includes::parse(""), Includes::default());
        assert!(
            Includes::default().with_bare_run().has("run.bare")
                && !Includes::parse("run.bare").has("run.bare")
        );
    }

    #[test]
    fn includes_inside_a_relation_are_its_own() {
        let includes = Includes::inside("tasks,tags,tasks.threads, tasks.form_fields", "tasks");
        assert!(includes.has("threads") && includes.has("form_fields") && !includes.has("tags"));
    }
}
