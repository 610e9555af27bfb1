//! Statements that repeat with only other values: the smell of a query in a loop, and the call that ends it.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use super::Recorded;

/// From so many runs on a statement is reported; fewer are often two steps of one thing.
const SMELL: usize = 3;

/// The statements of a recording that ran several times with only other values.
#[derive(Debug, Clone)]
pub struct Report {
    /// They, those that ran most often first.
    pub repeated: Vec<Repeated>,
    statements: usize,
}

/// A statement that ran several times.
#[derive(Debug, Clone)]
pub struct Repeated {
    /// Its text.
    pub sql: Arc<str>,
    /// How often it ran.
    pub times: usize,
    /// Whether all runs had the same values too.
    pub same_values: bool,
    /// What to do about it.
    pub hint: String,
}

impl Report {
    pub(crate) fn new(statements: &[Recorded]) -> Self {
        let mut by_text: HashMap<&str, Vec<&Recorded>> = HashMap::new();
        for statement in statements.iter().filter(|s| !s.control) {
            by_text.entry(&statement.sql).or_default().push(statement);
        }
        let mut repeated: Vec<Repeated> = by_text
            .into_values()
            .filter(|runs| SMELL <= runs.len())
            .map(|runs| {
                let same_values = runs.iter().all(|run| run.params == runs[0].params);
                Repeated {
                    sql: runs[0].sql.clone(),
                    times: runs.len(),
                    same_values,
                    hint: hint(&runs[0].sql, same_values),
                }
            })
            .collect();
        repeated.sort_by(|a, b| b.times.cmp(&a.times).then_with(|| a.sql.cmp(&b.sql)));
        Report {
            repeated,
            statements: statements.iter().filter(|s| !s.control).count(),
        }
    }

    /// Whether nothing repeats.
    pub fn is_clean(&self) -> bool {
        self.repeated.is_empty()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} statements", self.statements)?;
        if self.is_clean() {
            return write!(f, ", none repeated {SMELL} times or more");
        }
        for repeated in &self.repeated {
            let values = if repeated.same_values {
                "the same values"
            } else {
                "only other values"
            };
            let Repeated {
                sql, times, hint, ..
            } = repeated;
            write!(f, "\n{times} × with {values}: {sql}\n  {hint}")?;
        }
        Ok(())
    }
}

/// What to do about a statement that runs in a loop, judged by its text.
fn hint(sql: &str, same_values: bool) -> String {
    if same_values {
        return "run it once before the loop and keep the result".to_owned();
    }
    let words = words(sql);
    let verb = words.first().map_or("", String::as_str).to_lowercase();
    match verb.as_str() {
        "insert" => return "use `bulk_create` for all rows at once".to_owned(),
        "update" => return "use `bulk_update`, or `update` on one query set".to_owned(),
        "delete" => return "use `delete` on one query set".to_owned(),
        _ => {}
    }
    let after = |word: &str| {
        let at = words.iter().position(|w| w.eq_ignore_ascii_case(word))?;
        words.get(at + 1)
    };
    let table = after("from").map_or("its table", |table| last_name(table));
    let column = after("where").map(|column| last_name(column));
    let advice = match column {
        // Rows of the other side that point here: their foreign key is compared.
        Some(column) if column.ends_with("_id") => {
            "add `.prefetch_related(…)` for this relation to the query before the loop"
        }
        Some(_) => {
            "if a relation leads to them, add `.select_related(…)` for it to the query before the loop; if they are many \
             to each row, `.prefetch_related(…)`; or fetch them together by `in_bulk`"
        }
        None => return "run it once before the loop and keep the result".to_owned(),
    };
    format!(
        "rows of `{table}` are fetched one by one: {advice}, or call `.load(&db)` on the relation, which fetches it for \
         all rows of a result at once"
    )
}

/// The last part of a name, without quotes: of `"blog_post"."author_id"`, `author_id`.
fn last_name(name: &str) -> &str {
    let quotes = ['"', '`', '\''];
    let last = name.rsplit('.').next().unwrap_or(name);
    last.trim_matches(quotes)
}

/// The words of a statement, with their quotes taken off.
fn words(sql: &str) -> Vec<String> {
    sql.split(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | ',' | '='))
        .map(|word| word.trim_matches(['"', '`', '\'']).to_owned())
        .filter(|word| !word.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hint_goes_by_what_is_compared() {
        let to_one = r#"SELECT "id" FROM "blog_author" WHERE "blog_author"."id" = $1"#;
        assert!(hint(to_one, false).contains("rows of `blog_author`"));
        assert!(hint(to_one, false).contains("select_related"));
        let to_many = "SELECT `id` FROM `blog_post` WHERE (`blog_post`.`author_id` = ?)";
        assert!(!hint(to_many, false).contains("select_related"));
        assert!(hint(to_many, false).contains("prefetch_related"));
        assert!(hint("INSERT INTO t VALUES (?)", false).contains("bulk_create"));
        assert!(hint(to_one, true).contains("before the loop"));
    }
}
