//! What speaks of fields: computed columns, unique constraints, indexes and checks.

use std::collections::BTreeSet;

use super::column::{is_json_check, is_sign_check};
use super::{fields_of, is_plain, plain_index, said};
use crate::meta::condition::Expression;
use crate::meta::kind::FieldKind;
use crate::migrate::expression::Scope;
use crate::migrate::state::{
    ConstraintState, Deferrable as StateDeferrable, FieldState, GeneratedState, IndexState,
    ModelState,
};
use crate::schema::{Deferrable, Index, IndexPart, IndexTarget, Table, Unique};

/// The parts of a table that a model is told of.
pub(super) struct Parts<'a> {
    pub(super) table: &'a Table,
    /// The model with its fields, and those that it points at.
    pub(super) scope: Scope<'a>,
    pub(super) notes: &'a mut Vec<String>,
}

impl Parts<'_> {
    pub(super) fn add_to(mut self, model: &mut ModelState) {
        self.computed(model);
        self.uniques(model);
        self.indexes(model);
        self.checks(model);
        model.options.unique_together.sort();
    }

    fn computed(&mut self, model: &mut ModelState) {
        for column in &self.table.columns {
            let Some(generated) = &column.generated else {
                continue;
            };
            let field = model
                .fields
                .iter_mut()
                .find(|field| field.has_column() && field.column() == column.name);
            let expression = said::expression(&self.scope, &generated.expression);
            let (Some(field), Some(expression)) = (field, expression) else {
                self.notes.push(format!(
                    "{} is computed by the database, and no model can say how: {}",
                    column.name,
                    generated.expression.trim()
                ));
                continue;
            };
            let output = FieldState {
                max_length: field.max_length.take(),
                max_digits: field.max_digits.take(),
                decimal_places: field.decimal_places.take(),
                collation: field.collation.take(),
                ..FieldState::new("", field.kind)
            };
            field.kind = FieldKind::Generated;
            field.default = None;
            field.db_default = None;
            field.generated = Some(Box::new(GeneratedState {
                expression,
                output,
                stored: generated.stored,
            }));
        }
    }

    fn uniques(&mut self, model: &mut ModelState) {
        let own = |unique: &&Unique| 1 < unique.columns.len() || !is_plain(unique);
        for unique in self.table.uniques.iter().filter(own) {
            let fields = fields_of(model, &unique.columns);
            match &unique.name {
                Some(name) => model.constraints.push(ConstraintState {
                    fields,
                    deferrable: unique.deferrable.map(|deferrable| match deferrable {
                        Deferrable::Deferred => StateDeferrable::Deferred,
                        Deferrable::Immediate => StateDeferrable::Immediate,
                    }),
                    nulls_distinct: unique.nulls_distinct,
                    ..ConstraintState::unique(name, &[])
                }),
                None => model.options.unique_together.push(fields),
            }
        }
    }

    fn indexes(&mut self, model: &mut ModelState) {
        let mut implied: BTreeSet<&str> = BTreeSet::new();
        for field in model.fields.iter().filter(|field| field.index) {
            let index = plain_index(self.table, &field.column());
            implied.extend(index.map(|index| index.name.as_str()));
        }
        let indexes = self.table.indexes.iter();
        for index in indexes.filter(|index| !implied.contains(index.name.as_str())) {
            if is_for_patterns(index) {
                continue;
            }
            let is_bare = index.condition.is_none()
                && index.include.is_empty()
                && index.nulls_distinct.is_none()
                && index.parts.iter().all(|part| {
                    part.column().is_some() && !part.descending && part.opclass.is_none()
                });
            if index.unique && is_bare && self.scope.editor.features().unique_together_as_index {
                let columns: Vec<String> = columns_of(index);
                let fields = fields_of(model, &columns);
                model.options.unique_together.push(fields);
            } else if index.unique && is_bare {
                self.notes.push(format!(
                    "the index {} is unique and no constraint: a model would make a constraint of it",
                    index.name
                ));
            } else if self.index(index, model).is_none() {
                self.notes
                    .push(format!("the index {} is not in the model", index.name));
            }
        }
    }

    /// An index, or what only a unique index holds, as the model says it.
    fn index(&self, index: &Index, model: &mut ModelState) -> Option<()> {
        let condition = match &index.condition {
            Some(sql) => Some(said::condition(&self.scope, sql)?),
            None => None,
        };
        let columns = columns_of(index);
        let is_over_columns = columns.len() == index.parts.len();
        let (mut fields, mut expressions) = (Vec::new(), Vec::new());
        if is_over_columns {
            let named = fields_of(model, &columns).into_iter().zip(&index.parts);
            fields.extend(named.map(|(name, part)| {
                let sign = if part.descending { "-" } else { "" };
                format!("{sign}{name}")
            }));
        } else {
            for part in &index.parts {
                expressions.push(self.part(part, model)?);
            }
        }
        let opclass = |part: &IndexPart| part.opclass.clone().unwrap_or_default();
        let mut opclasses: Vec<String> = index.parts.iter().map(opclass).collect();
        if opclasses.iter().all(String::is_empty) {
            opclasses.clear();
        }
        let include = fields_of(model, &index.include);
        if index.unique {
            model.constraints.push(ConstraintState {
                fields,
                expressions,
                opclasses,
                include,
                condition,
                nulls_distinct: index.nulls_distinct,
                ..ConstraintState::unique(&index.name, &[])
            });
        } else {
            model.indexes.push(IndexState {
                fields,
                expressions,
                opclasses,
                include,
                condition,
                using: index.using.clone(),
                ..IndexState::new(&index.name, &[])
            });
        }
        Some(())
    }

    fn part(&self, part: &IndexPart, model: &ModelState) -> Option<Expression> {
        let expression = match &part.target {
            IndexTarget::Column(column) => {
                let name = fields_of(model, std::slice::from_ref(column)).pop()?;
                Expression::field(name)
            }
            IndexTarget::Expression(sql) => said::expression(&self.scope, sql)?,
        };
        Some(if part.descending {
            Expression::function("desc", vec![expression])
        } else {
            expression
        })
    }

    fn checks(&mut self, model: &mut ModelState) {
        for check in &self.table.checks {
            let mut columns = self.table.columns.iter();
            let is_implied = columns.any(|column| {
                column.ty.is_integer() && is_sign_check(&check.condition, &column.name)
                    || is_json_check(&check.condition, &column.name)
            });
            if is_implied {
                continue;
            }
            let condition = said::condition(&self.scope, &check.condition);
            match (&check.name, condition) {
                (Some(name), Some(condition)) => {
                    model
                        .constraints
                        .push(ConstraintState::check(name, condition));
                }
                (name, _) => self.notes.push(format!(
                    "the check {} ({}) is not in the model",
                    name.as_deref().unwrap_or("without a name"),
                    check.condition.trim()
                )),
            }
        }
    }
}

fn columns_of(index: &Index) -> Vec<String> {
    let columns = index.parts.iter().filter_map(IndexPart::column);
    columns.map(str::to_owned).collect()
}

/// An index for `LIKE` beside another, which comes and goes with it.
fn is_for_patterns(index: &Index) -> bool {
    !index.unique
        && index.parts.iter().all(|part| {
            let class = part.opclass.as_deref();
            class.is_some_and(|class| class.ends_with("_pattern_ops"))
        })
}
