//! Fields that are renamed, altered, added and removed: what code of before and of after need of their columns.

use super::refused;
use super::shadow::{End, fill};
use super::split::Parts;
use crate::error::Result;
use crate::meta::condition::{Condition, Expression, Lookup};
use crate::meta::kind::FieldKind;
use crate::meta::literal::{DefaultFunction, DefaultValue, Literal};
use crate::migrate::operation::{AddField, AlterField, KeepInStep, Operation, RemoveField};
use crate::migrate::state::FieldState;

/// What to do about a type that the two codes cannot share.
const OTHER_COLUMN: &str = "code of before and code of after cannot share a column of two types; give the field another \
                            column, such as `#[field(column = \"…\")]`, and both are kept in step";

impl Parts<'_> {
    /// A second column under the new name; a many-to-many field has a table that gets a second name.
    pub(super) fn rename_field(
        &mut self,
        model: &str,
        old_name: &str,
        new_name: &str,
        operation: &Operation,
    ) -> Result<()> {
        let before = self.model(model)?;
        let old = before.expect_field(old_name)?.clone();
        let mut new = old.clone();
        new_name.clone_into(&mut new.name);
        if !old.has_column() {
            self.expand(operation.clone())?;
            let after = self.model(model)?;
            self.keep_between(&before, &old, &after, after.field(new_name));
            return Ok(());
        }
        if old.column() == new.column() {
            return self.expand(operation.clone());
        }
        if old.generated.is_some() {
            return Err(refused(
                "the database computes the column; add the new field first, and remove the old one later",
            ));
        }
        let done = AlterField::new(model, new.clone());
        self.shadow(model, &old, new, (done, End::Named))
    }

    pub(super) fn alter_field(&mut self, op: &AlterField) -> Result<()> {
        let operation = Operation::AlterField(op.clone());
        let before = self.model(&op.model)?;
        let Some(old) = before.field(&op.field.name).cloned() else {
            self.contract(operation);
            return Ok(());
        };
        if self.is_shadow(&op.model, &op.field.name) {
            self.contract(operation);
            return Ok(());
        }
        let new = op.field_after();
        if !old.has_column() || !new.has_column() {
            self.expand(operation)?;
            let after = self.model(&op.model)?;
            self.keep_between(&before, &old, &after, after.field(&old.name));
            return Ok(());
        }
        if old.generated.is_some() || new.generated.is_some() {
            self.contract(operation);
            return Ok(());
        }
        if old.primary_key != new.primary_key
            || (old.kind.is_auto() || new.kind.is_auto()) && old.kind != new.kind
        {
            return Err(refused(
                "it changes what rows are known by; write this change without `--phased`",
            ));
        }
        if old.column() != new.column() {
            let mut beside = new.clone();
            beside.name = format!("{}_next", old.name);
            beside.column = Some(new.column());
            return self.shadow(&op.model, &old, beside, (op.clone(), End::TakesName));
        }
        match retyped(&old, &new) {
            Retyped::Not | Retyped::Wider | Retyped::Narrower => {
                self.alter_in_place(op, &old, &new)
            }
            Retyped::Apart => {
                if new.column.is_some() {
                    return Err(refused(OTHER_COLUMN));
                }
                let mut beside = new.clone();
                beside.name = format!("{}_next", old.name);
                self.shadow(&op.model, &old, beside, (op.clone(), End::TakesName))
            }
            Retyped::Otherwise => Err(refused(OTHER_COLUMN)),
        }
    }

    /// What both codes can live with at once, and the rest afterwards.
    fn alter_in_place(
        &mut self,
        op: &AlterField,
        old: &FieldState,
        new: &FieldState,
    ) -> Result<()> {
        let operation = Operation::AlterField(op.clone());
        let mut between = new.clone();
        between.null |= old.null;
        between.unique &= old.is_unique();
        if retyped(old, new) == Retyped::Narrower {
            between.kind = old.kind;
            between.max_length = old.max_length;
            between.max_digits = old.max_digits;
            between.decimal_places = old.decimal_places;
        } else if let (Some(was), Some(is)) = (old.max_length, new.max_length) {
            between.max_length = Some(was.max(is));
        }
        if let (Some(relation), Some(was)) = (&mut between.relation, &old.relation) {
            relation.db_constraint &= was.db_constraint;
        }
        let filled = match old.null && !new.null {
            true => default_of(&op.field, old)?,
            false => None,
        };
        if between == *new {
            return self.expand(operation);
        }
        if between != *old {
            self.expand(Operation::AlterField(AlterField::new(&op.model, between)))?;
        }
        self.fill_until_later(&op.model, &op.field.name, filled)?;
        self.contract(operation);
        Ok(())
    }

    /// Rows get a value where they have none, and so do those that are written meanwhile.
    fn fill_until_later(
        &mut self,
        model: &str,
        field: &str,
        value: Option<Expression>,
    ) -> Result<()> {
        let Some(value) = value else {
            return Ok(());
        };
        let step = KeepInStep {
            model: model.to_owned(),
            field: field.to_owned(),
            with: None,
            default: Some(value.clone()),
        };
        self.expand(Operation::KeepInStep(step.clone()))?;
        let is_null = Condition::compare(
            Expression::Field(field.to_owned()),
            Lookup::IsNull,
            Literal::Bool(true),
        );
        self.expand(fill(model, (field, value), Some(is_null)))?;
        self.contract(Operation::StopKeepingInStep(step));
        Ok(())
    }

    /// Code of before does not know the field, and rows that it writes need a value.
    pub(super) fn add_field(&mut self, op: &AddField) -> Result<()> {
        let operation = Operation::AddField(op.clone());
        let field = &op.field;
        let by_database = field.db_default.is_some()
            || matches!(field.default, Some(DefaultValue::Value(_)))
            || field.generated.is_some();
        if !field.has_column() || field.null || (by_database && !field.is_unique()) {
            return self.expand(operation);
        }
        if field.primary_key {
            return Err(refused(
                "it changes what rows are known by; write this change without `--phased`",
            ));
        }
        let value = match default_of(field, field)? {
            Some(Expression::Literal(_)) if field.is_unique() => None,
            None if field.auto_now || field.auto_now_add => Some(function(DefaultFunction::Now)),
            None if field.blank && field.kind.is_text() && !field.is_unique() => {
                Some(Expression::Literal(Literal::Text(String::new())))
            }
            value => value,
        };
        let Some(value) = value else {
            return Err(refused(
                "code of before would write rows without a value for it, which the database refuses; let it be NULL, or \
                 give it a `db_default` (where it is unique: one that differs from row to row)",
            ));
        };
        let between = FieldState {
            null: true,
            default: None,
            db_default: None,
            ..field.clone()
        };
        self.expand(Operation::AddField(AddField::new(&op.model, between)))?;
        self.fill_until_later(&op.model, &field.name, Some(value))?;
        self.contract(Operation::AlterField(AlterField {
            model: op.model.clone(),
            field: field.clone(),
            preserve_default: op.preserve_default,
        }));
        Ok(())
    }

    /// Code of after does not know the field, and must be able to write rows without it, and to delete what it points
    /// at.
    pub(super) fn remove_field(&mut self, op: &RemoveField) -> Result<()> {
        let model = self.model(&op.model)?;
        let old = model.expect_field(&op.name)?.clone();
        let goes = self.goes(&op.model);
        if old.primary_key && !goes {
            return Err(refused(
                "it is what rows are known by; write this change without `--phased`",
            ));
        }
        let mut between = old.clone();
        if let Some(relation) = &mut between.relation {
            relation.db_constraint &= relation.through.is_some();
        }
        let is_written = old.has_column() && old.generated.is_none();
        if is_written && !goes && model.has_own_table() {
            may_be_left_out(&mut between);
        }
        if between != old {
            self.expand(Operation::AlterField(AlterField::new(&op.model, between)))?;
        }
        self.contract(Operation::RemoveField(op.clone()));
        Ok(())
    }
}

