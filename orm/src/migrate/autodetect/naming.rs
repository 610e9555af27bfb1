//! The names of migrations: numbers after the newest one, and words made of the operations.

use md5::{Digest, Md5};

use crate::migrate::operation::Operation;

/// The longest name that is made of operations, number aside.
const LONGEST: usize = 52;

/// The number that a migration's name begins with; of a squash, the number it ends at.
pub fn number_of(name: &str) -> Option<u32> {
    let digits = |text: &str| -> Option<u32> {
        let end = text
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(text.len());
        text[..end].parse().ok()
    };
    name.rfind("_squashed_")
        .and_then(|at| digits(&name[at + "_squashed_".len()..]))
        .or_else(|| digits(name))
}

/// A name made of what the operations do: `post_status_delete_tag`, with `_and_more` where it would be too long. Where
/// an operation has no word for what it does, `auto_` and eight digits that depend on the operations alone.
pub fn suggest(operations: &[Operation]) -> String {
    let fragments: Option<Vec<String>> = operations
        .iter()
        .map(|operation| Some(only_words(&operation.name_fragment()?)))
        .collect();
    let mut fragments = fragments.unwrap_or_default().into_iter();
    let Some(mut name) = fragments.next() else {
        return fallback(operations);
    };
    for fragment in fragments {
        if LONGEST < name.chars().count() + 1 + fragment.chars().count() {
            name.push_str("_and_more");
            break;
        }
        name = format!("{name}_{fragment}");
    }
    name.chars().take(100).collect()
}

fn fallback(operations: &[Operation]) -> String {
    let digest = Md5::digest(format!("{operations:?}"));
    let hex: String = digest
        .iter()
        .take(4)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("auto_{hex}")
}

/// An operation in a few words, for messages.
pub(super) fn describe(operation: &Operation) -> String {
    operation
        .name_fragment()
        .map_or_else(|| "an operation".to_owned(), |words| format!("`{words}`"))
}

/// The text with one `_` in the place of each run of what is neither letter, digit nor `_`.
fn only_words(text: &str) -> String {
    let mut words = String::with_capacity(text.len());
    let mut is_in_run = false;
    for letter in text.chars() {
        let is_word = letter.is_alphanumeric() || letter == '_';
        if is_word {
            words.push(letter);
        } else if !is_in_run {
            words.push('_');
        }
        is_in_run = !is_word;
    }
    words
}
