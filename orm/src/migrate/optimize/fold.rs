//! What a model's creation takes in of what is done to the model later.

use crate::migrate::operation::{CreateModel, Operation};
use crate::migrate::state::{ModelKey, ProjectState};

/// The creation of a model as it is after the later operation, if that is about this model alone; nothing, if it
/// deletes the model.
pub(super) fn fold(create: &CreateModel, later: &Operation, app: &str) -> Option<Vec<Operation>> {
    let is_this =
        |model: &str| model == create.model || model.to_lowercase() == create.model.to_lowercase();
    let new_name = match later {
        Operation::DeleteModel(op) if is_this(&op.model) => {
            return (!create.options.proxy).then(Vec::new);
        }
        Operation::RenameModel(op) if is_this(&op.old_name) => &op.new_name,
        // What others may need who have the table already is kept.
        Operation::CreateModel(_)
        | Operation::Elidable(_)
        | Operation::ValidateConstraint(_)
        | Operation::KeepInStep(_)
        | Operation::StopKeepingInStep(_)
        | Operation::Backfill(_)
        | Operation::AddTableAlias(_)
        | Operation::RemoveTableAlias(_) => return None,
        // The rows of a new table are none, but the file says that they stay unchecked.
        Operation::AddConstraint(op) if op.not_valid => return None,
        other if other.model().is_some_and(is_this) => &create.model,
        _ => return None,
    };
    let mut created = create.clone();
    if let Operation::RemoveField(op) = later {
        leave_field(&mut created, &op.name);
    }
    let mut state = ProjectState::new([created.to_state(app)]);
    later.apply(app, &mut state).ok()?;
    let model = state.get(&ModelKey::new(app, new_name))?;
    Some(vec![Operation::CreateModel(CreateModel::from_state(model))])
}

/// Takes a field that goes out of the options that speak of it.
fn leave_field(create: &mut CreateModel, name: &str) {
    let options = &mut create.options;
    for set in &mut options.unique_together {
        set.retain(|field| field != name);
    }
    options.unique_together.retain(|set| !set.is_empty());
    options.unique_together.dedup();
    if options.order_with_respect_to.as_deref() == Some(name) {
        options.order_with_respect_to = None;
    }
}