/// Lets rows be written without a field: by a default of the database, where there is a sensible one that code of
/// before can read, else by NULL.
fn may_be_left_out(field: &mut FieldState) {
    let has_default =
        field.db_default.is_some() || matches!(field.default, Some(DefaultValue::Value(_)));
    if field.null || (has_default && !field.is_unique()) {
        return;
    }
    let empty = match field.kind {
        _ if field.is_unique() || field.relation.is_some() => None,
        _ if matches!(
            field.default,
            Some(DefaultValue::Function(DefaultFunction::Now))
        ) || field.auto_now
            || field.auto_now_add =>
        {
            Some(function(DefaultFunction::Now))
        }
        kind if kind.is_text() => Some(Expression::Literal(Literal::Text(String::new()))),
        kind if kind.is_integer() => Some(Expression::Literal(Literal::Int(0))),
        FieldKind::Float => Some(Expression::Literal(Literal::Float(0.0))),
        FieldKind::Decimal => Some(Expression::Literal(Literal::Text("0".to_owned()))),
        FieldKind::Boolean => Some(Expression::Literal(Literal::Bool(false))),
        _ => None,
    };
    match empty {
        Some(empty) => {
            field.default = None;
            field.db_default = Some(empty);
        }
        None => field.null = true,
    }
}

