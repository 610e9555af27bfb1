//! The results of a database, read back from their file.

use serde_json::Value;

use crate::Result;
use crate::peer::PEERS;

/// What `benches/results/<database>.json` holds.
#[derive(Debug)]
pub(crate) struct Measured {
    machine: Value,
    versions: Value,
    rows: Vec<Value>,
    current_thread: Vec<Value>,
    left_out: Value,
}

impl Measured {
    /// Reads the text of a file of results.
    ///
    /// # Errors
    /// Where it is not one.
    pub(crate) fn read(json: &str) -> Result<Self> {
        let mut whole: Value = serde_json::from_str(json)?;
        let Value::Array(rows) = whole["rows"].take() else {
            return Err("results without rows".into());
        };
        let current_thread = match whole["current_thread"].take() {
            Value::Array(rows) => rows,
            _ => Vec::new(),
        };
        Ok(Measured {
            machine: whole["machine"].take(),
            versions: whole["versions"].take(),
            left_out: whole["left_out"].take(),
            rows,
            current_thread,
        })
    }

    /// The same results, of a runtime of one thread; none where that was not measured.
    pub(crate) fn on_current_thread(&self) -> Option<Measured> {
        (!self.current_thread.is_empty()).then(|| Measured {
            machine: self.machine.clone(),
            versions: self.versions.clone(),
            rows: self.current_thread.clone(),
            current_thread: Vec::new(),
            left_out: Value::Null,
        })
    }

    /// The versions and the machine, in a sentence.
    pub(crate) fn versions(&self) -> String {
        let peers = self.peers();
        let libraries: Vec<String> = peers
            .iter()
            .filter_map(|peer| Some(format!("{peer} {}", self.versions[*peer].as_str()?)))
            .collect();
        format!(
            "{}; {}. {}, {} threads.",
            self.versions["server"]
                .as_str()
                .unwrap_or("version unknown"),
            libraries.join(", "),
            self.machine["processor"]
                .as_str()
                .unwrap_or("processor unknown"),
            self.machine["threads"],
        )
    }

    /// What was left out, as a list; nothing if it was nothing. One reason of a peer stands for all that are alike.
    pub(crate) fn left_out(&self) -> String {
        let reasons = self.left_out.as_array().into_iter().flatten();
        let mut lines: Vec<String> = Vec::new();
        for reason in reasons.filter_map(Value::as_str) {
            let line = format!("- left out: {}\n", shortened(reason));
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
        lines.concat()
    }

    /// The peers that were measured, the raw driver first.
    pub(crate) fn peers(&self) -> Vec<&'static str> {
        PEERS
            .iter()
            .map(|known| known.name)
            .filter(|name| self.rows.iter().any(|row| row["peer"] == *name))
            .collect()
    }

    /// The works and sizes that were measured, in their order.
    pub(crate) fn works(&self) -> Vec<(&str, u64)> {
        let mut works = Vec::new();
        for row in &self.rows {
            let Some(work) = row["work"].as_str().zip(row["size"].as_u64()) else {
                continue;
            };
            if !works.contains(&work) {
                works.push(work);
            }
        }
        works
    }

    /// What was measured of a peer.
    pub(crate) fn row(&self, (work, size): (&str, u64), peer: &str, mode: &str) -> Option<&Value> {
        self.rows.iter().find(|row| {
            row["work"] == work && row["size"] == size && row["peer"] == peer && row["mode"] == mode
        })
    }

    /// A number of what was measured.
    pub(crate) fn number(
        &self,
        work: (&str, u64),
        peer: &str,
        mode: &str,
        key: &str,
    ) -> Option<f64> {
        self.row(work, peer, mode)?[key].as_f64()
    }
}

/// What a line of the book has room for.
const REASON: usize = 160;

fn shortened(reason: &str) -> String {
    let line = reason.lines().next().unwrap_or_default();
    if line.chars().count() <= REASON {
        return line.to_owned();
    }
    let kept: String = line.chars().take(REASON).collect();
    format!("{} …", kept.trim_end())
}

/// A work as the tables name it.
pub(crate) fn title((work, size): (&str, u64)) -> String {
    match size {
        1 if !matches!(work, "trivial" | "medium" | "insert") => work.to_owned(),
        size => format!("{work} {}", grouped(size as f64)),
    }
}

/// A number as people write it: `12 345`, `12.3`.
pub(crate) fn grouped(number: f64) -> String {
    if number < 99.95 {
        let digits = if number < 9.995 { 2 } else { 1 };
        let text = format!("{number:.digits$}");
        return text
            .strip_suffix(".00")
            .or(text.strip_suffix(".0"))
            .unwrap_or(&text)
            .to_owned();
    }
    let text = format!("{number:.0}");
    let mut grouped = String::new();
    for (i, digit) in text.chars().enumerate() {
        if i != 0 && (text.len() - i).is_multiple_of(3) {
            grouped.push('\u{202f}');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_people_write_them() {
        assert_eq!(
            [0.356, 1.0, 12.34, 99.96, 1234.5, 12_345_678.0]
                .map(grouped)
                .join(" "),
            { "0.36 1 12.3 100 1\u{202f}234 12\u{202f}345\u{202f}678" }
        );
    }
}
