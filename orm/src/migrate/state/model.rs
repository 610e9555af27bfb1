//! A model as the migrations know it: options, indexes, constraints and fields.

use super::{FieldState, ModelKey};
use crate::error::{Error, Result, suggestion};
use crate::meta::condition::{Condition, Expression};

/// A model.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelState {
    /// The app it belongs to.
    pub app: String,
    /// Its name.
    pub name: String,
    /// Its table, where it is not the default; see [`ModelState::table`].
    pub table: Option<String>,
    /// Its options.
    pub options: ModelOptions,
    /// Its indexes, in the order of their declaration.
    pub indexes: Vec<IndexState>,
    /// Its constraints, in the order of their declaration.
    pub constraints: Vec<ConstraintState>,
    /// Its fields, in the order of their declaration.
    pub fields: Vec<FieldState>,
}

/// The options of a model.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelOptions {
    /// The default order: names of fields, `-` before one for descending.
    pub ordering: Vec<String>,
    /// Whether migrations make and change its table (true by default).
    pub managed: bool,
    /// Whether it is another face of its base's table.
    pub proxy: bool,
    /// The models that it inherits from.
    pub bases: Vec<ModelKey>,
    /// Sets of fields that are unique together, sorted.
    pub unique_together: Vec<Vec<String>>,
    /// The foreign key within which the rows have an order of their own.
    pub order_with_respect_to: Option<String>,
    /// The table's comment in the database.
    pub comment: Option<String>,
    /// The table's tablespace.
    pub tablespace: Option<String>,
    /// The name for people.
    pub verbose_name: Option<String>,
    /// The plural for people.
    pub verbose_name_plural: Option<String>,
    /// The name of the reverse side of its relations, where they do not name one.
    pub default_related_name: Option<String>,
    /// The fields that `latest` and `earliest` go by.
    pub get_latest_by: Vec<String>,
    /// The name of the manager that is used by default.
    pub default_manager_name: Option<String>,
}

/// An index.
#[derive(Debug, Clone, PartialEq)]
pub struct IndexState {
    /// Its name in the database.
    pub name: String,
    /// The names of its fields, `-` before one for descending; see [`IndexState::columns`].
    pub fields: Vec<String>,
    /// Of a partial index: the rows that it holds.
    pub condition: Option<Condition>,
    /// Fields that it carries beside its key.
    pub include: Vec<String>,
    /// The operator class of each field.
    pub opclasses: Vec<String>,
    /// The method, where it is not `btree`.
    pub using: Option<String>,
    /// Its tablespace.
    pub tablespace: Option<String>,
    /// The expressions it is over, in the place of fields; `desc` may be the outermost function.
    pub expressions: Vec<Expression>,
}

/// A constraint.
#[derive(Debug, Clone, PartialEq)]
pub struct ConstraintState {
    /// Of which kind.
    pub kind: ConstraintKind,
    /// Its name in the database.
    pub name: String,
    /// Of a check: what holds. Of the others: for which rows.
    pub condition: Option<Condition>,
    /// Of `unique`: the fields.
    pub fields: Vec<String>,
    /// Of `unique` and `exclude`: fields that its index carries beside its key.
    pub include: Vec<String>,
    /// Of `unique`: the operator class of each field.
    pub opclasses: Vec<String>,
    /// Of `unique`: the expressions, in the place of fields.
    pub expressions: Vec<Expression>,
    /// Whether and how the check may wait for the end of the transaction.
    pub deferrable: Option<Deferrable>,
    /// Of `unique`: whether NULLs count as different from each other.
    pub nulls_distinct: Option<bool>,
    /// The code of the validation error. No DDL.
    pub violation_error_code: Option<String>,
    /// The message of the validation error. No DDL.
    pub violation_error_message: Option<String>,
    /// Of `exclude`: pairs of expression and operator.
    pub elements: Vec<(Expression, String)>,
    /// Of `exclude`: the method, where it is not `gist`.
    pub using: Option<String>,
}

/// The kinds of constraints that stand in a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ConstraintKind {
    /// A condition on each row.
    Check,
    /// No two rows alike.
    Unique,
    /// No two rows that the operators relate.
    Exclude,
}

/// How a constraint may wait for the end of the transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Deferrable {
    /// It waits until told not to.
    Deferred,
    /// It does not wait until told to.
    Immediate,
}

/// The table that a model has unless it names one: `<app>_<model in lower case>`.
pub fn default_table(app: &str, name: &str) -> String {
    format!("{app}_{}", name.to_lowercase())
}

