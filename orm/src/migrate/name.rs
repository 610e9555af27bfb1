//! Names in the database that nobody gave: byte for byte those that Django makes.
//!
//! A name is cut to the database's limit with a digest in it, so that two long names stay apart. Digests are the first
//! hex digits of the MD5 of the concatenated arguments.

use md5::{Digest, Md5};

/// The longest name where a database has no limit.
const UNLIMITED: usize = 200;
/// Django keeps the names of an options' index portable.
const INDEX_NAME: usize = 30;

/// The first `length` hex digits of the MD5 of the arguments.
pub fn digest<'a>(arguments: impl IntoIterator<Item = &'a str>, length: usize) -> String {
    let mut hasher = Md5::new();
    for argument in arguments {
        hasher.update(argument.as_bytes());
    }
    let mut hex: String = hasher
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    hex.truncate(length);
    hex
}

/// A name cut to a length, with four digits of its digest in the place of the rest.
pub fn truncate_name(name: &str, max: usize) -> String {
    if name.chars().count() <= max {
        return name.to_owned();
    }
    format!(
        "{}{}",
        first(name, max.saturating_sub(4)),
        digest([name], 4)
    )
}

/// The name of an index or a constraint over columns: `<table>_<columns>_<digest><suffix>`.
pub fn automatic(table: &str, columns: &[&str], suffix: &str, max: Option<usize>) -> String {
    let max = max.unwrap_or(UNLIMITED);
    let arguments = std::iter::once(table).chain(columns.iter().copied());
    let mut ending = digest(arguments, 8) + suffix;
    let joined = columns.join("_");
    let whole = format!("{table}_{joined}_{ending}");
    if whole.chars().count() <= max {
        return whole;
    }
    if ending.chars().count() * 3 > max {
        ending = first(&ending, max / 3);
    }
    let other = ((max - ending.chars().count()) / 2).saturating_sub(1);
    portable(format!(
        "{}_{}_{ending}",
        first(table, other),
        first(&joined, other)
    ))
}

/// The name of the index that a field brings.
pub fn index(table: &str, columns: &[&str], max: Option<usize>) -> String {
    automatic(table, columns, "", max)
}

/// The name of a unique constraint that a later change or `unique_together` brings.
pub fn unique(table: &str, columns: &[&str], max: Option<usize>) -> String {
    automatic(table, columns, "_uniq", max)
}

/// The name of a check that a later change of a field brings.
pub fn check(table: &str, column: &str, max: Option<usize>) -> String {
    automatic(table, &[column], "_check", max)
}

/// The name of a primary key that a later change of a field brings.
pub fn primary_key(table: &str, columns: &[&str], max: Option<usize>) -> String {
    automatic(table, columns, "_pk", max)
}

/// The name of a foreign key.
pub fn foreign_key(
    table: &str,
    column: &str,
    to_table: &str,
    to_column: &str,
    max: Option<usize>,
) -> String {
    automatic(
        table,
        &[column],
        &format!("_fk_{to_table}_{to_column}"),
        max,
    )
}

/// The name of an index of the options that was given none; columns bear a `-` where they are descending.
pub fn option_index(table: &str, columns: &[&str]) -> String {
    let bare = columns
        .first()
        .map_or("", |column| column.trim_start_matches('-'));
    let arguments = std::iter::once(table)
        .chain(columns.iter().copied())
        .chain(["idx"]);
    let name = format!(
        "{}_{}_{}_idx",
        first(table, 11),
        first(bare, 7),
        digest(arguments, 6)
    );
    debug_assert!(name.chars().count() <= INDEX_NAME);
    match name.chars().next() {
        Some(start) if start == '_' || start.is_ascii_digit() => format!("D{}", &name[1..]),
        _ => name,
    }
}

/// Some databases have no names that begin with an underscore or a digit.
fn portable(name: String) -> String {
    match name.chars().next() {
        Some(start) if start == '_' || start.is_ascii_digit() => {
            let mut cut = name;
            cut.pop();
            format!("D{cut}")
        }
        _ => name,
    }
}

