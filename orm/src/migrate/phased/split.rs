//! One operation after the other, to the one part or the other.

use std::collections::BTreeSet;

use super::refused;
use crate::error::Result;
use crate::migrate::operation::{AlterUniqueTogether, Operation, RenameModel, TableAlias};
use crate::migrate::state::{FieldState, ModelKey, ModelState, ProjectState};
use crate::migrate::to_schema::through_columns;

/// The two parts of a migration as they are made.
pub(super) struct Parts<'a> {
    pub(super) app: &'a str,
    /// All operations of the migration.
    all: &'a [Operation],
    /// The state before the migration.
    first: ProjectState,
    /// The state that the first parts lead to.
    pub(super) state: &'a mut ProjectState,
    expand: Vec<Operation>,
    contract: Vec<Operation>,
    /// The other names of tables: given when all else is done, taken away before all else.
    aliases: Vec<TableAlias>,
    /// The fields that stand beside an older one, and those that were taken over, by model.
    pub(super) shadows: BTreeSet<(String, String)>,
    /// Of those the older ones, which go in the end.
    pub(super) leaving: BTreeSet<(String, String)>,
    /// The fields that the migration adds, by model.
    added: BTreeSet<(String, String)>,
}

impl<'a> Parts<'a> {
    pub(super) fn new(app: &'a str, all: &'a [Operation], state: &'a mut ProjectState) -> Self {
        Parts {
            app,
            all,
            first: state.clone(),
            state,
            expand: Vec::new(),
            contract: Vec::new(),
            aliases: Vec::new(),
            shadows: BTreeSet::new(),
            leaving: BTreeSet::new(),
            added: BTreeSet::new(),
        }
    }

    /// The operations of both parts.
    pub(super) fn finish(mut self) -> Result<(Vec<Operation>, Vec<Operation>)> {
        let mut contract = Vec::new();
        for alias in std::mem::take(&mut self.aliases) {
            self.expand(Operation::AddTableAlias(alias.clone()))?;
            contract.push(Operation::RemoveTableAlias(alias));
        }
        contract.append(&mut self.contract);
        Ok((self.expand, contract))
    }

    /// Puts an operation into the first part.
    pub(super) fn expand(&mut self, operation: Operation) -> Result<()> {
        operation.apply(self.app, self.state)?;
        self.expand.push(operation);
        Ok(())
    }

    /// Puts an operation into the second part.
    pub(super) fn contract(&mut self, operation: Operation) {
        self.contract.push(operation);
    }

    /// Puts an operation into the first part, if what it needs is there by then, else into the second.
    fn expand_or_later(&mut self, operation: &Operation) -> Result<()> {
        let fits = operation.apply(self.app, &mut self.state.clone()).is_ok();
        if fits {
            self.expand(operation.clone())
        } else {
            self.contract(operation.clone());
            Ok(())
        }
    }

    pub(super) fn key(&self, model: &str) -> ModelKey {
        ModelKey::new(self.app, model)
    }

    pub(super) fn model(&self, name: &str) -> Result<ModelState> {
        self.state.expect(&self.key(name)).cloned()
    }

    /// Whether the migration itself makes a model: nobody has written to it.
    fn is_new(&self, model: &str) -> bool {
        let is_this = |other: &str| other.eq_ignore_ascii_case(model);
        self.all
            .iter()
            .any(|operation| matches!(operation, Operation::CreateModel(op) if is_this(&op.model)))
    }

    /// Whether the migration deletes a model later.
    pub(super) fn goes(&self, model: &str) -> bool {
        let is_this = |other: &str| other.eq_ignore_ascii_case(model);
        self.all
            .iter()
            .any(|operation| matches!(operation, Operation::DeleteModel(op) if is_this(&op.model)))
    }

    /// Whether all these fields came with this migration, so that code of before writes none of them.
    fn are_new(&self, model: &str, fields: &[String]) -> bool {
        let is_added = |field: &String| {
            let name = field.strip_suffix("_id").unwrap_or(field);
            [field.as_str(), name]
                .iter()
                .any(|name| self.added.contains(&(model.to_owned(), (*name).to_owned())))
        };
        self.is_new(model) || (!fields.is_empty() && fields.iter().all(is_added))
    }

    pub(super) fn is_shadow(&self, model: &str, field: &str) -> bool {
        self.shadows.contains(&(model.to_owned(), field.to_owned()))
    }

    pub(super) fn split(&mut self, operation: &Operation) -> Result<()> {
        if self.follows_a_rename(operation) {
            return Ok(());
        }
        match operation {
            Operation::RenameField(op) => {
                self.rename_field(&op.model, &op.old_name, &op.new_name, operation)
            }
            Operation::AlterField(op) => self.alter_field(op),
            Operation::AddField(op) => {
                let is_new = self.is_new(&op.model);
                let name = (op.model.clone(), op.field.name.clone());
                self.added.insert(name);
                if is_new {
                    self.expand(operation.clone())
                } else if operation.apply(self.app, &mut self.state.clone()).is_err() {
                    self.contract(operation.clone());
                    Ok(())
                } else {
                    self.add_field(op)
                }
            }
            Operation::RemoveField(op) => self.remove_field(op),
            Operation::DeleteModel(_) => {
                self.contract(operation.clone());
                Ok(())
            }
            Operation::RenameModel(op) => self.rename_model(op),
            Operation::AlterModelTable(op) => {
                let before = self.model(&op.model)?;
                self.expand(operation.clone())?;
                self.keep_names(&before, &op.model)
            }
            Operation::AddConstraint(op) => {
                let fields: Vec<String> = op
                    .constraint
                    .referenced_fields()
                    .iter()
                    .map(ToString::to_string)
                    .collect();
                if self.are_new(&op.model, &fields) {
                    self.expand_or_later(operation)
                } else {
                    self.contract(operation.clone());
                    Ok(())
                }
            }
            Operation::AlterUniqueTogether(op) => self.alter_unique_together(op),
            Operation::AlterOrderWithRespectTo(op) => {
                let model = self.model(&op.model)?;
                let was = model.options.order_with_respect_to.is_some();
                if was && op.order_with_respect_to.is_none() {
                    return Err(refused(
                        "new code would leave out the column `_order`, which has no default; write this change without \
                         `--phased`, and apply it while no code runs",
                    ));
                }
                self.expand_or_later(operation)
            }
            other => self.expand_or_later(other),
        }
    }

