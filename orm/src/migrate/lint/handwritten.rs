//! The rules over SQL that was written by hand which hold on every database.

use super::change::{Around, widens};
use super::rules;
use crate::sql::{Act, Concern, Effect, LintSubject, Remedy, Rule, Severity, Written};

/// What a statement is found to do.
pub(super) fn of_written(
    written: &Written,
    subject: &LintSubject<'_>,
    around: &Around,
) -> Vec<Concern> {
    let mut found = acts(written, subject);
    if subject.is_new {
        return found;
    }
    if written.cascade {
        found.push(subject.concern(&rules::CASCADE, None, "it says CASCADE"));
    }
    found.extend(effects(written, subject, around));
    found
}

fn acts(written: &Written, subject: &LintSubject<'_>) -> Vec<Concern> {
    let whole = |rule: &'static Rule, what: &str, detail: String| Concern::new(rule, what, detail);
    let table = subject.statement.table.as_str();
    let is_small = subject.rows.is_some() && !subject.is_large();
    let writes_all = |filtered: bool, verb: &str| {
        let is_long = if filtered {
            subject.is_large()
        } else {
            !is_small
        };
        (is_long && !subject.is_new).then(|| {
            let rows = subject.rows.map(|rows| format!(" ({rows} rows)"));
            let which = if filtered { "rows" } else { "all rows" };
            let detail = format!(
                "{verb} of {which} of `{table}`{} in one statement",
                rows.unwrap_or_default()
            );
            subject.concern(&rules::WHOLE_TABLE, None, detail)
        })
    };
    let concern = match &written.act {
        Act::DropSchema(name) => Some(whole(
            &rules::DROP_SCHEMA,
            name,
            format!("the schema `{name}` is dropped"),
        )),
        Act::DropDatabase(name) => Some(whole(
            &rules::DROP_ALL,
            name,
            format!("the database `{name}` is dropped"),
        )),
        Act::Truncate if !subject.is_new => {
            Some(subject.concern(&rules::DROP_ALL, None, format!("`{table}` is emptied")))
        }
        Act::Transaction => {
            let remedy = Remedy::Rewrite {
                sql: String::new(),
                stepwise: false,
                portable: true,
            };
            let detail = format!("it says `{}`", written.statement.sql.trim());
            Some(whole(&rules::TRANSACTION, "run_sql", detail).with(Some(remedy)))
        }
        Act::Update { filtered } => writes_all(*filtered, "an UPDATE"),
        Act::Delete { filtered } => writes_all(*filtered, "a DELETE"),
        _ => None,
    };
    concern.into_iter().collect()
}

fn effects(written: &Written, subject: &LintSubject<'_>, around: &Around) -> Vec<Concern> {
    let table = subject.statement.table.clone();
    let of = |column: &str| format!("{table}.{column}");
    let concern = match &written.statement.effect {
        Effect::DropTable => {
            let detail = format!("`{table}` is dropped");
            around.loss(&rules::DROP_TABLE, table.clone(), detail)
        }
        Effect::DropColumn(column) => {
            let detail = format!("`{}` is dropped", of(column));
            around.loss(&rules::DROP_COLUMN, of(column), detail)
        }
        Effect::RenameTable(to) if !around.views.contains(&table) => {
            let detail = format!("`{table}` is `{to}` from now on");
            around.breakage(&rules::RENAME_TABLE, table.clone(), detail)
        }
        Effect::RenameColumn => {
            let detail = format!("a column of `{table}` is called otherwise from now on");
            around.breakage(&rules::RENAME_COLUMN, table.clone(), detail)
        }
        Effect::AddColumn(column)
            if !column.null
                && !column.identity
                && column.default.is_none()
                && column.generated.is_none() =>
        {
            let detail = format!(
                "`{}` has no value for the rows that exist",
                of(&column.name)
            );
            Some(Concern::new(&rules::ADD_REQUIRED, of(&column.name), detail))
        }
        Effect::DropNotNull(column) => {
            let detail = format!("`{}` may be NULL from now on", of(column));
            let concern = around.breakage(&rules::TYPE_CHANGE, of(column), detail);
            concern.map(|concern| concern.weighing(Severity::Info))
        }
        Effect::AlterColumn(column) if !widens(&column.before.ty, &column.after.ty) => {
            let name = of(&column.after.name);
            let detail = format!("`{name}` changes its type");
            around.breakage(&rules::TYPE_CHANGE, name, detail)
        }
        Effect::SetDefault(column) => {
            let detail = format!("the default of `{}` is another from now on", of(column));
            around.breakage(&rules::DEFAULT_CHANGE, of(column), detail)
        }
        Effect::DropConstraint(name) => subject
            .table()
            .and_then(|known| {
                let named = |key: &&crate::schema::ForeignKey| key.name.as_ref() == Some(name);
                known.foreign_keys.iter().find(named)
            })
            .map(|key| {
                let columns = of(&key.columns.join(", "));
                let detail = format!("`{columns}` no longer refers to `{}`", key.to_table);
                Concern::new(&rules::DROP_REFERENCE, columns, detail)
            }),
        effect => of_rows(effect, &table, around),
    };
    concern.into_iter().collect()
}

/// What rows may be in the way of.
fn of_rows(effect: &Effect, table: &str, around: &Around) -> Option<Concern> {
    let of = |column: &str| format!("{table}.{column}");
    let unasked = "nobody looks for such rows first, since it was written by hand";
    match effect {
        Effect::SetNotNull { column, .. }
            if !around.filled.contains(&(table.to_owned(), column.clone())) =>
        {
            let detail = format!("it fails if a row has NULL in `{}`; {unasked}", of(column));
            Some(Concern::new(&rules::NULLS, of(column), detail))
        }
        Effect::AddUnique {
            unique,
            built: false,
        } => {
            let columns = of(&unique.columns.join(", "));
            let detail = format!("it fails if rows are equal in `{columns}`; {unasked}");
            Some(Concern::new(&rules::DUPLICATES, columns, detail))
        }
        Effect::CreateIndex(index) if index.unique => {
            let columns: Vec<&str> = index
                .parts
                .iter()
                .filter_map(|part| part.column())
                .collect();
            let columns = of(&columns.join(", "));
            let detail = format!("it fails if rows are equal in `{columns}`; {unasked}");
            Some(Concern::new(&rules::DUPLICATES, columns, detail))
        }
        Effect::AddForeignKey { key, valid: true } => {
            let columns = of(&key.columns.join(", "));
            let detail = format!(
                "it fails if a row refers by `{columns}` to a row of `{}` that does not exist; {unasked}",
                key.to_table
            );
            Some(Concern::new(&rules::ROWS_DO_NOT_FIT, columns, detail))
        }
        Effect::AddCheck { check, valid: true } => {
            let name = check.name.as_deref().unwrap_or("without a name");
            let detail = format!("it fails if a row breaks the check `{name}`; {unasked}");
            Some(Concern::new(&rules::ROWS_DO_NOT_FIT, table, detail))
        }
        _ => None,
    }
}
