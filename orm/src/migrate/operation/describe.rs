//! What an operation is called: the sentence for people, the fragment of a migration's name, and what may become of
//! the data.

use super::*;
use crate::meta::condition::Expression;
use crate::meta::kind::FieldKind;
use crate::migrate::state::{FieldState, ModelKey, ProjectState};

impl Operation {
    /// The model that it is about, by the name it has before; none where it is about none in particular.
    pub fn model(&self) -> Option<&str> {
        Some(match self {
            Operation::CreateModel(op) => &op.model,
            Operation::DeleteModel(op) => &op.model,
            Operation::AddField(op) => &op.model,
            Operation::AlterField(op) => &op.model,
            Operation::RemoveField(op) => &op.model,
            Operation::RenameField(op) => &op.model,
            Operation::AddIndex(op) => &op.model,
            Operation::RemoveIndex(op) => &op.model,
            Operation::RenameIndex(op) => &op.model,
            Operation::AddConstraint(op) => &op.model,
            Operation::AlterConstraint(op) => &op.model,
            Operation::RemoveConstraint(op) => &op.model,
            Operation::AlterModelTable(op) => &op.model,
            Operation::AlterModelTableComment(op) => &op.model,
            Operation::AlterModelOptions(op) => &op.model,
            Operation::AlterUniqueTogether(op) => &op.model,
            Operation::AlterOrderWithRespectTo(op) => &op.model,
            Operation::ValidateConstraint(op) => &op.model,
            Operation::KeepInStep(op) | Operation::StopKeepingInStep(op) => &op.model,
            Operation::Backfill(op) => &op.model,
            Operation::AddTableAlias(op) | Operation::RemoveTableAlias(op) => &op.model,
            Operation::Elidable(inner) => return inner.model(),
            Operation::RenameModel(_)
            | Operation::RunSql(_)
            | Operation::RunRust(_)
            | Operation::SeparateDatabaseAndState(_)
            | Operation::CreateExtension(_) => return None,
        })
    }

    /// Whether it may change what no state of models tells: SQL, functions of the program, and the database and the
    /// state apart.
    pub fn is_opaque(&self) -> bool {
        match self {
            Operation::RunSql(_)
            | Operation::RunRust(_)
            | Operation::SeparateDatabaseAndState(_) => true,
            Operation::Elidable(inner) => inner.is_opaque(),
            _ => false,
        }
    }

    /// Whether a squash may leave it out.
    pub fn is_elidable(&self) -> bool {
        matches!(self, Operation::Elidable(_))
    }

    /// What it does, in Django's words: `Add field status to Post`.
    pub fn describe(&self) -> String {
        match self {
            Operation::CreateModel(op) => {
                let proxy = if op.options.proxy { "proxy " } else { "" };
                format!("Create {proxy}model {}", op.model)
            }
            Operation::DeleteModel(op) => format!("Delete model {}", op.model),
            Operation::RenameModel(op) => {
                format!("Rename model {} to {}", op.old_name, op.new_name)
            }
            Operation::AddField(op) => format!("Add field {} to {}", op.field.name, op.model),
            Operation::AlterField(op) => format!("Alter field {} on {}", op.field.name, op.model),
            Operation::RemoveField(op) => format!("Remove field {} from {}", op.name, op.model),
            Operation::RenameField(op) => {
                format!(
                    "Rename field {} on {} to {}",
                    op.old_name, op.model, op.new_name
                )
            }
            Operation::AlterModelTable(op) => {
                format!(
                    "Rename table for {} to {}",
                    op.model,
                    op.table.as_deref().unwrap_or("(default)")
                )
            }
            Operation::AlterModelTableComment(op) => format!("Alter {} table comment", op.model),
            Operation::AlterModelOptions(op) => format!("Change Meta options on {}", op.model),
            Operation::AlterUniqueTogether(op) => {
                let count = op.unique_together.len();
                format!(
                    "Alter unique_together for {} ({count} constraint(s))",
                    op.model
                )
            }
            Operation::AlterOrderWithRespectTo(op) => {
                let field = op.order_with_respect_to.as_deref().unwrap_or("(none)");
                format!("Set order_with_respect_to on {} to {field}", op.model)
            }
            Operation::RunSql(_) => "Raw SQL operation".to_owned(),
            Operation::RunRust(op) => format!("Run the Rust function {}", op.forward),
            Operation::SeparateDatabaseAndState(_) => {
                "Custom state/database change combination".to_owned()
            }
            Operation::CreateExtension(op) => format!("Creates extension {}", op.name),
            Operation::Elidable(inner) => inner.describe(),
            other => other.describe_index(),
        }
    }

