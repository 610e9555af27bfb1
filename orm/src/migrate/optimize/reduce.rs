//! What two operations make when one comes after the other, and whether one may pass over the other.

use super::fold::fold;
use crate::migrate::operation::{
    AddConstraint, AddField, AddIndex, AlterField, Operation, RenameField, RenameIndex, RenameModel,
};
use crate::migrate::state::{FieldState, IndexState, ModelKey};

/// What becomes of an operation and a later one.
#[derive(Debug, PartialEq)]
pub(super) enum Reduction {
    /// They are these together.
    To(Vec<Operation>),
    /// They stay two, and have nothing to do with each other.
    Through,
    /// They stay two, in this order.
    Barrier,
}

impl Reduction {
    fn through_if(is_through: bool) -> Self {
        if is_through {
            Reduction::Through
        } else {
            Reduction::Barrier
        }
    }
}

/// The models that an operation is about: those whose other operations it may be merged with.
pub(super) fn models_of(operation: &Operation) -> (Option<&str>, Option<&str>) {
    match operation {
        Operation::RenameModel(op) => (Some(&op.old_name), Some(&op.new_name)),
        Operation::Elidable(inner) => models_of(inner),
        other => (other.model(), None),
    }
}

/// What becomes of an operation and a later one of the same app.
pub(super) fn reduce(operation: &Operation, later: &Operation, app: &str) -> Reduction {
    if let Some(merged) = merge(operation, later, app) {
        return Reduction::To(merged);
    }
    if matches!(operation, Operation::Elidable(_)) {
        return Reduction::To(vec![later.clone()]);
    }
    if matches!(later, Operation::Elidable(_)) {
        return Reduction::To(vec![operation.clone()]);
    }
    let is_free = is_independent(operation, later, app) && !is_renamed_by(operation, later, app);
    Reduction::through_if(is_free)
}

/// What the two are together, if anything.
fn merge(operation: &Operation, later: &Operation, app: &str) -> Option<Vec<Operation>> {
    use Operation as Op;
    let is_about = |model: &str| later.model().is_some_and(|other| is_same(model, other));
    match (operation, later) {
        (Op::CreateModel(create), _) => fold(create, later, app),
        (Op::RenameModel(first), Op::RenameModel(second))
            if is_same(&first.new_name, &second.old_name) =>
        {
            Some(vec![Op::RenameModel(RenameModel {
                old_name: first.old_name.clone(),
                new_name: second.new_name.clone(),
            })])
        }
        (Op::AddField(add), _) if is_about(&add.model) => merge_added(add, later),
        (Op::AlterField(alter), _) if is_about(&alter.model) => merge_altered(alter, later),
        (Op::RemoveField(remove), Op::DeleteModel(delete))
            if is_same(&remove.model, &delete.model) =>
        {
            Some(vec![later.clone()])
        }
        (Op::RenameField(first), Op::RenameField(second))
            if is_same(&first.model, &second.model)
                && is_same(&first.new_name, &second.old_name) =>
        {
            Some(vec![Op::RenameField(RenameField {
                new_name: second.new_name.clone(),
                ..first.clone()
            })])
        }
        (Op::AlterModelTable(op), Op::AlterModelTable(_) | Op::DeleteModel(_))
            if is_about(&op.model) =>
        {
            Some(vec![later.clone()])
        }
        (Op::AlterModelTableComment(op), Op::AlterModelTableComment(_) | Op::DeleteModel(_))
            if is_about(&op.model) =>
        {
            Some(vec![later.clone()])
        }
        (Op::AlterModelOptions(op), Op::AlterModelOptions(_) | Op::DeleteModel(_))
            if is_about(&op.model) =>
        {
            Some(vec![later.clone()])
        }
        (Op::AlterUniqueTogether(op), Op::AlterUniqueTogether(_) | Op::DeleteModel(_))
            if is_about(&op.model) =>
        {
            Some(vec![later.clone()])
        }
        (Op::AlterOrderWithRespectTo(op), Op::AlterOrderWithRespectTo(_) | Op::DeleteModel(_))
            if is_about(&op.model) =>
        {
            Some(vec![later.clone()])
        }
        (Op::KeepInStep(begun), Op::StopKeepingInStep(ended)) if begun == ended => Some(Vec::new()),
        (Op::AddTableAlias(given), Op::RemoveTableAlias(taken)) if given == taken => {
            Some(Vec::new())
        }
        _ => merge_index(operation, later),
    }
}