/// What rows get in a field that must not be NULL in the end, where the database had a default, or Rust has one that
/// the database can have too.
pub(super) fn default_of(done: &FieldState, old: &FieldState) -> Result<Option<Expression>> {
    if done.null && old.db_default.is_none() {
        return Ok(None);
    }
    let given = [done, old].into_iter().find_map(|field| {
        let by_rust = match &field.default {
            Some(DefaultValue::Value(literal)) => Some(Expression::Literal(literal.clone())),
            Some(DefaultValue::Function(known)) => Some(function(*known)),
            _ => None,
        };
        field.db_default.clone().or(by_rust)
    });
    match given {
        Some(Expression::Function { args, .. }) if !args.is_empty() => Err(refused(
            "its default is computed from others, which a trigger cannot do; write this change without `--phased`",
        )),
        Some(Expression::Field(_) | Expression::Condition(_)) => Err(refused(
            "its default is computed from others, which a trigger cannot do; write this change without `--phased`",
        )),
        given => Ok(given),
    }
}

fn function(function: DefaultFunction) -> Expression {
    Expression::Function {
        name: function.as_str().to_owned(),
        args: Vec::new(),
    }
}

/// How the type of a column changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Retyped {
    /// Not at all.
    Not,
    /// It holds all that it held, and the database need not write the rows anew.
    Wider,
    /// It holds less than it did.
    Narrower,
    /// Both codes can use either type, and the rows are written anew.
    Apart,
    /// Code of one type cannot use the other.
    Otherwise,
}

fn retyped(old: &FieldState, new: &FieldState) -> Retyped {
    let to = |field: &FieldState| {
        field
            .relation
            .as_ref()
            .map(|it| (it.to.clone(), it.to_field.clone()))
    };
    let is_key = |field: &FieldState| field.relation.is_some();
    if is_key(old) && is_key(new) {
        return match to(old) == to(new) {
            true => Retyped::Not,
            false => Retyped::Otherwise,
        };
    }
    if is_key(old) || is_key(new) {
        return Retyped::Otherwise;
    }
    let length = |field: &FieldState| match field.kind {
        FieldKind::Text => None,
        _ => field.max_length,
    };
    match (old.kind, new.kind) {
        (FieldKind::Decimal, FieldKind::Decimal) => {
            let digits = |field: &FieldState| (field.max_digits, field.decimal_places);
            match digits(old) == digits(new) {
                true => Retyped::Not,
                false => Retyped::Apart,
            }
        }
        (was, is) if was.is_text() && is.is_text() => match (length(old), length(new)) {
            (was, is) if was == is => Retyped::Not,
            (_, None) => Retyped::Wider,
            (Some(was), Some(is)) if was <= is => Retyped::Wider,
            _ => Retyped::Narrower,
        },
        (was, is) if was == is => Retyped::Not,
        (was, is) if was.is_integer() && is.is_integer() => Retyped::Apart,
        _ => Retyped::Otherwise,
    }
}
