//! A column beside an older one: filled from it, kept in step with it, and in its place in the end.

use super::field::default_of;
use super::refused;
use super::split::Parts;
use crate::error::Result;
use crate::meta::condition::{Condition, Expression, Lookup};
use crate::meta::literal::Literal;
use crate::migrate::name::truncate_name;
use crate::migrate::operation::{
    AddConstraint, AddField, AddIndex, AlterField, AlterUniqueTogether, Backfill, KeepInStep,
    Operation, RemoveConstraint, RemoveField, RemoveIndex, RenameField, RenameIndex,
};
use crate::migrate::state::{
    ConstraintState, FieldState, IndexState, ModelState, ProjectState, RelationState,
};

/// The longest name of an index or a constraint that is there for a while.
const LONGEST: usize = 60;

/// What becomes of the new field in the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// It has its name already.
    Named,
    /// It gets the name of the old one, and the old one's column's name unless it says another.
    TakesName,
}

/// The fields that are unique together.
type Together = Vec<Vec<String>>;

/// Parts of a model that speak of the old field, and the same of the new one under names for a while.
struct Mirrored {
    indexes: Vec<(IndexState, IndexState)>,
    constraints: Vec<(ConstraintState, ConstraintState)>,
    unique_together: Option<(Together, Together)>,
}

impl Parts<'_> {
    /// Puts a column beside that of `old`, which in the end is `done` by an operation.
    pub(super) fn shadow(
        &mut self,
        model: &str,
        old: &FieldState,
        beside: FieldState,
        (done, end): (AlterField, End),
    ) -> Result<()> {
        let state = self.model(model)?;
        refuse_what_others_hang_on(self.state, &state, old)?;
        let default = default_of(&done.field, old)?;
        let mirrored = self.mirror(&state, old, &beside.name)?;
        let relaxed = relaxed(old);
        if relaxed != *old {
            self.expand(Operation::AlterField(AlterField::new(model, relaxed)))?;
        }
        let beside = FieldState {
            null: true,
            default: None,
            db_default: None,
            ..beside
        };
        let name = beside.name.clone();
        self.expand(Operation::AddField(AddField::new(model, beside)))?;
        let step = KeepInStep {
            model: model.to_owned(),
            field: name.clone(),
            with: Some(old.name.clone()),
            default,
        };
        self.expand(Operation::KeepInStep(step.clone()))?;
        let is_null = |field: &str, answer: bool| {
            let field = Expression::Field(field.to_owned());
            Condition::compare(field, Lookup::IsNull, Literal::Bool(answer))
        };
        let condition = Condition::And(vec![is_null(&name, true), is_null(&old.name, false)]);
        self.expand(fill(
            model,
            (&name, Expression::Field(old.name.clone())),
            Some(condition),
        ))?;
        self.add_mirrored(model, &mirrored)?;

        self.contract(Operation::Elidable(Box::new(Operation::Backfill(
            Backfill {
                model: model.to_owned(),
                set: Vec::new(),
                condition: None,
                reverse: vec![(old.name.clone(), Expression::Field(name.clone()))],
                batch_size: None,
            },
        ))));
        self.contract(Operation::StopKeepingInStep(step));
        self.contract_old_parts(model, &mirrored);
        self.contract_names(model, (old, &name), end);
        self.contract_new_parts(model, (old, &done.field.name), &mirrored);
        self.contract(Operation::AlterField(done));
        self.leaving.insert((model.to_owned(), old.name.clone()));
        for field in [&old.name, &name] {
            self.shadows.insert((model.to_owned(), field.clone()));
        }
        Ok(())
    }

    /// What speaks of the old field, and the same of the new one.
    fn mirror(&self, model: &ModelState, old: &FieldState, new: &str) -> Result<Mirrored> {
        let key = model.key();
        let mut renamed = self.state.clone();
        renamed.rename_field(&key, &old.name, new)?;
        let renamed = renamed.expect(&key)?;
        let for_a_while = |name: &str| truncate_name(&format!("{name}_next"), LONGEST);
        let indexes = model.indexes.iter().zip(&renamed.indexes);
        let constraints = model.constraints.iter().zip(&renamed.constraints);
        let (was, is) = (
            &model.options.unique_together,
            &renamed.options.unique_together,
        );
        if model.options.order_with_respect_to.as_deref() == Some(old.name.as_str()) {
            return Err(refused(
                "rows are ordered with respect to the field; write this change without `--phased`",
            ));
        }
        Ok(Mirrored {
            indexes: indexes
                .filter(|(was, is)| was != is)
                .map(|(was, is)| {
                    let mut index = is.clone();
                    index.name = for_a_while(&was.name);
                    (was.clone(), index)
                })
                .collect(),
            constraints: constraints
                .filter(|(was, is)| was != is)
                .map(|(was, is)| {
                    let mut constraint = is.clone();
                    constraint.name = for_a_while(&was.name);
                    (was.clone(), constraint)
                })
                .collect(),
            unique_together: (was != is).then(|| {
                let mut both: Vec<Vec<String>> = was.iter().chain(is).cloned().collect();
                both.sort();
                both.dedup();
                (both, is.clone())
            }),
        })
    }

    fn add_mirrored(&mut self, model: &str, mirrored: &Mirrored) -> Result<()> {
        for (_, index) in &mirrored.indexes {
            self.expand(Operation::AddIndex(AddIndex {
                model: model.to_owned(),
                index: index.clone(),
            }))?;
        }
        for (_, constraint) in mirrored.constraints.iter().filter(is_unique) {
            self.expand(add_constraint(model, constraint.clone()))?;
        }
        if let Some((both, _)) = &mirrored.unique_together {
            self.expand(unique_together(model, both.clone()))?;
        }
        Ok(())
    }

    /// Takes away what speaks of the old field.
    fn contract_old_parts(&mut self, model: &str, mirrored: &Mirrored) {
        if let Some((_, only)) = &mirrored.unique_together {
            self.contract(unique_together(model, only.clone()));
        }
        for (old, _) in &mirrored.indexes {
            self.contract(Operation::RemoveIndex(RemoveIndex {
                model: model.to_owned(),
                name: old.name.clone(),
            }));
        }
        for (old, _) in &mirrored.constraints {
            self.contract(remove_constraint(model, &old.name));
        }
    }

    /// The old field goes, and the new one gets its name, unless it has another.
    fn contract_names(&mut self, model: &str, (old, new): (&FieldState, &str), end: End) {
        self.contract(Operation::RemoveField(RemoveField {
            model: model.to_owned(),
            name: old.name.clone(),
        }));
        if end == End::TakesName {
            self.contract(Operation::RenameField(RenameField {
                model: model.to_owned(),
                old_name: new.to_owned(),
                new_name: old.name.clone(),
            }));
        }
    }

    /// What speaks of the new field gets the names that the old parts had.
    fn contract_new_parts(
        &mut self,
        model: &str,
        (old, last): (&FieldState, &str),
        mirrored: &Mirrored,
    ) {
        for (old, new) in &mirrored.indexes {
            self.contract(Operation::RenameIndex(RenameIndex {
                model: model.to_owned(),
                old_name: new.name.clone(),
                new_name: old.name.clone(),
            }));
        }
        for pair in &mirrored.constraints {
            let mut constraint = match last == old.name {
                true => pair.0.clone(),
                false => pair.1.clone(),
            };
            constraint.name.clone_from(&pair.0.name);
            self.contract(add_constraint(model, constraint));
            if is_unique(&pair) {
                self.contract(remove_constraint(model, &pair.1.name));
            }
        }
    }
}