fn first(text: &str, count: usize) -> String {
    text.chars().take(count).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::too_many_lines, reason = "a list of names")]
    fn names_are_those_that_django_makes() {
        for (ours, theirs) in [
            (
                foreign_key("blog_blogpost", "author_id", "accounts_a", "id", Some(63)),
                "blog_blogpost_author_id_ffcc150f_fk_accounts_a_id",
            ),
            (
                unique("blog_blogpost", &["title", "slug"], Some(63)),
                "blog_blogpost_title_slug_2a3c1596_uniq",
            ),
            (
                option_index("blog_blogpost", &["title", "-views"]),
                "blog_blogpo_title_78315c_idx",
            ),
            (
                unique(
                    "a_rather_long_application_label_somewhere",
                    &["some_long_column_name_and_more", "other"],
                    Some(63),
                ),
                "a_rather_long_applicatio_some_long_column_name_an_a09f2132_uniq",
            ),
            (
                index(
                    "a_rather_long_application_label_somewhere",
                    &["some_long_column_name_and_more", "other"],
                    Some(63),
                ),
                "a_rather_long_application__some_long_column_name_and__a09f2132",
            ),
            (
                unique(
                    "a_rather_long_application_label_somewhere",
                    &["some_long_column_name_and_more", "other"],
                    Some(64),
                ),
                "a_rather_long_applicatio_some_long_column_name_an_a09f2132_uniq",
            ),
            (
                index(
                    "a_rather_long_application_label_somewhere",
                    &["some_long_column_name_and_more", "other"],
                    Some(64),
                ),
                "a_rather_long_application_l_some_long_column_name_and_m_a09f2132",
            ),
            (
                unique(
                    "a_rather_long_application_label_somewhere",
                    &["some_long_column_name_and_more", "other"],
                    None,
                ),
                "a_rather_long_application_label_somewhere_some_long_column_name_and_more_other_a09f2132_uniq",
            ),
            (
                index(
                    "a_rather_long_application_label_somewhere",
                    &["some_long_column_name_and_more", "other"],
                    None,
                ),
                "a_rather_long_application_label_somewhere_some_long_column_name_and_more_other_a09f2132",
            ),
            (
                unique(
                    "_under_a_rather_long_application_label_somewherea_rather_long_application_label_somewhere",
                    &["some_long_column_name_and_more"],
                    Some(63),
                ),
                "D_under_a_rather_long_app_some_long_column_name_an_8d58b85a_uni",
            ),
            (
                index(
                    "_under_a_rather_long_application_label_somewherea_rather_long_application_label_somewhere",
                    &["some_long_column_name_and_more"],
                    Some(63),
                ),
                "D_under_a_rather_long_appli_some_long_column_name_and__8d58b85",
            ),
            (
                unique(
                    "_under_a_rather_long_application_label_somewherea_rather_long_application_label_somewhere",
                    &["some_long_column_name_and_more"],
                    Some(64),
                ),
                "D_under_a_rather_long_app_some_long_column_name_an_8d58b85a_uni",
            ),
            (
                index(
                    "_under_a_rather_long_application_label_somewherea_rather_long_application_label_somewhere",
                    &["some_long_column_name_and_more"],
                    Some(64),
                ),
                "D_under_a_rather_long_applic_some_long_column_name_and_m_8d58b85",
            ),
            (
                unique(
                    "_under_a_rather_long_application_label_somewherea_rather_long_application_label_somewhere",
                    &["some_long_column_name_and_more"],
                    None,
                ),
                "_under_a_rather_long_application_label_somewherea_rather_long_application_label_somewhere_some_long_column_name_and_more_8d58b85a_uniq",
            ),
            (
                index(
                    "_under_a_rather_long_application_label_somewherea_rather_long_application_label_somewhere",
                    &["some_long_column_name_and_more"],
                    None,
                ),
                "_under_a_rather_long_application_label_somewherea_rather_long_application_label_somewhere_some_long_column_name_and_more_8d58b85a",
            ),
            (
                unique(
                    "9a_rather_long_application_label_somewherea_rather_long_application_label_somewhere",
                    &["x", "y"],
                    Some(63),
                ),
                "D9a_rather_long_applicati_x_y_b416e37e_uni",
            ),
            (
                index(
                    "9a_rather_long_application_label_somewherea_rather_long_application_label_somewhere",
                    &["x", "y"],
                    Some(63),
                ),
                "D9a_rather_long_application_x_y_b416e37",
            ),
            (
                unique(
                    "9a_rather_long_application_label_somewherea_rather_long_application_label_somewhere",
                    &["x", "y"],
                    Some(64),
                ),
                "D9a_rather_long_applicati_x_y_b416e37e_uni",
            ),
            (
                index(
                    "9a_rather_long_application_label_somewherea_rather_long_application_label_somewhere",
                    &["x", "y"],
                    Some(64),
                ),
                "D9a_rather_long_application__x_y_b416e37",
            ),
            (
                unique(
                    "9a_rather_long_application_label_somewherea_rather_long_application_label_somewhere",
                    &["x", "y"],
                    None,
                ),
                "9a_rather_long_application_label_somewherea_rather_long_application_label_somewhere_x_y_b416e37e_uniq",
            ),
            (
                index(
                    "9a_rather_long_application_label_somewherea_rather_long_application_label_somewhere",
                    &["x", "y"],
                    None,
                ),
                "9a_rather_long_application_label_somewherea_rather_long_application_label_somewhere_x_y_b416e37e",
            ),
            (
                unique("blog_post", &["author_id"], Some(63)),
                "blog_post_author_id_dd7a8485_uniq",
            ),
            (
                index("blog_post", &["author_id"], Some(63)),
                "blog_post_author_id_dd7a8485",
            ),
            (
                unique("blog_post", &["author_id"], Some(64)),
                "blog_post_author_id_dd7a8485_uniq",
            ),
            (
                index("blog_post", &["author_id"], Some(64)),
                "blog_post_author_id_dd7a8485",
            ),
            (
                unique("blog_post", &["author_id"], None),
                "blog_post_author_id_dd7a8485_uniq",
            ),
            (
                index("blog_post", &["author_id"], None),
                "blog_post_author_id_dd7a8485",
            ),
            (
                foreign_key(
                    "a_rather_long_application_label_somewhere",
                    "some_long_column_name_and_more",
                    "a_rather_long_application_label_somewhere_target",
                    "id",
                    Some(63),
                ),
                "a_rather_long_applic_some_long_column_nam_668e4525_fk_a_rather_",
            ),
            (
                check(
                    "a_rather_long_application_label_somewhere",
                    "some_long_column_name_and_more",
                    Some(63),
                ),
                "a_rather_long_applicati_some_long_column_name_a_668e4525_check",
            ),
            (
                foreign_key(
                    "a_rather_long_application_label_somewhere",
                    "some_long_column_name_and_more",
                    "a_rather_long_application_label_somewhere_target",
                    "id",
                    Some(64),
                ),
                "a_rather_long_applic_some_long_column_nam_668e4525_fk_a_rather_",
            ),
            (
                check(
                    "a_rather_long_application_label_somewhere",
                    "some_long_column_name_and_more",
                    Some(64),
                ),
                "a_rather_long_applicatio_some_long_column_name_an_668e4525_check",
            ),
            (
                foreign_key(
                    "a_rather_long_application_label_somewhere",
                    "some_long_column_name_and_more",
                    "a_rather_long_application_label_somewhere_target",
                    "id",
                    None,
                ),
                "a_rather_long_application_label_somewhere_some_long_column_name_and_more_668e4525_fk_a_rather_long_application_label_somewhere_target_id",
            ),
            (
                check(
                    "a_rather_long_application_label_somewhere",
                    "some_long_column_name_and_more",
                    None,
                ),
                "a_rather_long_application_label_somewhere_some_long_column_name_and_more_668e4525_check",
            ),
            (
                truncate_name("a_rather_long_application_label_somewhere", 30),
                "a_rather_long_application_def6",
            ),
        ] {
            assert_eq!(ours, theirs);
        }
    }

    #[test]
    fn an_index_of_the_options_never_begins_with_an_underscore() {
        assert_eq!(option_index("_table", &["a"]), "Dtable_a_33e9ee_idx");
    }
}
