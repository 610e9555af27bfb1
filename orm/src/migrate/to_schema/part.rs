//! Indexes and constraints that stand in a state, as parts of a table.

use super::{checked, columns_of};
use crate::error::{Error, Result};
use crate::meta::condition::Expression;
use crate::migrate::expression::Scope;
use crate::migrate::name;
use crate::migrate::state::{
    ConstraintKind, ConstraintState, Deferrable as StateDeferrable, IndexState,
};
use crate::schema::{Check, Deferrable, Exclusion, Index, IndexPart, IndexTarget, Table, Unique};

pub(super) fn index_of(scope: &Scope<'_>, state: &IndexState) -> Result<Index> {
    let (model, editor) = (scope.model, scope.editor);
    let mut index = Index::new(String::new(), &[]);
    for (field, descending) in state.columns() {
        index.parts.push(IndexPart {
            descending,
            ..IndexPart::of_column(model.expect_field(field)?.column())
        });
    }
    for expression in &state.expressions {
        index.parts.push(expression_part(scope, expression)?);
    }
    set_opclasses(&mut index, &state.opclasses);
    index.name = if state.name.is_empty() {
        let signed = |part: &IndexPart| {
            format!(
                "{}{}",
                if part.descending { "-" } else { "" },
                part.column().unwrap_or_default()
            )
        };
        let columns: Vec<String> = index.parts.iter().map(signed).collect();
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        name::option_index(&model.table(), &columns)
    } else {
        checked(editor, state.name.clone(), "the index")?
    };
    index.condition = state
        .condition
        .as_ref()
        .map(|condition| scope.condition(condition))
        .transpose()?;
    index.include = columns_of(model, &state.include)?;
    index.using.clone_from(&state.using);
    index.tablespace = state
        .tablespace
        .clone()
        .filter(|_| editor.features().tablespaces);
    Ok(index)
}

fn set_opclasses(index: &mut Index, opclasses: &[String]) {
    for (part, opclass) in index.parts.iter_mut().zip(opclasses) {
        part.opclass = Some(opclass.clone()).filter(|opclass| !opclass.is_empty());
    }
}

fn expression_part(scope: &Scope<'_>, expression: &Expression) -> Result<IndexPart> {
    let (inner, descending) = match expression {
        Expression::Function { name, args } if name == "desc" || name == "asc" => {
            (args.first(), name == "desc")
        }
        other => (Some(other), false),
    };
    let inner = inner.ok_or_else(|| Error::migration("`asc` and `desc` need an expression"))?;
    let target = match inner {
        Expression::Field(name) => IndexTarget::Column(scope.model.expect_field(name)?.column()),
        other => IndexTarget::Expression(scope.expression(other, None)?),
    };
    Ok(IndexPart {
        target,
        descending,
        opclass: None,
    })
}

pub(super) fn add_constraint(
    scope: &Scope<'_>,
    state: &ConstraintState,
    table: &mut Table,
) -> Result<()> {
    let name = checked(scope.editor, state.name.clone(), "the constraint")?;
    let located = |error: Error| error.context(format!("constraint `{}`", state.name));
    let condition = state
        .condition
        .as_ref()
        .map(|condition| scope.condition(condition))
        .transpose()
        .map_err(located)?;
    let deferrable = state.deferrable.map(|deferrable| match deferrable {
        StateDeferrable::Deferred => Deferrable::Deferred,
        StateDeferrable::Immediate => Deferrable::Immediate,
    });
    match state.kind {
        ConstraintKind::Check => table.checks.push(Check {
            name: Some(name),
            implied_by: None,
            condition: condition.ok_or_else(|| {
                Error::migration(format!("the check `{}` has no condition", state.name))
            })?,
        }),
        ConstraintKind::Exclude => {
            let element = |(expression, operator): &(Expression, String)| {
                let sql = match expression {
                    Expression::Field(field) => scope
                        .editor
                        .quote(&scope.model.expect_field(field)?.column()),
                    other => format!("({})", scope.expression(other, None)?),
                };
                Ok((sql, operator.clone()))
            };
            table.exclusions.push(Exclusion {
                name,
                using: state.using.clone().unwrap_or_else(|| "gist".to_owned()),
                elements: state
                    .elements
                    .iter()
                    .map(element)
                    .collect::<Result<_>>()
                    .map_err(located)?,
                condition,
                include: columns_of(scope.model, &state.include)?,
                deferrable,
            });
        }
        ConstraintKind::Unique => {
            add_unique(scope, state, (name, condition, deferrable), table).map_err(located)?
        }
    }
    Ok(())
}

/// A condition, expressions, operator classes or included columns are what only a unique index can have.
fn add_unique(
    scope: &Scope<'_>,
    state: &ConstraintState,
    (name, condition, deferrable): (String, Option<String>, Option<Deferrable>),
    table: &mut Table,
) -> Result<()> {
    let columns = columns_of(scope.model, &state.fields)?;
    let is_plain = state.expressions.is_empty() && state.include.is_empty();
    if condition.is_none() && is_plain && state.opclasses.is_empty() {
        table.uniques.push(Unique {
            name: Some(name),
            implied: false,
            columns,
            deferrable,
            nulls_distinct: state.nulls_distinct,
        });
        return Ok(());
    }
    let mut index = Index::new(name, &columns);
    for expression in &state.expressions {
        index.parts.push(expression_part(scope, expression)?);
    }
    set_opclasses(&mut index, &state.opclasses);
    table.indexes.push(Index {
        unique: true,
        condition,
        include: columns_of(scope.model, &state.include)?,
        nulls_distinct: state.nulls_distinct,
        ..index
    });
    Ok(())
}