fn merge_added(add: &AddField, later: &Operation) -> Option<Vec<Operation>> {
    match later {
        Operation::AlterField(alter) if alter.field.name == add.field.name => {
            let mut merged = AddField {
                model: add.model.clone(),
                field: alter.field.clone(),
                preserve_default: alter.preserve_default,
            };
            // The rows that exist still need a value where the field has none of its own.
            let needs_value = merged.field.default.is_none()
                && merged.field.db_default.is_none()
                && !merged.field.null;
            if !add.preserve_default && needs_value && merged.field.kind == add.field.kind {
                merged.field.default.clone_from(&add.field.default);
                merged.preserve_default = false;
            }
            Some(vec![Operation::AddField(merged)])
        }
        Operation::RemoveField(remove) if remove.name == add.field.name => Some(Vec::new()),
        Operation::RenameField(rename) if rename.old_name == add.field.name => {
            let mut merged = add.clone();
            merged.field.name.clone_from(&rename.new_name);
            Some(vec![Operation::AddField(merged)])
        }
        _ => None,
    }
}

fn merge_altered(alter: &AlterField, later: &Operation) -> Option<Vec<Operation>> {
    match later {
        Operation::AlterField(other) if other.field.name == alter.field.name => {
            Some(vec![later.clone()])
        }
        Operation::RemoveField(other) if other.name == alter.field.name => {
            Some(vec![later.clone()])
        }
        // With a column of its own the field was altered so that the rename may not move the column.
        Operation::RenameField(rename)
            if rename.old_name == alter.field.name && alter.field.column.is_none() =>
        {
            let mut renamed = alter.clone();
            renamed.field.name.clone_from(&rename.new_name);
            Some(vec![later.clone(), Operation::AlterField(renamed)])
        }
        _ => None,
    }
}

fn merge_index(operation: &Operation, later: &Operation) -> Option<Vec<Operation>> {
    use Operation as Op;
    match (operation, later) {
        (Op::AddIndex(add), Op::RemoveIndex(remove)) => {
            (is_same(&add.model, &remove.model) && add.index.name == remove.name).then(Vec::new)
        }
        (Op::AddIndex(add), Op::RenameIndex(rename)) => {
            let fits = is_same(&add.model, &rename.model) && add.index.name == rename.old_name;
            fits.then(|| {
                vec![Op::AddIndex(AddIndex {
                    model: add.model.clone(),
                    index: IndexState {
                        name: rename.new_name.clone(),
                        ..add.index.clone()
                    },
                })]
            })
        }
        (Op::RenameIndex(first), Op::RenameIndex(second)) => {
            let fits =
                is_same(&first.model, &second.model) && is_same(&first.new_name, &second.old_name);
            fits.then(|| {
                vec![Op::RenameIndex(RenameIndex {
                    new_name: second.new_name.clone(),
                    ..first.clone()
                })]
            })
        }
        (Op::AddConstraint(add), Op::RemoveConstraint(remove)) => {
            (is_same(&add.model, &remove.model) && add.constraint.name == remove.name)
                .then(Vec::new)
        }
        (Op::AddConstraint(add), Op::AlterConstraint(alter)) => {
            let fits =
                is_same(&add.model, &alter.model) && add.constraint.name == alter.constraint.name;
            fits.then(|| {
                vec![Op::AddConstraint(AddConstraint {
                    constraint: alter.constraint.clone(),
                    ..add.clone()
                })]
            })
        }
        (Op::AlterConstraint(first), Op::AlterConstraint(second)) => {
            let fits = is_same(&first.model, &second.model)
                && first.constraint.name == second.constraint.name;
            fits.then(|| vec![later.clone()])
        }
        (Op::AlterConstraint(alter), Op::RemoveConstraint(remove)) => {
            let fits = is_same(&alter.model, &remove.model) && alter.constraint.name == remove.name;
            fits.then(|| vec![later.clone()])
        }
        _ => None,
    }
}

/// Whether the later operation has nothing to do with what the earlier one is about, so that the two may change
/// places. In doubt it has.
fn is_independent(operation: &Operation, later: &Operation, app: &str) -> bool {
    let key = |model: &str| ModelKey::new(app, model);
    let is_free_of_field =
        |model: &str, field: &str| !speaks_of_field(later, app, &key(model), field);
    match operation {
        Operation::AddField(op) => is_free_of_field(&op.model, &op.field.name),
        Operation::AlterField(op) => is_free_of_field(&op.model, &op.field.name),
        Operation::RemoveField(op) => is_free_of_field(&op.model, &op.name),
        Operation::RenameField(op) => {
            is_free_of_field(&op.model, &op.old_name) && is_free_of_field(&op.model, &op.new_name)
        }
        Operation::RenameModel(op) => !speaks_of_model(later, app, &key(&op.new_name)),
        Operation::CreateModel(_)
        | Operation::DeleteModel(_)
        | Operation::AlterModelTable(_)
        | Operation::AlterModelTableComment(_)
        | Operation::AlterModelOptions(_)
        | Operation::AlterUniqueTogether(_)
        | Operation::AlterOrderWithRespectTo(_) => operation
            .model()
            .is_some_and(|model| !speaks_of_model(later, app, &key(model))),
        // Nothing is known of what else must be there while code of before and of after runs.
        Operation::KeepInStep(_)
        | Operation::StopKeepingInStep(_)
        | Operation::Backfill(_)
        | Operation::AddTableAlias(_)
        | Operation::RemoveTableAlias(_) => false,
        // Nothing is known of what indexes, constraints and a user's own code need.
        Operation::AddIndex(_)
        | Operation::RemoveIndex(_)
        | Operation::RenameIndex(_)
        | Operation::AddConstraint(_)
        | Operation::AlterConstraint(_)
        | Operation::RemoveConstraint(_)
        | Operation::ValidateConstraint(_)
        | Operation::RunSql(_)
        | Operation::RunRust(_)
        | Operation::SeparateDatabaseAndState(_)
        | Operation::CreateExtension(_)
        | Operation::Elidable(_) => false,
    }
}

