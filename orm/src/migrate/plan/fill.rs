//! What rows get: in new columns, and where NULL is no longer allowed.

use super::planner::Planner;
use crate::error::Result;
use crate::meta::literal::{DefaultFunction, DefaultValue};
use crate::migrate::expression::Scope;
use crate::migrate::operation::Operation;
use crate::migrate::state::{FieldState, ModelKey, ModelState, ProjectState};
use crate::migrate::to_schema::{column_of, kind_of_column, value_in_column};
use crate::schema::change::SchemaChange;
use crate::schema::{Column, ColumnType, Default, Schema};
use crate::value::Value;

impl Planner<'_> {
    /// The field that the operation defines, and whether its default is for the rows of the moment only.
    fn defined(&self) -> Option<(&str, &FieldState, bool)> {
        let mut operation = self.operation;
        while let Operation::Elidable(inner) = operation {
            operation = inner;
        }
        match operation {
            Operation::AddField(op) => Some((&op.model, &op.field, op.preserve_default)),
            Operation::AlterField(op) => Some((&op.model, &op.field, op.preserve_default)),
            _ => None,
        }
    }

    /// The table and the column that the operation defines anew.
    pub(super) fn touched(&self, state: &ProjectState) -> Option<(String, String)> {
        let (model, field, _) = self.defined()?;
        let table = self.table(state, model).ok()?;
        field.has_column().then(|| (table, field.column()))
    }

    /// A one-off default is not in the state, but in the database, until the field changes again.
    pub(super) fn give_one_off_default(
        &self,
        before: &ProjectState,
        after: &ProjectState,
        schema: &mut Schema,
    ) -> Result<()> {
        if matches!(self.operation, Operation::AlterModelOptions(_)) {
            return Ok(());
        }
        if let Operation::AlterOrderWithRespectTo(op) = self.operation {
            let was = before
                .model(self.app, &op.model)
                .is_some_and(|model| model.options.order_with_respect_to.is_some());
            let table = self.table(after, &op.model)?;
            if let Some(column) = column_mut(schema, &table, "_order").filter(|_| !was) {
                column.default = Some(Default {
                    sql: "0".to_owned(),
                    one_off: true,
                });
            }
        }
        let Some((model, field, false)) = self.defined() else {
            return Ok(());
        };
        let Some(DefaultValue::Value(_)) = &field.default else {
            return Ok(());
        };
        let model = after.expect(&ModelKey::new(self.app, model))?;
        let scope = Scope {
            state: after,
            model,
            editor: self.editor,
        };
        let column = column_of(&scope, field)?;
        if let (Some(target), Some(default)) = (
            column_mut(schema, &model.table(), &column.name),
            column.default,
        ) {
            target.default = Some(Default {
                one_off: true,
                ..default
            });
        }
        Ok(())
    }

    /// What the rows of the moment get: in new columns, and where NULL is no longer allowed.
    pub(super) fn fill(
        &self,
        from: &ProjectState,
        to: &ProjectState,
        change: &mut SchemaChange,
    ) -> Result<()> {
        for table in &mut change.altered {
            let owner = |state: &ProjectState, name: &str| {
                state
                    .models
                    .values()
                    .find(|model| model.table() == *name)
                    .cloned()
            };
            let Some(model) = owner(to, &table.after.name) else {
                continue;
            };
            let is_new = |name: &str| {
                owner(from, &table.old.name).is_some() && table.before.column(name).is_none()
            };
            for added in &mut table.added_columns {
                if let Some(field) = self
                    .field(&model, &added.column.name)
                    .filter(|_| is_new(&added.column.name))
                {
                    let fill = self.effective(to, &field, &added.column)?;
                    match (&added.column.default, &added.column.generated) {
                        (None, None) => added.fill = fill,
                        _ => added.fill = None,
                    }
                }
            }
            for altered in table
                .altered_columns
                .iter_mut()
                .filter(|altered| altered.before.null && !altered.after.null)
            {
                if let Some(field) = self.field(&model, &altered.after.name) {
                    let default = altered
                        .after
                        .default
                        .as_ref()
                        .map(|default| default.sql.clone());
                    altered.fill = default.or(self.effective(to, &field, &altered.after)?);
                }
            }
        }
        Ok(())
    }

    /// The field of a column: as the operation defines it (with a one-off default), else as the state has it.
    fn field(&self, model: &ModelState, column: &str) -> Option<FieldState> {
        let defined = self.defined().filter(|(name, field, _)| {
            model.key() == ModelKey::new(self.app, *name)
                && field.has_column()
                && field.column() == column
        });
        let stated = model.columns().find(|field| field.column() == column);
        let same = |field: &FieldState| {
            stated.is_some_and(|stated| stated.kind == field.kind && stated.null == field.null)
        };
        match defined {
            Some((_, field, _)) if same(field) => Some(field.clone()),
            _ => stated.cloned(),
        }
    }

    /// Django's effective default: the default, now where every save sets now, an empty text where it may be blank.
    fn effective(
        &self,
        state: &ProjectState,
        field: &FieldState,
        column: &Column,
    ) -> Result<Option<String>> {
        let kind = kind_of_column(state, field).unwrap_or(field.kind);
        Ok(match &field.default {
            Some(DefaultValue::Value(literal)) => Some(
                self.editor
                    .literal(&value_in_column(state, field, literal)?)?,
            ),
            Some(DefaultValue::Function(function)) => {
                Some(self.editor.function(*function, &column.ty))
            }
            Some(DefaultValue::Rust(_)) => None,
            None if column.null => None,
            None if field.auto_now || field.auto_now_add => {
                Some(self.editor.function(DefaultFunction::Now, &column.ty))
            }
            None if field.blank && kind.is_text() => Some("''".to_owned()),
            None => None,
        })
    }

    /// A column that comes back has lost what it held: rows get the empty value of its type where they must have one.
    pub(super) fn fill_what_was_lost(&self, change: &mut SchemaChange) {
        for table in &mut change.altered {
            let refers = |name: &str| {
                table
                    .after
                    .foreign_keys
                    .iter()
                    .any(|key| key.columns.iter().any(|column| column == name))
            };
            for added in &mut table.added_columns {
                let column = &added.column;
                let needs = !column.null
                    && column.default.is_none()
                    && column.generated.is_none()
                    && !column.identity;
                if needs && added.fill.is_none() && !refers(&column.name) {
                    added.fill = self.empty(&column.ty);
                }
            }
        }
    }

    fn empty(&self, ty: &ColumnType) -> Option<String> {
        let value = match ty {
            ty if ty.is_text() => Value::Text(String::new()),
            ty if ty.is_number() => Value::Int(0),
            ColumnType::Boolean => Value::Bool(false),
            ColumnType::Duration => Value::Duration(0),
            ColumnType::Binary => Value::Bytes(Vec::new()),
            ColumnType::Json => Value::Json("null".to_owned()),
            ColumnType::Date => Value::Date(0),
            ColumnType::Time => Value::Time(0),
            ColumnType::DateTime => Value::DateTime(0),
            ColumnType::Uuid => Value::Uuid([0; 16]),
            ColumnType::IpAddress => Value::Inet("0.0.0.0".to_owned()),
            _ => return None,
        };
        self.editor.literal(&value).ok()
    }
}

fn column_mut<'a>(schema: &'a mut Schema, table: &str, column: &str) -> Option<&'a mut Column> {
    schema
        .table_mut(table)?
        .columns
        .iter_mut()
        .find(|other| other.name == column)
}
