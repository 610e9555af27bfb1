//! From tables to models: the state whose schema a database already has.
//!
//! [`inspect`] reads what the catalogue tells as a person would who writes the models afterwards. What models cannot
//! say (a type of one vendor, an operator class, a key of several columns) is left out and noted; whether the models lead
//! to the very tables is for `drift` to say.

mod column;
mod name;
mod part;
mod said;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub(super) use column::is_moment;
use column::{is_json_check, is_sign_check, kind_of, read_default};
use name::{field_name, model_name};
use part::Parts;

use crate::meta::kind::FieldKind;
use crate::migrate::expression::Scope;
use crate::migrate::state::{
    FieldState, ModelKey, ModelState, OnDelete, ProjectState, default_table,
};
use crate::schema::{
    Column, ColumnType, ForeignKey, Index, ReferentialAction, Schema, Table, Unique,
};
use crate::sql::SchemaEditor;

/// Models for tables that are there.
#[derive(Debug, Clone, Default)]
pub struct Inspected {
    /// The models.
    pub state: ProjectState,
    /// What each of them does not say, by the table.
    pub notes: BTreeMap<String, Vec<String>>,
}

/// The models of tables, all in one app; `views` are the names of those that are no tables.
pub fn inspect(
    schema: &Schema,
    views: &BTreeSet<String>,
    app: &str,
    editor: &dyn SchemaEditor,
) -> Inspected {
    let joins: BTreeMap<&str, Join<'_>> = schema
        .tables
        .values()
        .filter_map(|table| Some((table.name.as_str(), Join::of(table, schema, app)?)))
        .collect();
    let mut inspected = Inspected::default();
    let mut names: BTreeMap<&str, String> = BTreeMap::new();
    for table in schema
        .tables
        .values()
        .filter(|table| !joins.contains_key(table.name.as_str()))
    {
        let name = model_name(&table.name, app);
        let taken = |name: &String| names.values().any(|other| other.eq_ignore_ascii_case(name));
        let free = (1..).map(|nth| match nth {
            1 => name.clone(),
            nth => format!("{name}{nth}"),
        });
        if let Some(name) = free.into_iter().find(|name| !taken(name)) {
            names.insert(&table.name, name);
        }
    }
    for (table, name) in &names {
        let Some(table) = schema.table(table) else {
            continue;
        };
        let reading = Reading {
            table,
            schema,
            names: &names,
            app,
            editor,
        };
        let mut notes = Vec::new();
        let mut model = ModelState::new(app, name);
        if default_table(app, name) != table.name {
            model.table = Some(table.name.clone());
        }
        model.options.comment.clone_from(&table.comment);
        model.options.managed = !views.contains(&table.name);
        reading.fill(&mut model, &mut notes);
        for join in joins.values().filter(|join| join.from == table.name) {
            model.fields.push(join.field(&names, app, &model));
        }
        if model.primary_key().is_none() {
            notes.push(
                "it has no column that could be a key: no model can be made of it".to_owned(),
            );
        } else {
            inspected.state.models.insert(model.key(), Arc::new(model));
        }
        inspected.notes.insert(table.name.clone(), notes);
    }
    add_parts(&mut inspected, schema, editor);
    inspected.notes.retain(|_, notes| !notes.is_empty());
    inspected
}

/// Adds what speaks of the fields, once these are there.
fn add_parts(inspected: &mut Inspected, schema: &Schema, editor: &dyn SchemaEditor) {
    let state = inspected.state.clone();
    for (key, model) in &mut inspected.state.models {
        let (Some(table), Some(scope_model)) = (schema.table(&model.table()), state.get(key))
        else {
            continue;
        };
        let scope = Scope {
            state: &state,
            model: scope_model,
            editor,
        };
        let notes = inspected.notes.entry(table.name.clone()).or_default();
        Parts {
            table,
            scope,
            notes,
        }
        .add_to(Arc::make_mut(model));
    }
}

/// A table that only joins two others, as a many-to-many relation makes it.
struct Join<'a> {
    table: &'a str,
    from: &'a str,
    to: &'a str,
    field: &'a str,
}

