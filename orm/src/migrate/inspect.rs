//! From tables to models: the state whose schema a database already has.
//!
//! [`inspect`] reads what the catalogue tells as a person would who writes the models afterwards. What models cannot
//! say (a type of one vendor, an operator class, a key of several columns) is left out and noted; whether the models lead
//! to the very tables is for `drift` to say.

mod column;
mod name;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use column::{is_sign_check, kind_of, read_default};
use name::{field_name, model_name};

use crate::meta::kind::FieldKind;
use crate::migrate::state::{
    ConstraintState, FieldState, IndexState, ModelKey, ModelState, OnDelete, ProjectState,
    default_table,
};
use crate::schema::{Column, ColumnType, ForeignKey, Index, ReferentialAction, Schema, Table};
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
    inspected.notes.retain(|_, notes| !notes.is_empty());
    inspected
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
        let key = self.key(notes);
        for column in &self.table.columns {
            let is_key = key == Some(column.name.as_str());
            let field = self.field(column, is_key, model, notes);
            model.fields.push(field);
        }
        self.add_uniques(model, notes);
        self.add_indexes(model, notes);
        for check in &self.table.checks {
            let is_implied = self
                .table
                .columns
                .iter()
                .any(|column| is_sign_check(&check.condition, &column.name));
            if !is_implied {
                let name = check.name.clone().unwrap_or_default();
                notes.push(format!(
                    "the check {name} ({}) is not in the model",
                    check.condition.trim()
                ));
            }
        }
    }

    /// The column of the key; of a view or a table without one, the first column that could be.
    fn key(&self, notes: &mut Vec<String>) -> Option<&str> {
        if let Some(key) = self.table.single_key() {
            return Some(key);
        }
        if let Some(key) = &self.table.primary_key {
            notes.push(format!(
                "its key is ({}), and a model has one column as its key: the first stands for it",
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
        if let Some(generated) = &column.generated {
            notes.push(format!(
                "{} is computed by the database: {}",
                column.name,
                generated.expression.trim()
            ));
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
        let is_unique = self.is_unique(&column.name);
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
        field.index = is_unique || by_database || self.plain_index(&column.name).is_some();
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
        let numbers_itself = column.identity
            || (self.editor.numbers_integer_keys() && column.ty == ColumnType::Integer);
        if is_key && numbers_itself && self.table.single_key().is_some() {
            kind = match kind {
                FieldKind::SmallInteger => FieldKind::SmallAuto,
                FieldKind::Integer
                    if !self.editor.numbers_integer_keys() || self.is_pointed_at_by_integers() =>
                {
                    FieldKind::Auto
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
                field.max_digits = precision.map(|(digits, _)| digits);
                field.decimal_places = precision.map(|(_, places)| places);
            }
            _ => {}
        }
        field.unique = !is_key && self.is_unique(&column.name);
        field.index = !is_key && !field.unique && self.plain_index(&column.name).is_some();
        field
    }

    /// Whether the keys that point here are as narrow as those of `Auto`.
    fn is_pointed_at_by_integers(&self) -> bool {
        let keys = self
            .schema
            .tables
            .values()
            .flat_map(|table| table.foreign_keys.iter().map(move |key| (table, key)));
        let mut here = keys.filter(|(_, key)| key.to_table == self.table.name);
        here.any(|(table, key)| {
            let column = key.columns.first().and_then(|name| table.column(name));
            column.is_some_and(|column| column.ty == ColumnType::Integer)
        })
    }

    fn is_unique(&self, column: &str) -> bool {
        let is_plain = |unique: &&crate::schema::Unique| {
            unique.deferrable.is_none() && unique.nulls_distinct.is_none()
        };
        self.table
            .uniques
            .iter()
            .filter(is_plain)
            .any(|unique| unique.columns == [column])
    }

    /// The index over this column and nothing else, in the usual order.
    fn plain_index(&self, column: &str) -> Option<&Index> {
        self.table.indexes.iter().find(|index| {
            let plain = Index::new(&index.name, &[column.to_owned()]);
            index.same_but_name(&plain)
        })
    }

    fn add_uniques(&self, model: &mut ModelState, notes: &mut Vec<String>) {
        for unique in self
            .table
            .uniques
            .iter()
            .filter(|unique| 1 < unique.columns.len())
        {
            let fields = fields_of(model, &unique.columns);
            match (&unique.name, unique.deferrable, unique.nulls_distinct) {
                (Some(name), None, None) => model.constraints.push(ConstraintState {
                    fields,
                    ..ConstraintState::unique(name, &[])
                }),
                (None, None, None) => model.options.unique_together.push(fields),
                _ => notes.push(format!(
                    "the unique constraint over ({}) is not in the model",
                    unique.columns.join(", ")
                )),
            }
        }
        model.options.unique_together.sort();
    }

    fn add_indexes(&self, model: &mut ModelState, notes: &mut Vec<String>) {
        let mut implied: BTreeSet<&str> = BTreeSet::new();
        for field in model.fields.iter().filter(|field| field.index) {
            implied.extend(
                self.plain_index(&field.column())
                    .map(|index| index.name.as_str()),
            );
        }
        for index in self
            .table
            .indexes
            .iter()
            .filter(|index| !implied.contains(index.name.as_str()))
        {
            let columns: Vec<String> = index
                .parts
                .iter()
                .filter_map(|part| part.column().map(str::to_owned))
                .collect();
            let is_plain = columns.len() == index.parts.len()
                && index.condition.is_none()
                && index.parts.iter().all(|part| part.opclass.is_none());
            if index.unique
                && is_plain
                && index.parts.iter().all(|part| !part.descending)
                && self.editor.features().unique_together_as_index
            {
                model
                    .options
                    .unique_together
                    .push(fields_of(model, &columns));
            } else if index.unique || !is_plain {
                notes.push(format!("the index {} is not in the model", index.name));
            } else {
                let fields = fields_of(model, &columns).into_iter().zip(&index.parts);
                let fields = fields.map(|(name, part)| {
                    if part.descending {
                        format!("-{name}")
                    } else {
                        name
                    }
                });
                let fields: Vec<String> = fields.collect();
                let include = fields_of(model, &index.include);
                model.indexes.push(IndexState {
                    include,
                    using: index.using.clone(),
                    fields,
                    ..IndexState::new(&index.name, &[])
                });
            }
        }
        model.options.unique_together.sort();
    }
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