/// What nobody can move to another column under running code.
fn refuse_what_others_hang_on(
    state: &ProjectState,
    model: &ModelState,
    field: &FieldState,
) -> Result<()> {
    if field.primary_key || field.kind.is_auto() {
        return Err(refused(
            "it is the primary key, and rows of other tables refer to it; write this change without `--phased`",
        ));
    }
    let is_part = |other: &&FieldState| {
        other.fields.contains(&field.name)
            || other.generated.as_ref().is_some_and(|generated| {
                generated.expression.fields().contains(&field.name.as_str())
            })
    };
    if let Some(other) = model.fields.iter().find(is_part) {
        return Err(refused(&format!(
            "the field `{}` is made of it; write this change without `--phased`, or remove that field first",
            other.name
        )));
    }
    let key = model.key();
    let by_name = |relation: &RelationState| {
        (relation.to == key && relation.to_field.as_ref() == Some(&field.name))
            || (relation.through.as_ref() == Some(&key)
                && relation.through_fields.contains(&field.name))
    };
    let mut referring = state.references_to(&key);
    let referring = referring.find(|(_, other)| other.relation.as_deref().is_some_and(by_name));
    match referring {
        Some((other, by)) => Err(refused(&format!(
            "`{}.{}` refers to it by its name; write this change without `--phased`",
            other.key(),
            by.name
        ))),
        None => Ok(()),
    }
}

/// The old field as new code, which does not know it, can leave it out.
fn relaxed(old: &FieldState) -> FieldState {
    let mut relaxed = FieldState {
        null: true,
        default: None,
        db_default: None,
        ..old.clone()
    };
    if let Some(relation) = &mut relaxed.relation {
        relation.related_name = Some("+".to_owned());
        relation.related_query_name = None;
    }
    relaxed
}

/// Fills a field of the rows that there are.
pub(super) fn fill(
    model: &str,
    (field, value): (&str, Expression),
    condition: Option<Condition>,
) -> Operation {
    Operation::Elidable(Box::new(Operation::Backfill(Backfill {
        model: model.to_owned(),
        set: vec![(field.to_owned(), value)],
        condition,
        reverse: Vec::new(),
        batch_size: None,
    })))
}

/// What must be unique is so of both columns all the time; what else must hold, holds of the one through the other.
fn is_unique(pair: &&(ConstraintState, ConstraintState)) -> bool {
    pair.0.kind == crate::migrate::state::ConstraintKind::Unique
}

fn add_constraint(model: &str, constraint: ConstraintState) -> Operation {
    Operation::AddConstraint(AddConstraint {
        model: model.to_owned(),
        constraint,
        not_valid: false,
    })
}

fn remove_constraint(model: &str, name: &str) -> Operation {
    Operation::RemoveConstraint(RemoveConstraint {
        model: model.to_owned(),
        name: name.to_owned(),
    })
}

fn unique_together(model: &str, unique_together: Vec<Vec<String>>) -> Operation {
    Operation::AlterUniqueTogether(AlterUniqueTogether {
        model: model.to_owned(),
        unique_together,
    })
}
