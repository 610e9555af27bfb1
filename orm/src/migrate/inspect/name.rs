//! Names of the database as names of Rust.

/// `blog_post` of the app `blog` is `Post`, `order details` is `OrderDetails`.
pub(super) fn model_name(table: &str, app: &str) -> String {
    let own = table
        .strip_prefix(app)
        .and_then(|rest| rest.strip_prefix('_'))
        .unwrap_or(table);
    let mut name = String::new();
    for word in own.split(|letter: char| !letter.is_ascii_alphanumeric()) {
        let mut letters = word.chars();
        name.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        name.push_str(letters.as_str());
    }
    if name
        .chars()
        .next()
        .is_none_or(|first| !first.is_ascii_alphabetic())
    {
        name.insert_str(0, "Table");
    }
    if ["Self", "String", "Option", "Vec", "Result", "Box"].contains(&name.as_str()) {
        name.push_str("Row");
    }
    name
}

/// A column's name as a field of Rust: `CustomerId` is `customer_id`, `type` is `type_`.
pub(super) fn field_name(column: &str) -> String {
    let mut name = String::new();
    let mut was_lower = false;
    for letter in column.chars() {
        if letter.is_ascii_uppercase() && was_lower {
            name.push('_');
        }
        was_lower = letter.is_ascii_lowercase() || letter.is_ascii_digit();
        let is_letter = letter.is_ascii_alphanumeric();
        name.push(if is_letter {
            letter.to_ascii_lowercase()
        } else {
            '_'
        });
    }
    while name.contains("__") {
        name = name.replace("__", "_");
    }
    let mut name = name.trim_matches('_').to_owned();
    if name
        .chars()
        .next()
        .is_none_or(|first| first.is_ascii_digit())
    {
        name.insert_str(0, "n_");
    }
    if KEYWORDS.contains(&name.as_str()) {
        name.push('_');
    }
    name
}

/// The words that cannot be the name of a field.
const KEYWORDS: [&str; 52] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate",
    "do", "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl",
    "in", "let", "loop", "macro", "match", "mod", "move", "mut", "override", "pk", "priv", "pub",
    "ref", "return", "self", "static", "struct", "super", "trait", "true", "try", "type", "typeof",
    "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];
