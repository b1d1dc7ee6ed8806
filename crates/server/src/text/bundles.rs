//! The sentences of all languages, read once.

use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};

use super::{Arg, Language, inline};

/// The files of a language, by area.
macro_rules! files {
    ($language:literal) => {
        &[
            include_str!(concat!("../../locales/", $language, "/workplace.ftl")),
            include_str!(concat!("../../locales/", $language, "/entrance.ftl")),
            include_str!(concat!("../../locales/", $language, "/mail.ftl")),
            include_str!(concat!("../../locales/", $language, "/comments.ftl")),
            include_str!(concat!("../../locales/", $language, "/files.ftl")),
            include_str!(concat!("../../locales/", $language, "/kickoff.ftl")),
        ]
    };
}

/// The sources of a language.
pub(super) fn sources(language: Language) -> &'static [&'static str] {
    match language {
        Language::En => files!("en"),
        Language::De => files!("de"),
        Language::Fr => files!("fr"),
        Language::Es => files!("es"),
    }
}

type Bundle = FluentBundle<FluentResource>;

static BUNDLES: LazyLock<Vec<(Language, Bundle)>> =
    LazyLock::new(|| Language::ALL.iter().map(|language| (*language, read(*language))).collect());

/// Reads a language. What cannot be read is left out, and a test finds it.
fn read(language: Language) -> Bundle {
    let locale = language.tag().parse().unwrap_or_default();
    let mut bundle = Bundle::new_concurrent(vec![locale]);
    // Texts that run the other way are set apart by `inline`; numbers need not be.
    bundle.set_use_isolating(false);
    for source in sources(language) {
        let resource = FluentResource::try_new((*source).to_owned()).unwrap_or_else(|(resource, _)| resource);
        let _ = bundle.add_resource(resource);
    }
    bundle
}

/// A sentence of a language; `None` when there is none with this key.
pub(super) fn format(language: Language, key: &str, args: &[(&str, Arg<'_>)]) -> Option<String> {
    let (_, bundle) = BUNDLES.iter().find(|(of, _)| *of == language)?;
    let pattern = bundle.get_message(key)?.value()?;
    let mut values = FluentArgs::with_capacity(args.len());
    for (name, arg) in args {
        match arg {
            Arg::Number(number) => values.set(*name, FluentValue::from(*number)),
            Arg::Text(text) => values.set(*name, FluentValue::from(inline(text, language))),
        }
    }
    let mut faults = Vec::new();
    Some(bundle.format_pattern(pattern, Some(&values), &mut faults).into_owned())
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::path::{Path, PathBuf};

    use super::*;

    /// The keys of a language with the arguments that each names.
    fn keys(language: Language) -> BTreeMap<String, BTreeSet<String>> {
        let mut keys = BTreeMap::new();
        for source in sources(language) {
            assert!(FluentResource::try_new((*source).to_owned()).is_ok(), "{language:?} cannot be read");
            let mut key = None;
            for line in source.lines() {
                if let Some((name, _)) =
                    line.split_once(" =").filter(|_| line.starts_with(char::is_alphabetic))
                {
                    assert!(
                        keys.insert(name.to_owned(), BTreeSet::new()).is_none(),
                        "{name} twice in {language:?}"
                    );
                    key = Some(name.to_owned());
                }
                let Some(named) = key.as_ref().and_then(|key| keys.get_mut(key)) else { continue };
                for piece in line.split("{ $").skip(1) {
                    let end =
                        piece.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(piece.len());
                    named.insert(piece[..end].to_owned());
                }
            }
        }
        keys
    }

    fn files(under: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(under).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                files(&path, found);
            } else if path
                .extension()
                .is_some_and(|kind| ["rs", "html", "txt"].iter().any(|known| kind == *known))
            {
                found.push(path);
            }
        }
    }

    /// Where a key is asked for, and with which arguments, where that can be read.
    type Use = (PathBuf, Option<BTreeSet<String>>);

    /// Every key that the sources ask for, with the arguments that they give. A
    /// key that is chosen at run time stands in its source as `key("…")`.
    fn used() -> BTreeMap<String, Vec<Use>> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut found = Vec::new();
        files(&root.join("src"), &mut found);
        files(&root.join("templates"), &mut found);
        let mut used: BTreeMap<String, Vec<_>> = BTreeMap::new();
        for path in found.into_iter().filter(|path| !path.ends_with("text/bundles.rs")) {
            let source: String = std::fs::read_to_string(&path).unwrap();
            let source = source.split("#[cfg(test)]").next().unwrap_or_default();
            for (call, kind) in [("say(", 0), ("say_of(", 1), ("say_with(", 2), ("key(", 3)] {
                for piece in source.split(call).skip(1) {
                    let Some(rest) = piece.trim_start().strip_prefix('"') else { continue };
                    let (key, rest) = rest.split_once('"').unwrap();
                    let args = match kind {
                        0 => Some(BTreeSet::new()),
                        1 => {
                            let name = rest.trim_start_matches([',', ' ', '\n']).strip_prefix('"').unwrap();
                            Some(BTreeSet::from([name.split_once('"').unwrap().0.to_owned()]))
                        }
                        2 => {
                            // The list of pairs, up to the bracket that closes it.
                            let list = &rest[..rest.find(']').unwrap_or(0)];
                            Some(
                                list.split("(\"")
                                    .skip(1)
                                    .map(|pair| pair.split_once('"').unwrap().0.to_owned())
                                    .collect(),
                            )
                        }
                        _ => None,
                    };
                    used.entry(key.to_owned()).or_default().push((path.clone(), args));
                }
            }
        }
        used
    }

    #[test]
    fn every_language_says_everything_with_the_same_arguments() {
        let english = keys(Language::En);
        assert!(english.len() > 20);
        for language in Language::ALL {
            let theirs = keys(*language);
            let missing: Vec<_> = english.keys().filter(|key| !theirs.contains_key(*key)).collect();
            let more: Vec<_> = theirs.keys().filter(|key| !english.contains_key(*key)).collect();
            assert!(
                missing.is_empty() && more.is_empty(),
                "{language:?}: missing {missing:?}, more {more:?}"
            );
            for (key, args) in &english {
                assert_eq!(&theirs[key], args, "{key} in {language:?}");
            }
        }
    }

    #[test]
    fn what_is_used_is_there_and_what_is_there_is_used() {
        let english = keys(Language::En);
        let used = used();
        for (key, places) in &used {
            let Some(args) = english.get(key) else { panic!("{key} is not there: {places:?}") };
            for (path, given) in places {
                if let Some(given) = given {
                    assert_eq!(given, args, "{key} in {}", path.display());
                }
            }
        }
        let idle: Vec<_> = english.keys().filter(|key| !used.contains_key(*key)).collect();
        assert!(idle.is_empty(), "never said: {idle:?}");
    }

    #[test]
    fn every_sentence_can_be_said() {
        for language in Language::ALL {
            for (key, args) in keys(*language) {
                for number in [0, 1, 2, 5] {
                    let args: Vec<_> = args.iter().map(|name| (name.as_str(), Arg::Number(number))).collect();
                    let said = format(*language, &key, &args).unwrap();
                    assert!(!said.is_empty() && !said.contains('{'), "{key} in {language:?}: {said}");
                }
            }
        }
    }
}
