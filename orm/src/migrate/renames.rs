//! Which tables and columns an operation gives other names: read off the states before and after it.

use crate::migrate::Operation;
use crate::migrate::affected::changed;
use crate::migrate::state::{FieldState, ModelKey, ModelState, ProjectState};
use crate::migrate::to_schema::through_columns;
use crate::schema::change::Renames;

/// The renames between the states before and after an operation of an app.
///
/// Models and fields are paired by their names, through those that the operation itself renames; where a pair has
/// other tables or columns afterwards, these are renamed. The tables between, of many-to-many fields, follow.
pub(super) fn renames(
    app: &str,
    operation: &Operation,
    before: &ProjectState,
    after: &ProjectState,
) -> Renames {
    let mut renames = Renames::default();
    let models = changed(before, after)
        .into_iter()
        .filter_map(|(was, _)| was);
    for model in models.filter(|model| model.has_own_table()) {
        let counterpart = after.get(&key_after(app, operation, &model.key()));
        if let Some(other) = counterpart.filter(|other| other.has_own_table()) {
            pair(app, operation, (model, other), &mut renames);
        }
    }
    renames
}

fn key_after(app: &str, operation: &Operation, key: &ModelKey) -> ModelKey {
    match operation {
        Operation::RenameModel(op) if *key == ModelKey::new(app, &op.old_name) => {
            ModelKey::new(app, &op.new_name)
        }
        Operation::Elidable(inner) => key_after(app, inner, key),
        _ => key.clone(),
    }
}

fn field_after<'a>(
    app: &str,
    operation: &'a Operation,
    model: &ModelState,
    field: &'a FieldState,
) -> &'a str {
    match operation {
        Operation::RenameField(op)
            if model.key() == ModelKey::new(app, &op.model) && field.name == op.old_name =>
        {
            &op.new_name
        }
        Operation::Elidable(inner) => field_after(app, inner, model, field),
        _ => &field.name,
    }
}

fn pair(
    app: &str,
    operation: &Operation,
    (model, other): (&ModelState, &ModelState),
    renames: &mut Renames,
) {
    rename_table(renames, &model.table(), &other.table());
    for field in &model.fields {
        let Some(new) = other.field(field_after(app, operation, model, field)) else {
            continue;
        };
        if field.has_column() && new.has_column() {
            rename_column(renames, &model.table(), &field.column(), &new.column());
        }
        if let (Some(table), Some(to)) = (model.through_table(field), other.through_table(new)) {
            let (old, new) = (through_columns(model, field), through_columns(other, new));
            rename_column(renames, &table, &old.0, &new.0);
            rename_column(renames, &table, &old.1, &new.1);
            rename_table(renames, &table, &to);
        }
    }
}

fn rename_table(renames: &mut Renames, from: &str, to: &str) {
    if from != to {
        renames.tables.insert(from.to_owned(), to.to_owned());
    }
}

fn rename_column(renames: &mut Renames, table: &str, from: &str, to: &str) {
    if from != to {
        renames
            .columns
            .entry(table.to_owned())
            .or_default()
            .insert(from.to_owned(), to.to_owned());
    }
}
