//! A script of SQL as single statements, for databases on which each commits by itself.

/// The statements of a script: split at each `;` outside of strings, quoted names and comments. A script that defines
/// a routine or a trigger is left whole, since `;` stands within its body.
pub(super) fn statements(script: &str) -> Vec<String> {
    let upper = script.to_ascii_uppercase();
    let defines = ["TRIGGER", "PROCEDURE", "FUNCTION", "EVENT"];
    if upper.contains("BEGIN") && defines.iter().any(|word| upper.contains(word)) {
        return vec![script.trim().to_owned()];
    }
    let mut out = Vec::new();
    let mut start = 0;
    let mut at = 0;
    while at < script.len() {
        let rest = &script[at..];
        if let Some(length) = opaque(rest) {
            at += length;
            continue;
        }
        let length = rest.chars().next().map_or(1, char::len_utf8);
        if rest.starts_with(';') {
            out.push(script[start..at].trim().to_owned());
            start = at + 1;
        }
        at += length;
    }
    out.push(script[start..].trim().to_owned());
    out.retain(|statement| !is_empty(statement));
    out
}

/// Whether nothing but comments stands in it.
fn is_empty(statement: &str) -> bool {
    let mut rest = statement.trim_start();
    while rest.starts_with("--") || rest.starts_with("/*") || rest.starts_with('#') {
        rest = rest[opaque(rest).unwrap_or(rest.len())..].trim_start();
    }
    rest.is_empty()
}

/// The length of the string, quoted name or comment that a text begins with.
fn opaque(text: &str) -> Option<usize> {
    let until = |end: &str, from: usize| {
        text[from..]
            .find(end)
            .map_or(text.len(), |at| from + at + end.len())
    };
    if text.starts_with("--") || text.starts_with('#') {
        return Some(until("\n", 1));
    }
    if text.starts_with("/*") {
        return Some(until("*/", 2));
    }
    let quote = text
        .chars()
        .next()
        .filter(|c| matches!(c, '\'' | '"' | '`'))?;
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        if escaped {
            escaped = false;
        } else if c == '\\' && quote != '`' {
            escaped = true;
        } else if c == quote {
            return Some(at + 1);
        }
    }
    Some(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_are_split_outside_of_strings_and_comments() {
        let script = "UPDATE a SET b = 'x;y\\';'; -- one; two\nDELETE FROM `c;d`;\n/* ; */\n";
        assert_eq!(
            statements(script),
            [
                "UPDATE a SET b = 'x;y\\';'",
                "-- one; two\nDELETE FROM `c;d`"
            ]
        );
        let trigger = "CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW BEGIN SET NEW.b = 1; END";
        assert_eq!(statements(trigger), [trigger]);
    }
}