    fn describe_index(&self) -> String {
        match self {
            Operation::AddIndex(AddIndex { model, index }) if index.fields.is_empty() => {
                let expressions: Vec<String> = index
                    .expressions
                    .iter()
                    .map(|e| e.to_json().to_string())
                    .collect();
                format!(
                    "Create index {} on {} on model {model}",
                    index.name,
                    expressions.join(", ")
                )
            }
            Operation::AddIndex(AddIndex { model, index }) => {
                format!(
                    "Create index {} on field(s) {} of model {model}",
                    index.name,
                    index.fields.join(", ")
                )
            }
            Operation::RemoveIndex(op) => format!("Remove index {} from {}", op.name, op.model),
            Operation::RenameIndex(op) => {
                format!(
                    "Rename index {} on {} to {}",
                    op.old_name, op.model, op.new_name
                )
            }
            Operation::AddConstraint(op) => {
                format!(
                    "Create constraint {} on model {}",
                    op.constraint.name, op.model
                )
            }
            Operation::AlterConstraint(op) => {
                format!("Alter constraint {} on {}", op.constraint.name, op.model)
            }
            Operation::RemoveConstraint(op) => {
                format!("Remove constraint {} from model {}", op.name, op.model)
            }
            Operation::ValidateConstraint(op) => {
                format!("Validate constraint {} on model {}", op.name, op.model)
            }
            other => other.describe_phase(),
        }
    }

    fn describe_phase(&self) -> String {
        let step = |op: &KeepInStep| match &op.with {
            Some(with) => format!("fields {} and {} of {} in step", op.field, with, op.model),
            None => format!("field {} of {} filled", op.field, op.model),
        };
        let names = |set: &[(String, Expression)]| {
            let names: Vec<&str> = set.iter().map(|(name, _)| name.as_str()).collect();
            names.join(", ")
        };
        match self {
            Operation::KeepInStep(op) => format!("Keep {}", step(op)),
            Operation::StopKeepingInStep(op) => format!("Stop keeping {}", step(op)),
            Operation::Backfill(op) if op.set.is_empty() => {
                format!(
                    "Fill {} of {} on the way back",
                    names(&op.reverse),
                    op.model
                )
            }
            Operation::Backfill(op) => format!("Fill {} of {}", names(&op.set), op.model),
            Operation::AddTableAlias(op) => {
                format!("Keep the name {} for the table of {}", op.table, op.about())
            }
            Operation::RemoveTableAlias(op) => {
                format!("Drop the name {} for the table of {}", op.table, op.about())
            }
            other => other.word().to_owned(),
        }
    }

    /// The sign that lists put before it: `+` adds, `-` removes, `~` alters, `s` is SQL, `r` is Rust, `?` is several.
    pub fn symbol(&self) -> char {
        match self {
            Operation::CreateModel(_)
            | Operation::AddField(_)
            | Operation::AddIndex(_)
            | Operation::AddConstraint(_)
            | Operation::AddTableAlias(_)
            | Operation::CreateExtension(_) => '+',
            Operation::DeleteModel(_)
            | Operation::RemoveField(_)
            | Operation::RemoveIndex(_)
            | Operation::RemoveConstraint(_)
            | Operation::RemoveTableAlias(_) => '-',
            Operation::RunSql(_) => 's',
            Operation::RunRust(_) => 'r',
            Operation::SeparateDatabaseAndState(_) => '?',
            Operation::Elidable(inner) => inner.symbol(),
            _ => '~',
        }
    }

    /// What it adds to the name of its migration, as in Django (`post_status`); none where nothing can be said.
    pub fn name_fragment(&self) -> Option<String> {
        let lower = str::to_lowercase;
        let model = || self.model().map(lower).unwrap_or_default();
        Some(match self {
            Operation::CreateModel(_) => model(),
            Operation::DeleteModel(_) => format!("delete_{}", model()),
            Operation::RenameModel(RenameModel { old_name, new_name })
            | Operation::RenameIndex(RenameIndex {
                old_name, new_name, ..
            }) => {
                format!("rename_{}_{}", lower(old_name), lower(new_name))
            }
            Operation::AddField(op) => format!("{}_{}", model(), lower(&op.field.name)),
            Operation::AlterField(op) => format!("alter_{}_{}", model(), lower(&op.field.name)),
            Operation::RenameField(op) => {
                format!(
                    "rename_{}_{}_{}",
                    lower(&op.old_name),
                    model(),
                    lower(&op.new_name)
                )
            }
            Operation::AddIndex(op) => format!("{}_{}", model(), lower(&op.index.name)),
            Operation::AddConstraint(op) => format!("{}_{}", model(), lower(&op.constraint.name)),
            Operation::AlterConstraint(op) => {
                format!("alter_{}_{}", model(), lower(&op.constraint.name))
            }
            Operation::RemoveField(RemoveField { name, .. })
            | Operation::RemoveIndex(RemoveIndex { name, .. })
            | Operation::RemoveConstraint(RemoveConstraint { name, .. }) => {
                format!("remove_{}_{}", model(), lower(name))
            }
            Operation::ValidateConstraint(op) => {
                format!("{}_validate_{}", model(), lower(&op.name))
            }
            Operation::KeepInStep(op) => format!("keep_{}_{}", model(), lower(&op.field)),
            Operation::StopKeepingInStep(op) => format!("stop_{}_{}", model(), lower(&op.field)),
            Operation::Backfill(_) => format!("fill_{}", model()),
            Operation::AddTableAlias(op) => format!("keep_{}", lower(&op.table)),
            Operation::RemoveTableAlias(op) => format!("drop_{}", lower(&op.table)),
            Operation::AlterModelTable(_) => format!("alter_{}_table", model()),
            Operation::AlterModelTableComment(_) => format!("alter_{}_table_comment", model()),
            Operation::AlterModelOptions(_) => format!("alter_{}_options", model()),
            Operation::AlterUniqueTogether(_) => format!("alter_{}_unique_together", model()),
            Operation::AlterOrderWithRespectTo(_) => {
                format!("alter_{}_order_with_respect_to", model())
            }
            Operation::CreateExtension(op) => format!("create_extension_{}", lower(&op.name)),
            Operation::Elidable(inner) => return inner.name_fragment(),
            Operation::RunSql(_)
            | Operation::RunRust(_)
            | Operation::SeparateDatabaseAndState(_) => return None,
        })
    }

