//! The pages themselves: what they include and link to is there.

use std::fs;
use std::path::{Path, PathBuf};

fn pages(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            pages(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            found.push(path);
        }
    }
}

/// What stands between two marks, wherever they stand.
fn between<'a>(text: &'a str, open: &'a str, close: &'a str) -> impl Iterator<Item = &'a str> {
    text.split(open)
        .skip(1)
        .filter_map(move |rest| Some(rest.split_once(close)?.0))
}

/// The anchors of a page's headings, as mdBook makes them.
fn headings(text: &str) -> Vec<String> {
    let titles = text.lines().filter(|line| line.starts_with('#'));
    let anchor = |title: &str| -> String {
        let title = title.trim_start_matches('#').trim().to_lowercase();
        let kept = title
            .chars()
            .filter(|c| c.is_alphanumeric() || " -_".contains(*c));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    };
    titles.map(anchor).collect()
}

#[test]
fn includes_and_links_lead_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../src");
    let mut found = Vec::new();
    pages(&root, &mut found);
    let summary = fs::read_to_string(root.join("SUMMARY.md")).unwrap();
    let mut faults = Vec::new();
    for page in &found {
        let name = page.strip_prefix(&root).unwrap().display().to_string();
        let text = fs::read_to_string(page).unwrap();
        let folder = page.parent().unwrap();
        for include in between(&text, "{{#include ", "}}") {
            let (path, part) = include.split_once(':').unwrap_or((include, ""));
            let anchor = format!("// ANCHOR: {part}\n");
            match fs::read_to_string(folder.join(path)) {
                Err(_) => faults.push(format!("{name} includes {path}, which is not there")),
                Ok(_) if part.is_empty() || part.starts_with(|c: char| c.is_ascii_digit()) => {}
                Ok(file) if file.contains(&anchor) || file.contains(&anchor.replace("//", "#")) => {
                }
                Ok(_) => faults.push(format!("{name}: {path} has no anchor {part}")),
            }
        }
        for link in between(&text, "](", ")").filter(|link| !link.contains("://")) {
            let (path, heading) = link.split_once('#').unwrap_or((link, ""));
            let target = if path.is_empty() {
                page.clone()
            } else {
                folder.join(path)
            };
            match fs::read_to_string(target) {
                Err(_) => faults.push(format!("{name} links to {link}, which is not there")),
                Ok(_) if heading.is_empty() => {}
                Ok(text) if headings(&text).iter().any(|known| known == heading) => {}
                Ok(_) => faults.push(format!("{name} links to {link}, which has no such heading")),
            }
        }
        let is_chapter = name != "SUMMARY.md" && !name.starts_with("sql/");
        if is_chapter && !summary.contains(&format!("({name})")) {
            faults.push(format!("{name} is not in SUMMARY.md"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