impl<'a> Join<'a> {
    /// `<table>_<field>` with `id` and two foreign keys that are unique together.
    fn of(table: &'a Table, schema: &Schema, app: &str) -> Option<Join<'a>> {
        let [one, two] = table.foreign_keys.as_slice() else {
            return None;
        };
        let columns: BTreeSet<&str> = table
            .columns
            .iter()
            .map(|column| column.name.as_str())
            .collect();
        let pair: BTreeSet<&str> = one
            .columns
            .iter()
            .chain(&two.columns)
            .map(String::as_str)
            .collect();
        let mut together = table.uniques.iter().map(|unique| {
            unique
                .columns
                .iter()
                .map(String::as_str)
                .collect::<BTreeSet<_>>()
        });
        let indexed = table
            .indexes
            .iter()
            .filter(|index| index.unique)
            .any(|index| {
                index
                    .parts
                    .iter()
                    .filter_map(|part| part.column())
                    .collect::<BTreeSet<_>>()
                    == pair
            });
        let is_join = columns.len() == 3
            && pair.len() == 2
            && table.single_key() == Some("id")
            && (together.any(|columns| columns == pair) || indexed);
        if !is_join {
            return None;
        }
        // The side whose table begins the name; the columns bear the names of the models.
        let bears = |key: &ForeignKey| {
            let name = model_name(&key.to_table, app).to_lowercase();
            key.columns
                .first()
                .is_some_and(|column| *column == format!("{name}_id"))
        };
        let side = |from: &'a ForeignKey, to: &'a ForeignKey| {
            let field = table.name.strip_prefix(&from.to_table)?.strip_prefix('_')?;
            let fits = from.to_table != to.to_table && bears(from) && bears(to);
            let is_there =
                schema.table(&from.to_table).is_some() && schema.table(&to.to_table).is_some();
            (fits && is_there).then_some(Join {
                table: &table.name,
                from: &from.to_table,
                to: &to.to_table,
                field,
            })
        };
        side(one, two).or_else(|| side(two, one))
    }

    fn field(&self, names: &BTreeMap<&str, String>, app: &str, model: &ModelState) -> FieldState {
        let to = ModelKey::new(app, names.get(self.to).map_or("", String::as_str));
        let mut name = field_name(self.field);
        if model.field(&name).is_some() {
            name += "_all";
        }
        let mut field = FieldState::relation(name, FieldKind::ManyToMany, to);
        let default = format!("{}_{}", model.table(), field.name);
        if let Some(relation) = field.relation.as_mut().filter(|_| default != self.table) {
            relation.table = Some(self.table.to_owned());
        }
        field
    }
}

/// The digits of a decimal that has no limits: models always say some, as many as `Decimal` holds.
const UNLIMITED: (u32, u32) = (28, 10);

/// One table that is being read.
struct Reading<'a> {
    table: &'a Table,
    schema: &'a Schema,
    names: &'a BTreeMap<&'a str, String>,
    app: &'a str,
    editor: &'a dyn SchemaEditor,
}

