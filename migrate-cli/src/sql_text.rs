//! A look at the SQL that people write in migrations, before any database sees it.
//!
//! The parser knows much of each database's SQL, but not all of it: what it cannot read is a warning, never a refusal.

use nuages::migrate::Operation;
use nuages::migrate::files::Migration;
use nuages::migrate::operation::SqlText;
use sqlparser::dialect::{Dialect, GenericDialect, MySqlDialect, PostgreSqlDialect, SQLiteDialect};
use sqlparser::parser::Parser;

/// A warning for each SQL text of a migration that cannot be read; of those for one database, where it is known.
pub(crate) fn warnings(migration: &Migration, database: Option<&str>) -> Vec<String> {
    let mut warnings = Vec::new();
    for operation in &migration.operations {
        let operation = match operation {
            Operation::Elidable(operation) => operation,
            operation => operation,
        };
        let Operation::RunSql(run) = operation else {
            continue;
        };
        for text in [Some(&run.sql), run.reverse_sql.as_ref()]
            .into_iter()
            .flatten()
        {
            let mistakes = mistakes(text, database).into_iter();
            warnings.extend(mistakes.map(|mistake| {
                format!("{}: the SQL of run_sql cannot be read ({mistake}); if the database takes it, leave it", migration.key())
            }));
        }
    }
    warnings
}

fn mistakes(text: &SqlText, database: Option<&str>) -> Vec<String> {
    match text {
        SqlText::Same(sql) => mistake(sql, database).into_iter().collect(),
        SqlText::ByBackend(texts) => texts
            .iter()
            .filter(|(name, _)| database.is_none_or(|database| database == name))
            .filter_map(|(name, sql)| mistake(sql, Some(name)))
            .collect(),
    }
}

/// The dialects that a text may be in; where no database is known, those of all.
pub(crate) fn dialects(database: Option<&str>) -> Vec<Box<dyn Dialect>> {
    match database {
        Some("postgres") => vec![Box::new(PostgreSqlDialect {}), Box::new(GenericDialect {})],
        Some("mysql" | "mariadb") => vec![Box::new(MySqlDialect {}), Box::new(GenericDialect {})],
        Some("sqlite") => vec![Box::new(SQLiteDialect {}), Box::new(GenericDialect {})],
        _ => vec![
            Box::new(GenericDialect {}),
            Box::new(PostgreSqlDialect {}),
            Box::new(MySqlDialect {}),
            Box::new(SQLiteDialect {}),
        ],
    }
}

/// What is wrong with a text for a database; where none is known, for all of them.
fn mistake(sql: &str, database: Option<&str>) -> Option<String> {
    let mut first = None;
    for dialect in dialects(database) {
        match Parser::parse_sql(&*dialect, sql) {
            Ok(_) => return None,
            Err(error) => _ = first.get_or_insert(error.to_string()),
        }
    }
    first.map(|message| message.trim_start_matches("sql parser error: ").to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(sql: &str, database: Option<&str>) -> Option<String> {
        mistakes(&SqlText::Same(sql.to_owned()), database).pop()
    }

    #[test]
    fn a_misspelt_word_is_named_and_each_database_may_have_its_own() {
        assert_eq!(
            of(
                "UPDATE blog_post SET status = 'x'; DELETE FROM blog_tag",
                None
            ),
            None
        );
        let mistake = of("UPDAET blog_post SET status = 'x'", None).unwrap_or_default();
        assert!(mistake.contains("UPDAET"), "{mistake}");
        assert_eq!(
            of(
                "INSERT INTO t (a) VALUES (1) ON CONFLICT DO NOTHING",
                Some("postgres")
            ),
            None
        );
        assert_eq!(of("REPLACE INTO `t` (`a`) VALUES (1)", Some("mysql")), None);
        assert_eq!(of("", None), None);
    }
}
