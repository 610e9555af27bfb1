//! The table of migrations at scale.

use std::path::Path;

use serde_json::Value;

use super::DATABASES;
use super::measured::grouped;
use crate::Result;

/// The section; nothing where it was never measured.
///
/// # Errors
/// Where the results are none.
pub(crate) fn section(results: &Path) -> Result<String> {
    let Ok(json) = std::fs::read_to_string(results.join("migrations.json")) else {
        return Ok(String::new());
    };
    let whole: Value = serde_json::from_str(&json)?;
    let rows = whole["rows"].as_array().map_or(&[][..], Vec::as_slice);
    let mut text = format!(
        "\n## Migrations at scale\n\nDjango {}; nuages {}. {}, {} threads.\n\n\
         | | Django | nuages | | Django's processor time | nuages' | |\n|---|--:|--:|--:|--:|--:|--:|\n",
        whole["versions"]["django"].as_str().unwrap_or("–"),
        whole["versions"]["nuages"].as_str().unwrap_or("–"),
        whole["machine"]["processor"]
            .as_str()
            .unwrap_or("processor unknown"),
        whole["machine"]["threads"],
    );
    for (name, title) in DATABASES {
        for ours in rows {
            if ours["database"] != *name || ours["peer"] != "nuages" {
                continue;
            }
            let django = rows.iter().find(|row| {
                row["database"] == *name
                    && row["command"] == ours["command"]
                    && row["peer"] == "django"
            });
            let pair = |key: &str| {
                let ours = ours[key].as_f64();
                let theirs = django.and_then(|row| row[key].as_f64());
                let times = theirs.zip(ours.filter(|ms| 0.0 < *ms));
                let times = times.map(|(theirs, ours)| format!("**{} ×**", grouped(theirs / ours)));
                let shown = |ms: Option<f64>| {
                    ms.map_or_else(|| "–".to_owned(), |ms| format!("{} ms", grouped(ms)))
                };
                format!(
                    "{} | {} | {}",
                    shown(theirs),
                    shown(ours),
                    times.unwrap_or_default()
                )
            };
            text += &format!(
                "| {title}, {} | {} | {} |\n",
                ours["command"].as_str().unwrap_or_default(),
                pair("median_ms"),
                pair("processor_ms"),
            );
        }
    }
    Ok(text)
}
