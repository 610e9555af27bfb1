//! The table of what the libraries cost to compile.

use std::path::Path;

use serde_json::Value;

use super::measured::grouped;
use crate::Result;

/// The columns: their keys in the results, and their titles.
const COLUMNS: &[(&str, &str)] = &[
    ("with_dependencies_s", "with dependencies"),
    ("build_s", "build"),
    ("rebuild_s", "after an edit"),
    ("check_s", "check"),
    ("recheck_s", "after an edit"),
];

/// The section; nothing where it was never measured.
///
/// # Errors
/// Where the results are none.
pub(crate) fn section(results: &Path) -> Result<String> {
    let Ok(json) = std::fs::read_to_string(results.join("compile.json")) else {
        return Ok(String::new());
    };
    let whole: Value = serde_json::from_str(&json)?;
    let rows = whole["rows"].as_array().map_or(&[][..], Vec::as_slice);
    let mut text = format!(
        "\n## Compile time\n\n{}, {} threads, {}.\n",
        whole["machine"]["processor"]
            .as_str()
            .unwrap_or("processor unknown"),
        whole["machine"]["threads"],
        whole["versions"]["compiler"].as_str().unwrap_or("rustc"),
    );
    let mut sizes: Vec<u64> = rows
        .iter()
        .filter_map(|row| row["models"].as_u64())
        .collect();
    sizes.dedup();
    for size in sizes {
        let of_size: Vec<&Value> = rows.iter().filter(|row| row["models"] == size).collect();
        text += &format!("\n### {size} models\n\n{}", table(&of_size));
    }
    Ok(text)
}

fn table(rows: &[&Value]) -> String {
    let shown: Vec<&(&str, &str)> = COLUMNS
        .iter()
        .filter(|(key, _)| rows.iter().any(|row| row[*key].is_number()))
        .collect();
    let titles: Vec<&str> = shown.iter().map(|(_, title)| *title).collect();
    let mut text = format!(
        "| | {} | memory of the compiler | lines a model, expanded | packages |\n|---|{}--:|--:|--:|\n",
        titles.join(" | "),
        "--:|".repeat(titles.len()),
    );
    for row in rows {
        let times: Vec<String> = shown
            .iter()
            .map(|(key, _)| row[*key].as_f64())
            .map(|seconds| seconds.map_or_else(|| "–".to_owned(), |s| format!("{} s", grouped(s))))
            .collect();
        let number = |key: &str| row[key].as_f64().unwrap_or_default();
        let name = row["library"].as_str().unwrap_or_default();
        let name = if name == "nuages" { "**nuages**" } else { name };
        text += &format!(
            "| {name} | {} | {} MiB | {} | {} |\n",
            times.join(" | "),
            grouped((number("peak_bytes") / f64::from(1 << 20)).round()),
            grouped(number("expanded_lines_a_model")),
            grouped(number("dependencies")),
        );
    }
    text
}
