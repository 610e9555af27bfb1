//! Names made from names.

use syn::Ident;
use syn::ext::IdentExt;

/// The name without `r#`.
pub(crate) fn plain(ident: &Ident) -> String {
    ident.unraw().to_string()
}

/// `InReview` as `in_review`; a run of capitals is one word: `HTTPError` as `http_error`.
pub(crate) fn snake_case(name: &str) -> String {
    words(name).join("_")
}

/// `InReview` as `In Review`.
pub(crate) fn label(name: &str) -> String {
    let capital = |word: String| {
        let mut chars = word.chars();
        let first = chars.next().map(|c| c.to_uppercase().to_string());
        first.unwrap_or_default() + chars.as_str()
    };
    words(name)
        .into_iter()
        .map(capital)
        .collect::<Vec<_>>()
        .join(" ")
}

/// The words of a name in small letters.
fn words(name: &str) -> Vec<String> {
    let chars: Vec<char> = name.chars().collect();
    let mut words = vec![String::new()];
    for (at, &c) in chars.iter().enumerate() {
        let after_small = at > 0 && !chars[at - 1].is_uppercase();
        let before_small = chars.get(at + 1).is_some_and(|next| next.is_lowercase());
        let begins = c == '_' || (c.is_uppercase() && (after_small || before_small));
        if begins && words.last().is_some_and(|word| !word.is_empty()) {
            words.push(String::new());
        }
        if c != '_'
            && let Some(word) = words.last_mut()
        {
            word.extend(c.to_lowercase());
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::{label, snake_case};

    #[test]
    fn capitals_begin_words() {
        assert_eq!(snake_case("Draft"), "draft");
        assert_eq!(snake_case("InReview"), "in_review");
        assert_eq!(snake_case("HTTPError"), "http_error");
        assert_eq!(snake_case("V2Beta"), "v2_beta");
        assert_eq!(label("InReview"), "In Review");
    }
}