/// Whether the later operation renames what the earlier one speaks of; Django lets the two change places.
fn is_renamed_by(operation: &Operation, later: &Operation, app: &str) -> bool {
    let key = |model: &str| ModelKey::new(app, model);
    match later {
        Operation::RenameModel(op) => {
            let (old, new) = (key(&op.old_name), key(&op.new_name));
            match operation {
                Operation::DeleteModel(delete) => is_same(&delete.model, &old.name),
                other => other.references_model(app, &old) || other.references_model(app, &new),
            }
        }
        Operation::RenameField(op) => {
            let names = |field: &FieldState| names_field(field, &key(&op.model), &op.old_name);
            match operation {
                Operation::CreateModel(create) => create.fields.iter().any(names),
                Operation::AddField(AddField { field, .. })
                | Operation::AlterField(AlterField { field, .. }) => names(field),
                _ => false,
            }
        }
        _ => false,
    }
}

/// Whether an operation may have to do with a model. This is coarser than
/// [`Operation::references_model`](crate::migrate::Operation::references_model) where Django is.
fn speaks_of_model(operation: &Operation, app: &str, key: &ModelKey) -> bool {
    let is_named = |model: &str| app == key.app && is_same(model, &key.name);
    match operation {
        Operation::CreateModel(op) => {
            is_named(&op.model)
                || op.options.bases.contains(key)
                || op.fields.iter().any(|field| field.references(key))
        }
        Operation::RenameModel(op) => is_named(&op.old_name) || is_named(&op.new_name),
        Operation::AddField(AddField { model, field, .. })
        | Operation::AlterField(AlterField { model, field, .. }) => {
            is_named(model) || field.references(key)
        }
        Operation::RemoveField(_)
        | Operation::RenameField(_)
        | Operation::AlterModelTable(_)
        | Operation::AlterModelTableComment(_)
        | Operation::AlterModelOptions(_)
        | Operation::AlterUniqueTogether(_)
        | Operation::AlterOrderWithRespectTo(_) => operation.model().is_some_and(is_named),
        _ => true,
    }
}

/// Whether an operation may have to do with a field of a model.
fn speaks_of_field(operation: &Operation, app: &str, key: &ModelKey, name: &str) -> bool {
    let is_own = || {
        operation
            .model()
            .is_some_and(|model| app == key.app && is_same(model, &key.name))
    };
    match operation {
        Operation::AddField(AddField { field, .. })
        | Operation::AlterField(AlterField { field, .. }) => {
            (is_own() && field.name == name) || points_at(field, key, name)
        }
        Operation::RemoveField(op) => is_own() && op.name == name,
        Operation::RenameField(op) => is_own() && (op.old_name == name || op.new_name == name),
        Operation::AlterUniqueTogether(op) => {
            let sets = &op.unique_together;
            is_own() && (sets.is_empty() || sets.iter().flatten().any(|field| field == name))
        }
        Operation::AlterOrderWithRespectTo(op) => {
            is_own()
                && op
                    .order_with_respect_to
                    .as_ref()
                    .is_none_or(|field| field == name)
        }
        other => speaks_of_model(other, app, key),
    }
}

/// Whether a relation names a field of another model.
fn names_field(field: &FieldState, key: &ModelKey, name: &str) -> bool {
    field.relation.as_ref().is_some_and(|relation| {
        let by_key = relation.to == *key && relation.to_field.as_deref() == Some(name);
        let is_through = relation.through.as_ref() == Some(key);
        by_key || (is_through && relation.through_fields.iter().any(|field| field == name))
    })
}

/// Whether a relation may point at a field: one that does not name a field may point at any.
fn points_at(field: &FieldState, key: &ModelKey, name: &str) -> bool {
    field.relation.as_ref().is_some_and(|relation| {
        let by_key =
            relation.to == *key && relation.to_field.as_ref().is_none_or(|field| field == name);
        let is_through = relation.through.as_ref() == Some(key);
        let names = &relation.through_fields;
        by_key || (is_through && (names.is_empty() || names.iter().any(|field| field == name)))
    })
}

/// Whether two names of models are the same one.
fn is_same(one: &str, other: &str) -> bool {
    one == other || one.to_lowercase() == other.to_lowercase()
}