    /// Whether an operation removes an index or a constraint that another one adds again with nothing but the name of a
    /// renamed field changed, or is that other one: what speaks of a renamed field follows it.
    fn follows_a_rename(&self, operation: &Operation) -> bool {
        let (model, name, is_index) = match operation {
            Operation::RemoveIndex(op) => (&op.model, &op.name, true),
            Operation::RemoveConstraint(op) => (&op.model, &op.name, false),
            Operation::AddIndex(op) => (&op.model, &op.index.name, true),
            Operation::AddConstraint(op) => (&op.model, &op.constraint.name, false),
            _ => return false,
        };
        let is_removed = self.all.iter().any(|other| match other {
            Operation::RemoveIndex(op) => is_index && op.model == *model && op.name == *name,
            Operation::RemoveConstraint(op) => !is_index && op.model == *model && op.name == *name,
            _ => false,
        });
        let key = self.key(model);
        let mut state = self.first.clone();
        for other in self.all {
            if let Operation::RenameField(op) = other
                && op.model == *model
                && state
                    .rename_field(&key, &op.old_name, &op.new_name)
                    .is_err()
            {
                return false;
            }
        }
        let Ok(renamed) = state.expect(&key) else {
            return false;
        };
        is_removed
            && self.all.iter().any(|other| match other {
                Operation::AddIndex(op) => {
                    is_index && op.model == *model && renamed.index(name) == Some(&op.index)
                }
                Operation::AddConstraint(op) => {
                    !is_index
                        && op.model == *model
                        && renamed.constraint(name) == Some(&op.constraint)
                }
                _ => false,
            })
    }

    /// The new table at once, under its old name besides.
    fn rename_model(&mut self, op: &RenameModel) -> Result<()> {
        let before = self.model(&op.old_name)?;
        let key = self.key(&op.old_name);
        let foreign = self.state.references_to(&key).find(|(model, field)| {
            model.key() != key && model.through_table(field).is_some() && field.to() == Some(&key)
        });
        if let Some((model, field)) = foreign {
            return Err(refused(&format!(
                "the table between of `{}.{}` has a column that is named after the model, and would be renamed under \
                 running code; give the field a `through` model first, or keep the model's name",
                model.key(),
                field.name
            )));
        }
        self.expand(Operation::RenameModel(op.clone()))?;
        self.keep_names(&before, &op.new_name)
    }

    /// Keeps the names that tables had, for code that still uses them.
    fn keep_names(&mut self, before: &ModelState, name: &str) -> Result<()> {
        let after = self.model(name)?;
        if !before.has_own_table() || !after.has_own_table() {
            return Ok(());
        }
        if before.table() != after.table() {
            self.aliases.push(TableAlias {
                model: after.name.clone(),
                field: None,
                table: before.table(),
                columns: Vec::new(),
            });
        }
        for field in &before.fields {
            let now = after.field(&field.name);
            self.keep_between(before, field, &after, now);
        }
        Ok(())
    }

    /// Keeps the name that the table between of a many-to-many field had.
    pub(super) fn keep_between(
        &mut self,
        before: &ModelState,
        field: &FieldState,
        after: &ModelState,
        now: Option<&FieldState>,
    ) {
        let Some(now) = now else {
            return;
        };
        let (Some(table), Some(new)) = (before.through_table(field), after.through_table(now))
        else {
            return;
        };
        if table == new {
            return;
        }
        let (old_columns, columns) = (through_columns(before, field), through_columns(after, now));
        let (near, far) = old_columns.clone();
        self.aliases.push(TableAlias {
            model: after.name.clone(),
            field: Some(now.name.clone()),
            table,
            columns: match old_columns == columns {
                true => Vec::new(),
                false => vec!["id".to_owned(), near, far],
            },
        });
    }

    /// What must no longer be unique goes first, what must be from now on comes last.
    fn alter_unique_together(&mut self, op: &AlterUniqueTogether) -> Result<()> {
        let operation = Operation::AlterUniqueTogether(op.clone());
        let now = self.model(&op.model)?.options.unique_together;
        let leaves = |set: &&Vec<String>| {
            let leaves = |name: &String| self.leaving.contains(&(op.model.clone(), name.clone()));
            set.iter().any(leaves)
        };
        let (leaving, staying): (Vec<_>, Vec<_>) = now.iter().partition(leaves);
        if !leaving.is_empty() && staying.iter().copied().eq(&op.unique_together) {
            // The sets follow the field.
            return Ok(());
        }
        let mut new_sets = op.unique_together.iter().filter(|set| !now.contains(set));
        if leaving.is_empty() && new_sets.all(|set| self.are_new(&op.model, set)) {
            return self.expand_or_later(&operation);
        }
        let kept: Vec<Vec<String>> = now
            .iter()
            .filter(|set| op.unique_together.contains(set) || leaving.contains(set))
            .cloned()
            .collect();
        if kept != now {
            self.expand(Operation::AlterUniqueTogether(AlterUniqueTogether {
                model: op.model.clone(),
                unique_together: kept,
            }))?;
        }
        self.contract(operation);
        Ok(())
    }
}
