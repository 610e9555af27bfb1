//! Constraints that came, went and changed in what the database does not see.

use super::Detector;
use crate::migrate::operation::{AddConstraint, AlterConstraint, Operation, RemoveConstraint};
use crate::migrate::state::{ConstraintState, ModelKey};

/// How the constraints of a model differ.
pub(super) struct ConstraintChanges {
    model: ModelKey,
    added: Vec<ConstraintState>,
    removed: Vec<String>,
    altered: Vec<ConstraintState>,
}

impl Detector<'_> {
    pub(super) fn compare_constraints(&self) -> Vec<ConstraintChanges> {
        let mut all = Vec::new();
        for model in self.kept() {
            let (old, new) = (
                &self.old_model(&model).constraints,
                &self.new_model(&model).constraints,
            );
            let is_altered = |now: &&ConstraintState| {
                let same = old.iter().find(|before| before.name == now.name);
                same.is_some_and(|before| {
                    before != *now && before.in_database() == now.in_database()
                })
            };
            let altered: Vec<ConstraintState> = new.iter().filter(is_altered).cloned().collect();
            let differs = |one: &&ConstraintState, others: &[ConstraintState]| {
                !others.contains(one) && altered.iter().all(|altered| altered.name != one.name)
            };
            all.push(ConstraintChanges {
                model,
                added: new
                    .iter()
                    .filter(|one| differs(one, old))
                    .cloned()
                    .collect(),
                removed: old
                    .iter()
                    .filter(|one| differs(one, new))
                    .map(|one| one.name.clone())
                    .collect(),
                altered,
            });
        }
        all
    }

    pub(super) fn remove_constraints(&mut self, changes: &[ConstraintChanges]) {
        for change in changes {
            for name in &change.removed {
                let operation = Operation::RemoveConstraint(RemoveConstraint {
                    model: self.new_model(&change.model).name.clone(),
                    name: name.clone(),
                });
                self.push(&change.model.app, operation, Vec::new());
            }
        }
    }

    pub(super) fn add_constraints(&mut self, changes: &[ConstraintChanges]) {
        for change in changes {
            let model = self.new_model(&change.model);
            for constraint in &change.added {
                let operation = Operation::AddConstraint(AddConstraint {
                    model: model.name.clone(),
                    constraint: constraint.clone(),
                    not_valid: false,
                });
                self.push(&change.model.app, operation, self.needs_of_model(model));
            }
        }
    }

    pub(super) fn alter_constraints(&mut self, changes: &[ConstraintChanges]) {
        for change in changes {
            let model = self.new_model(&change.model);
            for constraint in &change.altered {
                let operation = Operation::AlterConstraint(AlterConstraint {
                    model: model.name.clone(),
                    constraint: constraint.clone(),
                });
                self.push(&change.model.app, operation, self.needs_of_model(model));
            }
        }
    }
}
