//! From `{}` to the placeholders of a database, past everything that is not SQL: texts, names, comments.

use super::{Bound, Value};
use crate::driver::Executor;
use crate::error::{Error, Result};

/// Writes the text with the placeholders of the database, and lists the values in their order.
pub(super) fn write(
    sql: &str,
    bound: Vec<Bound>,
    executor: &dyn Executor,
) -> Result<(String, Vec<Value>)> {
    let lexis = Lexis::of(executor.server().product);
    let given = bound.len();
    let mut bound = bound.into_iter();
    let mut written = String::with_capacity(sql.len() + 8);
    let mut params = Vec::with_capacity(given);
    let mut found = 0;
    let mut rest = sql;
    while !rest.is_empty() {
        if let Some(behind) = rest.strip_prefix("{}") {
            found += 1;
            rest = behind;
            match bound.next() {
                Some(Bound::One(value)) => {
                    params.push(value);
                    executor.dialect().placeholder(&mut written, params.len());
                }
                Some(Bound::List(values)) => {
                    list(values, found, &mut written, &mut params, executor)?
                }
                None => {}
            }
            continue;
        }
        let length = lexis.skip(rest, &written);
        written.push_str(&rest[..length]);
        rest = &rest[length..];
    }
    if found != given {
        return Err(Error::query(format!(
            "the statement has {found} placeholders `{{}}` and {given} values were bound; a placeholder is written `{{}}` \
             on every database, and one inside of quotes is text"
        )));
    }
    Ok((written, params))
}

/// Writes a list as `($1, $2, …)`.
fn list(
    values: Vec<Value>,
    nth: usize,
    written: &mut String,
    params: &mut Vec<Value>,
    executor: &dyn Executor,
) -> Result<()> {
    if values.is_empty() {
        return Err(Error::query(format!(
            "the list for placeholder {nth} is empty, and SQL has no empty list: nothing can be in it, so do not ask"
        )));
    }
    written.push('(');
    for (at, value) in values.into_iter().enumerate() {
        if 0 < at {
            written.push_str(", ");
        }
        params.push(value);
        executor.dialect().placeholder(written, params.len());
    }
    written.push(')');
    Ok(())
}

/// What texts, names and comments look like on a database.
#[derive(Debug, Clone, Copy)]
struct Lexis {
    /// `'it\'s'`
    backslashes: bool,
    /// `` `name` ``
    backticks: bool,
    /// `# comment`
    hashes: bool,
    /// `$tag$ text $tag$`, `E'it\'s'`, and comments within comments.
    dollars: bool,
}

impl Lexis {
    fn of(product: &str) -> Self {
        let mysql = matches!(product, "MySQL" | "MariaDB");
        let postgres = product == "PostgreSQL";
        Lexis {
            backslashes: mysql,
            backticks: !postgres,
            hashes: mysql,
            dollars: postgres,
        }
    }

    /// The length of the text, name, comment or single character at the beginning; `before` is what comes before it.
    fn skip(self, text: &str, before: &str) -> usize {
        let first = text.chars().next().map_or(1, char::len_utf8);
        match text.as_bytes()[0] {
            b'\'' => quoted(text, '\'', self.backslashes || self.is_escape(before)),
            b'"' => quoted(text, '"', self.backslashes),
            b'`' if self.backticks => quoted(text, '`', false),
            b'#' if self.hashes => line(text),
            b'-' if text.starts_with("--") => line(text),
            b'/' if text.starts_with("/*") => comment(text, self.dollars),
            b'$' if self.dollars && !ends_in_word(before) => dollars(text).unwrap_or(first),
            _ => first,
        }
    }

    /// Whether a quote behind this is that of `E'…'`.
    fn is_escape(self, before: &str) -> bool {
        let Some(front) = before.strip_suffix(['e', 'E']) else {
            return false;
        };
        self.dollars && !ends_in_word(front)
    }
}

fn ends_in_word(text: &str) -> bool {
    text.ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '$')
}

/// The length of a quoted text. A doubled quote ends it and begins the next, which comes to the same.
fn quoted(text: &str, quote: char, backslashes: bool) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        if escaped {
            escaped = false;
        } else if c == '\\' && backslashes {
            escaped = true;
        } else if c == quote {
            return at + 1;
        }
    }
    text.len()
}

fn line(text: &str) -> usize {
    text.find('\n').unwrap_or(text.len())
}

/// The length of a comment, with those inside of it where they nest.
fn comment(text: &str, nested: bool) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else if rest.starts_with("/*") && (nested || depth == 0) {
            depth += 1;
            at += 2;
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

/// The length of `$tag$ text $tag$`.
fn dollars(text: &str) -> Option<usize> {
    let end = text[1..].find('$')? + 2;
    let (tag, rest) = text.split_at(end);
    let name = &tag[1..end - 1];
    let is_tag = name.chars().all(|c| c.is_alphanumeric() || c == '_')
        && !name.starts_with(|c: char| c.is_ascii_digit());
    is_tag.then(|| rest.find(tag).map_or(text.len(), |at| end + at + end))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is left of a text when everything that is skipped as a whole is taken out.
    fn bare(product: &str, sql: &str) -> String {
        let lexis = Lexis::of(product);
        let (mut rest, mut before, mut bare) = (sql, String::new(), String::new());
        while !rest.is_empty() {
            let length = lexis.skip(rest, &before);
            if length == rest.chars().next().map_or(1, char::len_utf8) {
                bare.push_str(&rest[..length]);
            }
            before.push_str(&rest[..length]);
            rest = &rest[length..];
        }
        bare
    }

    #[test]
    fn texts_names_and_comments_are_passed_over() {
        for product in ["PostgreSQL", "SQLite", "MySQL", "MariaDB"] {
            let sql = "a 'é{}''{}' b \"{}\" -- {}\nc /* {} */ d";
            assert_eq!(bare(product, sql), "a  b  \nc  d", "{product}");
        }
    }

    #[test]
    fn each_database_has_its_own_quotes() {
        assert_eq!(bare("PostgreSQL", r"a E'\'{}' b '\' c {}"), "a E b  c {}");
        assert_eq!(bare("MySQL", r"a '\'{}' `{}` b # {}"), "a   b ");
        assert_eq!(bare("SQLite", r"a '\' {} `{}` #"), "a  {}  #");
        assert_eq!(
            bare("PostgreSQL", "a $x$ ' {} $$ $x$ b $$ {} $$ c"),
            "a  b  c"
        );
        assert_eq!(
            bare("PostgreSQL", "a #> {} ? b /* /* */ {} */ c"),
            "a #> {} ? b  c"
        );
        assert_eq!(bare("SQLite", "a /* /* */ {} */ c"), "a  {} */ c");
        assert_eq!(
            bare("PostgreSQL", "name$1$ {} $1 x[{}]"),
            "name$1$ {} $1 x[{}]"
        );
    }
}