impl ModelState {
    /// A model without fields, all options at their defaults.
    pub fn new(app: impl Into<String>, name: impl Into<String>) -> ModelState {
        ModelState {
            app: app.into(),
            name: name.into(),
            table: None,
            options: ModelOptions::default(),
            indexes: Vec::new(),
            constraints: Vec::new(),
            fields: Vec::new(),
        }
    }

    /// Its key.
    pub fn key(&self) -> ModelKey {
        ModelKey::new(&self.app, &self.name)
    }

    /// Its table: the one given, else the default. Of a proxy ask [`super::ProjectState::table_of`].
    pub fn table(&self) -> String {
        self.table
            .clone()
            .unwrap_or_else(|| default_table(&self.app, &self.name))
    }

    /// Whether migrations make and change its table: it is managed and not a proxy.
    pub fn has_own_table(&self) -> bool {
        self.options.managed && !self.options.proxy
    }

    /// The table between, of a many-to-many field that has no `through`: the one given, else `<table>_<field>`.
    pub fn through_table(&self, field: &FieldState) -> Option<String> {
        let relation = field.relation.as_ref()?;
        let is_automatic =
            field.kind == crate::meta::kind::FieldKind::ManyToMany && relation.through.is_none();
        is_automatic.then(|| {
            let default = || format!("{}_{}", self.table(), field.name);
            relation.table.clone().unwrap_or_else(default)
        })
    }

    /// Whether a many-to-many field holds both ways: by default when it points to its own model.
    pub fn is_symmetrical(&self, field: &FieldState) -> bool {
        field.relation.as_ref().is_some_and(|relation| {
            relation
                .symmetrical
                .unwrap_or_else(|| relation.to == self.key())
        })
    }

    /// The field of a name.
    pub fn field(&self, name: &str) -> Option<&FieldState> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The field of a name.
    ///
    /// # Errors
    /// If there is none; the message suggests the nearest name.
    pub fn expect_field(&self, name: &str) -> Result<&FieldState> {
        self.field(name).ok_or_else(|| self.unknown_field(name))
    }

    /// The field of a name, to be changed.
    ///
    /// # Errors
    /// If there is none; the message suggests the nearest name.
    pub fn expect_field_mut(&mut self, name: &str) -> Result<&mut FieldState> {
        let error = self.unknown_field(name);
        self.fields
            .iter_mut()
            .find(|field| field.name == name)
            .ok_or(error)
    }

    /// The field that is the primary key (perhaps a composite one).
    pub fn primary_key(&self) -> Option<&FieldState> {
        self.fields.iter().find(|field| field.primary_key)
    }

    /// The fields that are columns of its table, in order.
    pub fn columns(&self) -> impl Iterator<Item = &FieldState> {
        self.fields.iter().filter(|field| field.has_column())
    }

    /// The fields that a struct declares: all but the key that several of them are together.
    pub fn columns_and_relations(&self) -> impl Iterator<Item = &FieldState> {
        let is_own =
            |field: &&FieldState| field.kind != crate::meta::kind::FieldKind::CompositePrimaryKey;
        self.fields.iter().filter(is_own)
    }

    /// The index of a name.
    pub fn index(&self, name: &str) -> Option<&IndexState> {
        self.indexes.iter().find(|index| index.name == name)
    }

    /// The constraint of a name.
    pub fn constraint(&self, name: &str) -> Option<&ConstraintState> {
        self.constraints
            .iter()
            .find(|constraint| constraint.name == name)
    }

    fn unknown_field(&self, name: &str) -> Error {
        let hint = suggestion(name, self.fields.iter().map(|field| field.name.as_str()));
        Error::migration(format!(
            "no field `{name}` on `{}.{}`{hint}",
            self.app, self.name
        ))
    }
}

impl Default for ModelOptions {
    fn default() -> Self {
        ModelOptions {
            ordering: Vec::new(),
            managed: true,
            proxy: false,
            bases: Vec::new(),
            unique_together: Vec::new(),
            order_with_respect_to: None,
            comment: None,
            tablespace: None,
            verbose_name: None,
            verbose_name_plural: None,
            default_related_name: None,
            get_latest_by: Vec::new(),
            default_manager_name: None,
        }
    }
}

