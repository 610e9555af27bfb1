//! Insert, update and delete in standard SQL, with the upsert that PostgreSQL began and others took up.

use super::{Writer, select};
use crate::ast::{
    Alias, Conflict, Delete, Expr, Insert, InsertRows, ListRows, Name, OutputColumn, Query, Raw,
    RawPart, Select, Set, Source, Update,
};
use crate::error::{Error, Result};

pub(super) fn insert(w: &mut Writer<'_>, insert: &Insert) -> Result<()> {
    let dialect = w.dialect();
    w.set_target(insert.alias, &insert.table);
    w.push("INSERT INTO ");
    w.table(&insert.table);
    match &insert.rows {
        InsertRows::Defaults => w.push(dialect.insert_defaults()),
        InsertRows::Values(rows) => {
            check_rows(insert, rows.iter().map(Vec::len))?;
            columns(w, insert);
            for (nth, row) in rows.iter().enumerate() {
                w.push(if nth == 0 { " VALUES (" } else { ", (" });
                for (nth, value) in row.iter().enumerate() {
                    w.push(if nth == 0 { "" } else { ", " });
                    stored(w, value)?;
                }
                w.push(")");
            }
        }
        InsertRows::Lists(lists) => {
            if !dialect.features().insert_from_lists {
                return Err(w.unsupported("rows from lists"));
            }
            check_rows(insert, [lists.len()].into_iter())?;
            columns(w, insert);
            for (nth, list) in lists.iter().enumerate() {
                w.push(if nth == 0 {
                    " SELECT * FROM unnest("
                } else {
                    ", "
                });
                w.list_param(*list);
            }
            w.push(")");
        }
        InsertRows::Query(query) => {
            columns(w, insert);
            w.push(" ");
            match insert.on_conflict {
                Some(_) => select::query(w, &with_where(query))?,
                None => select::query(w, query)?,
            }
        }
    }
    if let Some(conflict) = &insert.on_conflict {
        dialect.conflict(w, insert, conflict)?;
    }
    returning(
        w,
        &insert.returning,
        dialect.features().insert_returning,
        "INSERT … RETURNING",
    )
}

/// The query with a WHERE, without which some take the ON of the conflict clause for that of a join.
fn with_where(query: &Query) -> Query {
    let mut select = match query {
        Query::Select(select) => (**select).clone(),
        Query::Compound(_) => Select {
            columns: vec![
                Expr::Raw(Raw {
                    parts: vec![RawPart::Sql("*".into())],
                })
                .into(),
            ],
            from: Some(Source::subquery(query.clone(), Alias(u32::MAX))),
            ..Select::default()
        },
    };
    select.filter.get_or_insert(Expr::bool(true));
    select.into()
}

fn columns(w: &mut Writer<'_>, insert: &Insert) {
    w.push(" (");
    w.names(&insert.columns);
    w.push(")");
}

fn check_rows(insert: &Insert, mut lengths: impl ExactSizeIterator<Item = usize>) -> Result<()> {
    let table = &insert.table.name;
    if lengths.len() == 0 {
        return Err(Error::query(format!(
            "an insert into `{table}` has no rows; leave it out"
        )));
    }
    let columns = insert.columns.len();
    match lengths.find(|length| *length != columns) {
        Some(length) => Err(Error::query(format!(
            "an insert into `{table}` names {columns} columns and gives {length} values"
        ))),
        None => Ok(()),
    }
}

fn returning(
    w: &mut Writer<'_>,
    columns: &[OutputColumn],
    known: bool,
    feature: &str,
) -> Result<()> {
    if columns.is_empty() {
        return Ok(());
    }
    if !known {
        return Err(w.unsupported(feature));
    }
    w.push(" RETURNING ");
    select::output_columns(w, columns)
}

/// `ON CONFLICT … DO …`.
///
/// # Errors
/// `InvalidQuery`, where a change names no unique columns.
pub fn conflict_clause(w: &mut Writer<'_>, insert: &Insert, conflict: &Conflict) -> Result<()> {
    w.push(" ON CONFLICT");
    let target = |w: &mut Writer<'_>, unique: &[Name]| {
        if !unique.is_empty() {
            w.push(" (");
            w.names(unique);
            w.push(")");
        }
    };
    match conflict {
        Conflict::Ignore { unique } => {
            target(w, unique);
            w.push(" DO NOTHING");
            Ok(())
        }
        Conflict::Update { unique, .. } if unique.is_empty() => Err(Error::query(format!(
            "an upsert into `{}` must name the unique columns whose equality counts",
            insert.table.name
        ))),
        Conflict::Update {
            unique,
            set,
            filter,
        } => {
            target(w, unique);
            w.push(" DO UPDATE SET ");
            // A bare column could be that of the row that was proposed.
            w.keep_qualifiers();
            w.dialect().assignments(w, set)?;
            select::filter(w, filter.as_ref())
        }
    }
}

pub(super) fn update(w: &mut Writer<'_>, update: &Update) -> Result<()> {
    let dialect = w.dialect();
    if update.set.is_empty() {
        return Err(Error::query(format!(
            "an update of `{}` changes no column",
            update.table.name
        )));
    }
    w.set_target(update.alias, &update.table);
    w.push("UPDATE ");
    w.table(&update.table);
    w.push(" SET ");
    dialect.assignments(w, &update.set)?;
    if let Some(rows) = &update.from {
        from_lists(w, rows)?;
    }
    select::filter(w, update.filter.as_ref())?;
    returning(
        w,
        &update.returning,
        dialect.features().update_returning,
        "UPDATE … RETURNING",
    )
}

fn from_lists(w: &mut Writer<'_>, rows: &ListRows) -> Result<()> {
    if !w.dialect().features().insert_from_lists {
        return Err(w.unsupported("rows from lists"));
    }
    w.push(" FROM unnest(");
    for (nth, (_, list)) in rows.columns.iter().enumerate() {
        if 0 < nth {
            w.push(", ");
        }
        w.list_param(*list);
    }
    w.push(")");
    w.declare(rows.alias);
    w.push("(");
    w.names(rows.columns.iter().map(|(name, _)| name));
    w.push(")");
    Ok(())
}

/// `column = value, …`, in the order given.
///
/// # Errors
/// `Unsupported`, where a value lacks.
pub fn assignments(w: &mut Writer<'_>, set: &[Set]) -> Result<()> {
    for (nth, Set { column, value }) in set.iter().enumerate() {
        if 0 < nth {
            w.push(", ");
        }
        w.name(column);
        w.push(" = ");
        stored(w, value)?;
    }
    Ok(())
}

/// A value for a column, which gives it its type.
fn stored(w: &mut Writer<'_>, value: &Expr) -> Result<()> {
    match value {
        Expr::Param(param) => {
            w.param(*param);
            Ok(())
        }
        _ => w.expr(value),
    }
}

pub(super) fn delete(w: &mut Writer<'_>, delete: &Delete) -> Result<()> {
    w.set_target(delete.alias, &delete.table);
    w.push("DELETE FROM ");
    w.table(&delete.table);
    select::filter(w, delete.filter.as_ref())?;
    let known = w.dialect().features().delete_returning;
    returning(w, &delete.returning, known, "DELETE … RETURNING")
}
