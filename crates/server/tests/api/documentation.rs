//! The pages in `docs/` name tests that hold the server to what they say. Those
//! tests are there.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Folders without sources of ours.
const ELSEWHERE: [&str; 3] = ["target", ".git", "node_modules"];

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Every file below a folder whose name ends so, by its path.
fn texts(below: &Path, endings: &[&str], found: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(below).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            if !ELSEWHERE.contains(&name.as_str()) {
                texts(&path, endings, found);
            }
        } else if endings.iter().any(|ending| name.ends_with(ending)) {
            found.insert(path.display().to_string(), fs::read_to_string(&path).unwrap_or_default());
        }
    }
}

/// The tests that a page names: files and functions, as `file.rs::name`.
fn named(page: &str) -> Vec<(&str, &str)> {
    let quoted = page.split('`').skip(1).step_by(2);
    let named = quoted.filter_map(|text| text.split_once("::"));
    named.filter(|(file, _)| [".rs", ".py"].iter().any(|ending| file.ends_with(ending))).collect()
}

/// Whether a source has a function of this name.
fn has(source: &str, name: &str) -> bool {
    ["fn ", "def "].iter().any(|keyword| {
        let wanted = format!("{keyword}{name}");
        let mut places = source.match_indices(&wanted).map(|(at, found)| at + found.len());
        places.any(|end| !source[end..].starts_with(|c: char| c.is_alphanumeric() || c == '_'))
    })
}

#[test]
fn every_test_that_the_pages_name_is_there() {
    let (mut pages, mut sources) = (BTreeMap::new(), BTreeMap::new());
    texts(&repository().join("docs"), &[".md"], &mut pages);
    texts(&repository(), &[".rs", ".py"], &mut sources);
    let mut count = 0;
    let mut missing = Vec::new();
    for (page, text) in &pages {
        for (file, name) in named(text) {
            count += 1;
            // Most pages leave out the folders in front.
            let ending = format!("/{file}");
            let mut found = sources.iter().filter(|(path, _)| path.ends_with(&ending));
            if !found.any(|(_, source)| has(source, name)) {
                missing.push(format!("{page}: {file}::{name}"));
            }
        }
    }
    assert!(count > 400, "{count}: the pages are read");
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn names_are_found_whole() {
    assert_eq!(named("see `a/b.rs::c`, `d::e`, f.rs::g and `h.py::i`"), [("a/b.rs", "c"), ("h.py", "i")]);
    assert!(has("async fn it_works(app)", "it_works") && has("def test_me():", "test_me"));
    assert!(!has("fn it_works_well()", "it_works") && !has("it_works", "it_works"));
}
