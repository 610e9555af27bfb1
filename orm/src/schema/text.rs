//! Quoted identifiers within SQL text that this crate wrote: found and renamed, string literals left alone.

/// Renames quoted identifiers in an expression; `rename` gives the new name where there is one.
///
/// Works for `"…"` and `` `…` ``: everything here is always written with quoted names.
pub fn rename_identifiers(sql: &str, rename: &dyn Fn(&str) -> Option<String>) -> String {
    let mut out = String::with_capacity(sql.len());
    let mut rest = sql;
    while let Some(at) = rest.find(['\'', '"', '`']) {
        let quote = rest[at..].chars().next().unwrap_or('"');
        let body = &rest[at + 1..];
        let end = closing(body, quote);
        out.push_str(&rest[..=at]);
        let inner = &body[..end];
        let renamed = if quote == '\'' {
            None
        } else {
            rename(&unescape(inner, quote))
        };
        match renamed {
            Some(name) => out.push_str(&name.replace(quote, &format!("{quote}{quote}"))),
            None => out.push_str(inner),
        }
        if end < body.len() {
            out.push(quote);
            rest = &body[end + 1..];
        } else {
            rest = "";
        }
    }
    out.push_str(rest);
    out
}

/// Whether a quoted identifier stands in an expression.
pub fn mentions_identifier(sql: &str, name: &str) -> bool {
    let found = std::cell::Cell::new(false);
    rename_identifiers(sql, &|identifier| {
        if identifier == name {
            found.set(true);
        }
        None
    });
    found.get()
}

/// Where the quoted text that begins `body` ends; a doubled quote is part of it.
fn closing(body: &str, quote: char) -> usize {
    let bytes = body.as_bytes();
    let quote = u8::try_from(quote).unwrap_or(b'"');
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] == quote {
            if bytes.get(at + 1) != Some(&quote) {
                return at;
            }
            at += 1;
        }
        at += 1;
    }
    body.len()
}

fn unescape(inner: &str, quote: char) -> String {
    inner.replace(&format!("{quote}{quote}"), &quote.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_renamed_and_strings_left_alone() {
        let rename = |name: &str| (name == "views").then(|| "hits".to_owned());
        assert_eq!(
            rename_identifiers(
                r#""views" >= 0 AND "name" <> 'the "views" isn''t' AND `views` < 5"#,
                &rename
            ),
            r#""hits" >= 0 AND "name" <> 'the "views" isn''t' AND `hits` < 5"#
        );
        assert!(mentions_identifier(r#"("a" + "b")"#, "b"));
        assert!(!mentions_identifier(r#"("a" + 'b')"#, "b"));
    }
}