impl Reading<'_> {
    fn fill(&self, model: &mut ModelState, notes: &mut Vec<String>) {
        let parts = self.parts();
        let key = match parts {
            [] => self.key(notes),
            _ => None,
        };
        if !parts.is_empty() {
            model
                .fields
                .push(FieldState::new("pk", FieldKind::CompositePrimaryKey));
        }
        // A struct has the parts of its key in the key's order, whatever order the table has them in.
        let mut of_key = parts.iter().filter_map(|name| self.table.column(name));
        for column in &self.table.columns {
            let is_part = parts.contains(&column.name);
            let column = match is_part.then(|| of_key.next()) {
                Some(Some(part)) => part,
                _ => column,
            };
            let is_key = key == Some(column.name.as_str());
            let mut field = self.field(column, is_key, model, notes);
            if is_part && let Some(key) = model.fields.first_mut() {
                key.fields.push(field.name.clone());
                if std::mem::take(&mut field.null) {
                    let note = "{} may be NULL in the table, and no part of a key is in a model";
                    notes.push(note.replace("{}", &column.name));
                }
            }
            model.fields.push(field);
        }
    }

    /// The columns that are the key together; none where it is one, or more than a model can have.
    fn parts(&self) -> &[String] {
        let is_taken = self.table.columns.iter().any(|column| column.name == "pk");
        match &self.table.primary_key {
            Some(key) if (2..=5).contains(&key.columns.len()) && !is_taken => &key.columns,
            _ => &[],
        }
    }

    /// The column of the key; of a view or a table without one, the first column that could be.
    fn key(&self, notes: &mut Vec<String>) -> Option<&str> {
        if let Some(key) = self.table.single_key() {
            return Some(key);
        }
        if let Some(key) = &self.table.primary_key {
            notes.push(format!(
                "its key is ({}), and a model has at most five fields as its key: the first stands for it",
                key.columns.join(", ")
            ));
            return key.columns.first().map(String::as_str);
        }
        let can_be = |column: &&Column| {
            column.ty.is_integer() || column.ty.is_text() || column.ty == ColumnType::Uuid
        };
        let named = self.table.columns.iter().find(|column| column.name == "id");
        let found = named.or_else(|| self.table.columns.iter().find(can_be))?;
        notes.push(format!(
            "it has no key: the column {} stands for one",
            found.name
        ));
        Some(&found.name)
    }

    fn field(
        &self,
        column: &Column,
        is_key: bool,
        model: &ModelState,
        notes: &mut Vec<String>,
    ) -> FieldState {
        let foreign = self
            .table
            .foreign_keys
            .iter()
            .find(|key| key.columns == [column.name.as_str()]);
        let target = foreign.filter(|key| self.names.contains_key(key.to_table.as_str()));
        let mut field = match target {
            Some(key) => self.relation(column, key, model, notes),
            None => self.plain(column, is_key, model, notes),
        };
        field.primary_key = is_key;
        field.null = column.null && !is_key;
        field.comment.clone_from(&column.comment);
        field.collation.clone_from(&column.collation);
        if field.column() != column.name {
            field.column = Some(column.name.clone());
        }
        if let Some(default) = &column.default
            && !read_default(&default.sql, &mut field)
        {
            notes.push(format!(
                "the default of {} ({}) is not in the model",
                column.name, default.sql
            ));
        }
        field
    }

    fn relation(
        &self,
        column: &Column,
        key: &ForeignKey,
        model: &ModelState,
        notes: &mut Vec<String>,
    ) -> FieldState {
        let is_key = self.table.single_key() == Some(column.name.as_str());
        let is_unique = is_key || is_unique(self.table, &column.name);
        let kind = if is_unique {
            FieldKind::OneToOne
        } else {
            FieldKind::ForeignKey
        };
        let snake = field_name(&column.name);
        let short = snake
            .strip_suffix("_id")
            .filter(|short| !short.is_empty())
            .unwrap_or(&snake);
        let is_taken = |name: &str| {
            let columns = self
                .table
                .columns
                .iter()
                .filter(|other| other.name != column.name);
            let mut names = columns.map(|other| field_name(&other.name));
            names.any(|other| other == name || other == format!("{name}_id"))
        };
        let mut name = field_name(short);
        if is_taken(&name) || model.field(&name).is_some() {
            name += "_ref";
        }
        let to = self
            .names
            .get(key.to_table.as_str())
            .map_or("", String::as_str);
        let mut field = FieldState::relation(name, kind, ModelKey::new(self.app, to));
        let target = self.schema.table(&key.to_table);
        if let Some(relation) = field.relation.as_mut() {
            let is_primary =
                target.and_then(Table::single_key) == key.to_columns.first().map(String::as_str);
            relation.to_field = key
                .to_columns
                .first()
                .map(|name| field_name(name))
                .filter(|_| !is_primary);
            relation.on_delete = Some(match key.on_delete {
                ReferentialAction::Cascade => OnDelete::DbCascade,
                ReferentialAction::SetNull if column.null => OnDelete::DbSetNull,
                _ => OnDelete::DoNothing,
            });
        }
        if matches!(key.on_delete, ReferentialAction::SetDefault) {
            notes.push(format!(
                "{}: ON DELETE SET DEFAULT is not in the model",
                column.name
            ));
        }
        let by_database = !self.editor.features().foreign_key_indexes;
        field.index = is_unique || by_database || plain_index(self.table, &column.name).is_some();
        field
    }

    fn plain(
        &self,
        column: &Column,
        is_key: bool,
        model: &ModelState,
        notes: &mut Vec<String>,
    ) -> FieldState {
        let mut kind = kind_of(&column.ty);
        let has_sign_check = self
            .table
            .checks
            .iter()
            .any(|check| is_sign_check(&check.condition, &column.name));
        if has_sign_check {
            kind = match kind {
                FieldKind::SmallInteger => FieldKind::PositiveSmallInteger,
                FieldKind::Integer => FieldKind::PositiveInteger,
                FieldKind::BigInteger => FieldKind::PositiveBigInteger,
                kind => kind,
            };
        }
        if kind == FieldKind::Text
            && self
                .table
                .checks
                .iter()
                .any(|check| is_json_check(&check.condition, &column.name))
        {
            kind = FieldKind::Json;
        }
        let numbers_itself = column.identity
            || (self.editor.numbers_integer_keys() && column.ty == ColumnType::Integer);
        if is_key && numbers_itself && self.table.single_key().is_some() {
            let pointing = self.is_pointed_at_by();
            kind = match kind {
                FieldKind::SmallInteger => FieldKind::SmallAuto,
                FieldKind::Integer if !self.editor.numbers_integer_keys() => FieldKind::Auto,
                _ if pointing.contains(&&ColumnType::BigInteger) => FieldKind::BigAuto,
                FieldKind::Integer if pointing.contains(&&ColumnType::Integer) => FieldKind::Auto,
                FieldKind::Integer if pointing.contains(&&ColumnType::SmallInteger) => {
                    FieldKind::SmallAuto
                }
                _ => FieldKind::BigAuto,
            };
        }
        if let ColumnType::Other(words) = &column.ty {
            notes.push(format!(
                "{} is of the type {words}, which has no field type of its own",
                column.name
            ));
        }
        let mut name = field_name(&column.name);
        while model.field(&name).is_some() {
            name.push('_');
        }
        let mut field = FieldState::new(name, kind);
        match column.ty {
            ColumnType::Varchar(length) => field.max_length = length,
            ColumnType::Decimal(precision) => {
                let (digits, places) = precision.unwrap_or(UNLIMITED);
                field.max_digits = Some(digits);
                field.decimal_places = Some(places);
            }
            _ => {}
        }
        field.unique = !is_key && is_unique(self.table, &column.name);
        field.index = !is_key && !field.unique && plain_index(self.table, &column.name).is_some();
        field
    }

    /// The types of the keys that point here: where all keys of rows are one type, they tell what was meant.
    fn is_pointed_at_by(&self) -> Vec<&ColumnType> {
        let tables = self.schema.tables.values();
        let keys = tables.flat_map(|table| table.foreign_keys.iter().map(move |key| (table, key)));
        keys.filter(|(_, key)| key.to_table == self.table.name)
            .filter_map(|(table, key)| Some(&table.column(key.columns.first()?)?.ty))
            .collect()
    }
}

/// Whether a constraint makes this column unique, and says nothing else.
fn is_unique(table: &Table, column: &str) -> bool {
    let mut plain = table.uniques.iter().filter(|unique| is_plain(unique));
    plain.any(|unique| unique.columns == [column])
}

fn is_plain(unique: &Unique) -> bool {
    unique.deferrable.is_none() && unique.nulls_distinct.is_none()
}

/// The index over this column and nothing else, in the usual order.
fn plain_index<'a>(table: &'a Table, column: &str) -> Option<&'a Index> {
    table.indexes.iter().find(|index| {
        let plain = Index::new(&index.name, &[column.to_owned()]);
        index.same_but_name(&plain)
    })
}

fn fields_of(model: &ModelState, columns: &[String]) -> Vec<String> {
    let field = |column: &String| {
        let found = model
            .fields
            .iter()
            .find(|field| field.has_column() && field.column() == *column);
        found.map_or_else(|| column.clone(), |field| field.name.clone())
    };
    columns.iter().map(field).collect()
}