    /// Whether it can be taken back.
    pub fn is_reversible(&self) -> bool {
        match self {
            Operation::RunSql(op) => op.reverse_sql.is_some(),
            Operation::RunRust(op) => op.reverse.is_some(),
            Operation::SeparateDatabaseAndState(op) => {
                op.database_operations.iter().all(Operation::is_reversible)
            }
            Operation::Elidable(inner) => inner.is_reversible(),
            _ => true,
        }
    }

    /// Whether data is lost when it is carried out on the tables of `before`: a table or a column goes, or a column
    /// keeps less of each value. What SQL and Rust of the user's own do is not known.
    pub fn loses_data(&self, app: &str, before: &ProjectState) -> bool {
        let own_table = |model: &str| {
            before
                .model(app, model)
                .filter(|model| model.has_own_table())
        };
        match self {
            Operation::DeleteModel(op) => own_table(&op.model).is_some(),
            Operation::RemoveField(op) => own_table(&op.model)
                .and_then(|model| model.field(&op.name))
                .is_some_and(|field| field.holds_data(before)),
            Operation::AlterField(op) => own_table(&op.model)
                .and_then(|model| model.field(&op.field.name))
                .is_some_and(|field| keeps_less(field, &op.field)),
            Operation::SeparateDatabaseAndState(op) => op
                .database_operations
                .iter()
                .any(|inner| inner.loses_data(app, before)),
            Operation::Elidable(inner) => inner.loses_data(app, before),
            _ => false,
        }
    }

    /// Whether data is lost when it is taken back from the tables of `after`.
    pub fn loses_data_backwards(&self, app: &str, after: &ProjectState) -> bool {
        let own_table = |model: &str| {
            after
                .model(app, model)
                .filter(|model| model.has_own_table())
        };
        match self {
            Operation::CreateModel(op) => own_table(&op.model).is_some(),
            Operation::AddField(op) => own_table(&op.model).is_some() && op.field.holds_data(after),
            Operation::SeparateDatabaseAndState(op) => op
                .database_operations
                .iter()
                .any(|inner| inner.loses_data_backwards(app, after)),
            Operation::Elidable(inner) => inner.loses_data_backwards(app, after),
            _ => false,
        }
    }
}

impl TableAlias {
    /// The model, or its many-to-many field, in words.
    fn about(&self) -> String {
        match &self.field {
            Some(field) => format!("{}.{field}", self.model),
            None => self.model.clone(),
        }
    }
}

impl FieldState {
    /// Whether rows hold something in it that is nowhere else: not so for what is computed, for a key made of other
    /// fields, and for a many-to-many whose rows belong to a model of their own.
    fn holds_data(&self, state: &ProjectState) -> bool {
        let through = self
            .relation
            .as_ref()
            .and_then(|relation| relation.through.as_ref());
        let is_elsewhere = through.is_some_and(|key: &ModelKey| state.get(key).is_some());
        !is_elsewhere
            && !matches!(
                self.kind,
                FieldKind::Generated | FieldKind::CompositePrimaryKey
            )
    }
}

/// Whether a column of the new kind keeps less of a value than one of the old, without an error that would say so.
fn keeps_less(old: &FieldState, new: &FieldState) -> bool {
    use FieldKind::{Date, DateTime, Decimal, Float, Time};
    match (old.kind, new.kind) {
        (Decimal, Decimal) => new.decimal_places < old.decimal_places,
        (Float | Decimal, kind) => kind.is_integer(),
        (DateTime, Date | Time) => true,
        _ => false,
    }
}