impl ModelOptions {
    /// The options that `alter_model_options` carries, and no others: those that touch no table.
    #[must_use]
    pub fn alterable(&self) -> ModelOptions {
        ModelOptions {
            ordering: self.ordering.clone(),
            managed: self.managed,
            verbose_name: self.verbose_name.clone(),
            verbose_name_plural: self.verbose_name_plural.clone(),
            default_related_name: self.default_related_name.clone(),
            get_latest_by: self.get_latest_by.clone(),
            default_manager_name: self.default_manager_name.clone(),
            ..ModelOptions::default()
        }
    }

    /// Takes the alterable options of `other`, and keeps the rest.
    pub fn alter(&mut self, other: &ModelOptions) {
        *self = ModelOptions {
            proxy: self.proxy,
            bases: std::mem::take(&mut self.bases),
            unique_together: std::mem::take(&mut self.unique_together),
            order_with_respect_to: self.order_with_respect_to.take(),
            comment: self.comment.take(),
            tablespace: self.tablespace.take(),
            ..other.alterable()
        };
    }
}

impl IndexState {
    /// An index over fields, `-` before one for descending.
    pub fn new(name: impl Into<String>, fields: &[&str]) -> IndexState {
        IndexState {
            name: name.into(),
            fields: fields.iter().map(|&field| field.to_owned()).collect(),
            condition: None,
            include: Vec::new(),
            opclasses: Vec::new(),
            using: None,
            tablespace: None,
            expressions: Vec::new(),
        }
    }

    /// Each field with whether it is descending.
    pub fn columns(&self) -> impl Iterator<Item = (&str, bool)> {
        self.fields
            .iter()
            .map(|field| match field.strip_prefix('-') {
                Some(name) => (name, true),
                None => (field.as_str(), false),
            })
    }

    /// The fields that it speaks of anywhere, each once.
    pub fn referenced_fields(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.columns().map(|(name, _)| name).collect();
        names.extend(self.include.iter().map(String::as_str));
        names.extend(self.condition.iter().flat_map(Condition::fields));
        names.extend(self.expressions.iter().flat_map(Expression::fields));
        each_once(names)
    }
}

impl ConstraintState {
    /// A check of a condition.
    pub fn check(name: impl Into<String>, condition: Condition) -> ConstraintState {
        ConstraintState {
            condition: Some(condition),
            ..ConstraintState::new(ConstraintKind::Check, name)
        }
    }

    /// A unique constraint over fields.
    pub fn unique(name: impl Into<String>, fields: &[&str]) -> ConstraintState {
        ConstraintState {
            fields: fields.iter().map(|&field| field.to_owned()).collect(),
            ..ConstraintState::new(ConstraintKind::Unique, name)
        }
    }

    /// A constraint of a kind that says nothing yet.
    pub fn new(kind: ConstraintKind, name: impl Into<String>) -> ConstraintState {
        ConstraintState {
            kind,
            name: name.into(),
            condition: None,
            fields: Vec::new(),
            include: Vec::new(),
            opclasses: Vec::new(),
            expressions: Vec::new(),
            deferrable: None,
            nulls_distinct: None,
            violation_error_code: None,
            violation_error_message: None,
            elements: Vec::new(),
            using: None,
        }
    }

    /// The same as the database sees it: without what touches no DDL.
    #[must_use]
    pub fn in_database(&self) -> ConstraintState {
        ConstraintState {
            violation_error_code: None,
            violation_error_message: None,
            ..self.clone()
        }
    }

    /// The fields that it speaks of anywhere, each once.
    pub fn referenced_fields(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.fields.iter().map(String::as_str).collect();
        names.extend(self.include.iter().map(String::as_str));
        names.extend(self.condition.iter().flat_map(Condition::fields));
        names.extend(self.expressions.iter().flat_map(Expression::fields));
        names.extend(
            self.elements
                .iter()
                .flat_map(|(expression, _)| expression.fields()),
        );
        each_once(names)
    }
}

impl ConstraintKind {
    /// The word for it: `check`, `unique`, `exclude`.
    pub const fn as_str(self) -> &'static str {
        match self {
            ConstraintKind::Check => "check",
            ConstraintKind::Unique => "unique",
            ConstraintKind::Exclude => "exclude",
        }
    }
}

impl Deferrable {
    /// The word for it: `deferred`, `immediate`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Deferrable::Deferred => "deferred",
            Deferrable::Immediate => "immediate",
        }
    }
}

fn each_once(names: Vec<&str>) -> Vec<&str> {
    let mut once = Vec::new();
    for name in names {
        if !once.contains(&name) {
            once.push(name);
        }
    }
    once
}
