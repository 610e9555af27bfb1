//! Operations on whole models and their options.

use crate::migrate::state::{ConstraintState, FieldState, IndexState, ModelOptions, ModelState};

/// Makes a model and its table, the tables of its many-to-many fields included.
#[derive(Debug, Clone, PartialEq)]
pub struct CreateModel {
    /// The model's name.
    pub model: String,
    /// Its table, the default one included; none for a proxy.
    pub table: Option<String>,
    /// Its fields.
    pub fields: Vec<FieldState>,
    /// Its options.
    pub options: ModelOptions,
    /// Its indexes.
    pub indexes: Vec<IndexState>,
    /// Its constraints.
    pub constraints: Vec<ConstraintState>,
}

impl CreateModel {
    /// The operation that makes a model as it is; the table stands in it though it be the default, for the reader.
    pub fn from_state(model: &ModelState) -> CreateModel {
        CreateModel {
            model: model.name.clone(),
            table: (!model.options.proxy).then(|| model.table()),
            fields: model.fields.clone(),
            options: model.options.clone(),
            indexes: model.indexes.clone(),
            constraints: model.constraints.clone(),
        }
    }

    /// The model that it makes in an app.
    pub fn to_state(&self, app: &str) -> ModelState {
        let mut model = ModelState {
            app: app.to_owned(),
            name: self.model.clone(),
            table: self.table.clone(),
            options: self.options.clone(),
            indexes: self.indexes.clone(),
            constraints: self.constraints.clone(),
            fields: self.fields.clone(),
        };
        model.canonicalize();
        model
    }
}

/// Drops a model and its table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeleteModel {
    /// The model's name.
    pub model: String,
}

/// Gives a model another name; its default table follows, and so does every reference to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenameModel {
    /// The name until now.
    pub old_name: String,
    /// The name from now on.
    pub new_name: String,
}

/// Gives a model another table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlterModelTable {
    /// The model's name.
    pub model: String,
    /// The table; none for the default one.
    pub table: Option<String>,
}

/// Changes the comment of a model's table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlterModelTableComment {
    /// The model's name.
    pub model: String,
    /// The comment, if any.
    pub comment: Option<String>,
}

/// Changes the options that touch no table; one that is not given goes back to its default.
#[derive(Debug, Clone, PartialEq)]
pub struct AlterModelOptions {
    /// The model's name.
    pub model: String,
    /// The options; only those of [`ModelOptions::alterable`] count.
    pub options: ModelOptions,
}

/// Changes the sets of fields that are unique together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlterUniqueTogether {
    /// The model's name.
    pub model: String,
    /// The sets, sorted.
    pub unique_together: Vec<Vec<String>>,
}

/// Gives the rows of a model an order of their own within a foreign key, or takes it away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlterOrderWithRespectTo {
    /// The model's name.
    pub model: String,
    /// The foreign key, if any.
    pub order_with_respect_to: Option<String>,
}
