//! Indexes that came, went and got other names.

use super::Detector;
use crate::migrate::operation::{AddIndex, Operation, RemoveIndex, RenameIndex};
use crate::migrate::state::{IndexState, ModelKey};

/// How the indexes of a model differ.
pub(super) struct IndexChanges {
    model: ModelKey,
    added: Vec<IndexState>,
    removed: Vec<String>,
    /// Old and new names.
    renamed: Vec<(String, String)>,
}

impl Detector<'_> {
    pub(super) fn compare_indexes(&self) -> Vec<IndexChanges> {
        let mut all = Vec::new();
        for model in self.kept() {
            let (old, new) = (
                &self.old_model(&model).indexes,
                &self.new_model(&model).indexes,
            );
            let mut removed: Vec<&IndexState> =
                old.iter().filter(|index| !new.contains(index)).collect();
            let mut added: Vec<&IndexState> =
                new.iter().filter(|index| !old.contains(index)).collect();
            let mut renamed = Vec::new();
            added.retain(|new| {
                let same = removed
                    .iter()
                    .position(|old| old.name != new.name && is_same_but_for_name(old, new));
                if let Some(at) = same {
                    renamed.push((removed.remove(at).name.clone(), new.name.clone()));
                }
                same.is_none()
            });
            all.push(IndexChanges {
                model,
                added: added.into_iter().cloned().collect(),
                removed: removed
                    .into_iter()
                    .map(|index| index.name.clone())
                    .collect(),
                renamed,
            });
        }
        all
    }

    pub(super) fn remove_indexes(&mut self, changes: &[IndexChanges]) {
        for change in changes {
            for name in &change.removed {
                let operation = Operation::RemoveIndex(RemoveIndex {
                    model: self.new_model(&change.model).name.clone(),
                    name: name.clone(),
                });
                self.push(&change.model.app, operation, Vec::new());
            }
        }
    }

    pub(super) fn rename_indexes(&mut self, changes: &[IndexChanges]) {
        for change in changes {
            for (old, new) in &change.renamed {
                let operation = Operation::RenameIndex(RenameIndex {
                    model: self.new_model(&change.model).name.clone(),
                    old_name: old.clone(),
                    new_name: new.clone(),
                });
                self.push(&change.model.app, operation, Vec::new());
            }
        }
    }

    pub(super) fn add_indexes(&mut self, changes: &[IndexChanges]) {
        for change in changes {
            let model = self.new_model(&change.model);
            for index in &change.added {
                let operation = Operation::AddIndex(AddIndex {
                    model: model.name.clone(),
                    index: index.clone(),
                });
                self.push(&change.model.app, operation, self.needs_of_model(model));
            }
        }
    }
}

fn is_same_but_for_name(old: &IndexState, new: &IndexState) -> bool {
    let renamed = IndexState {
        name: new.name.clone(),
        ..old.clone()
    };
    renamed == *new
}
