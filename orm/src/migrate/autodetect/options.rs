//! Options of models that changed: those that touch no table, the table itself and its comment, sets of fields that
//! are unique together, and the order of rows within a foreign key.

use std::collections::BTreeSet;

use super::{Dependency, Detector, Event, relation_needs};
use crate::migrate::operation::{
    AlterModelOptions, AlterModelTable, AlterModelTableComment, AlterOrderWithRespectTo,
    AlterUniqueTogether, Operation,
};
use crate::migrate::state::{ModelKey, default_table};

impl Detector<'_> {
    pub(super) fn alter_options(&mut self) {
        let mut models = self.kept_of_any_sort();
        models.extend(self.old.unmanaged.intersection(&self.new.models).cloned());
        models.extend(self.old.models.intersection(&self.new.unmanaged).cloned());
        for key in models {
            let (old, new) = (self.old_model(&key), self.new_model(&key));
            if old.options.alterable() != new.options.alterable() {
                let operation = Operation::AlterModelOptions(AlterModelOptions {
                    model: new.name.clone(),
                    options: new.options.alterable(),
                });
                self.push(&key.app, operation, Vec::new());
            }
            self.warn_of_fixed_options(&key);
        }
    }

    /// There is no operation for some options; Django says nothing of it.
    fn warn_of_fixed_options(&mut self, key: &ModelKey) {
        let (old, new) = (&self.old_model(key).options, &self.new_model(key).options);
        let old_bases: Vec<ModelKey> = old.bases.iter().map(|base| self.new_key(base)).collect();
        if old_bases != new.bases {
            self.warnings.push(format!("the bases of `{key}` changed, which no operation can bring about: delete the model and make it anew"));
        }
        if old.tablespace != new.tablespace {
            self.warnings.push(format!("the tablespace of `{key}` changed, which no operation brings about: move the table with run_sql"));
        }
    }

    pub(super) fn alter_comments(&mut self) {
        for key in self.kept_of_any_sort() {
            let (old, new) = (self.old_model(&key), self.new_model(&key));
            if old.options.comment != new.options.comment {
                let operation = Operation::AlterModelTableComment(AlterModelTableComment {
                    model: new.name.clone(),
                    comment: new.options.comment.clone(),
                });
                self.push(&key.app, operation, Vec::new());
            }
        }
    }

    pub(super) fn alter_tables(&mut self) {
        for key in self.kept_of_any_sort() {
            let (old, new) = (self.old_model(&key), self.new_model(&key));
            let own = |table: &Option<String>, name: &str| {
                table
                    .clone()
                    .filter(|table| *table != default_table(&key.app, name))
            };
            let table = own(&new.table, &new.name);
            if own(&old.table, &old.name) != table {
                let operation = Operation::AlterModelTable(AlterModelTable {
                    model: new.name.clone(),
                    table,
                });
                self.push(&key.app, operation, Vec::new());
            }
        }
    }

    pub(super) fn alter_order_with_respect_to(&mut self) {
        for key in self.kept() {
            let (old, new) = (self.old_model(&key), self.new_model(&key));
            let field = &new.options.order_with_respect_to;
            if old.options.order_with_respect_to != *field {
                let needed = field
                    .iter()
                    .map(|name| Dependency::new(&key, Event::FieldCreated(name.clone())))
                    .collect();
                let operation = Operation::AlterOrderWithRespectTo(AlterOrderWithRespectTo {
                    model: new.name.clone(),
                    order_with_respect_to: field.clone(),
                });
                self.push(&key.app, operation, needed);
            }
        }
    }

    /// Takes away the sets of fields that are unique together no more, before the fields themselves go.
    pub(super) fn narrow_unique_together(&mut self) {
        for key in self.kept() {
            let (old, kept) = (self.together(&key).0, self.kept_together(&key));
            if self.has_other_together(&key) && !(kept.is_empty() && old.is_empty()) {
                self.set_unique_together(&key, kept);
            }
        }
    }

    /// Adds the new sets of fields that are unique together, after the fields themselves came.
    pub(super) fn widen_unique_together(&mut self) {
        for key in self.kept() {
            let new = self.together(&key).1;
            if self.has_other_together(&key) && new != self.kept_together(&key) {
                self.set_unique_together(&key, new);
            }
        }
    }

    fn together(&self, key: &ModelKey) -> (BTreeSet<Vec<String>>, BTreeSet<Vec<String>>) {
        let set = |sets: &[Vec<String>]| sets.iter().cloned().collect();
        let (old, new) = (self.old_model(key), self.new_model(key));
        (
            set(&old.options.unique_together),
            set(&new.options.unique_together),
        )
    }

    fn has_other_together(&self, key: &ModelKey) -> bool {
        let (old, new) = self.together(key);
        old != new
    }

    fn kept_together(&self, key: &ModelKey) -> BTreeSet<Vec<String>> {
        let (old, new) = self.together(key);
        old.intersection(&new).cloned().collect()
    }

    fn set_unique_together(&mut self, key: &ModelKey, sets: BTreeSet<Vec<String>>) {
        let model = self.new_model(key);
        let fields = self.together(key).1.into_iter().flatten();
        // The order of the rows is within a field, and made with it.
        let ordered = model.options.order_with_respect_to.as_deref();
        let field = |name: String| model.field(if name == "_order" { ordered? } else { &name });
        let dependencies = fields.filter_map(field).flat_map(relation_needs).collect();
        let operation = Operation::AlterUniqueTogether(AlterUniqueTogether {
            model: model.name.clone(),
            unique_together: sets.into_iter().collect(),
        });
        self.push(&key.app, operation, dependencies);
    }
}
