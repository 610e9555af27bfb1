//! From a state of models to the schema that a database must have for it.
//!
//! The names of what fields imply are those of a creation at this moment; `carry` puts the names in
//! their place that replay has brought along.

mod part;

use part::{add_constraint, index_of};

use crate::error::{Error, Result};
use crate::meta::condition::Expression;
use crate::meta::kind::FieldKind;
use crate::meta::literal::{DefaultValue, Literal};
use crate::meta::value_of;
use crate::migrate::affected::affected;
use crate::migrate::expression::Scope;
use crate::migrate::name;
use crate::migrate::state::{FieldState, ModelState, ORDER, OnDelete, ProjectState};
use crate::schema::{
    Check, Column, ColumnType, Default, ForeignKey, Generated, Index, IndexTarget, PrimaryKey,
    ReferentialAction, Schema, Table, Unique,
};
use crate::sql::{Implied, SchemaEditor};
use crate::value::Value;

/// The type, for the moment, of a key that refers to a field that is gone; replay puts that in its place which the
/// column had.
pub(super) const GONE: &str = "(that of a field that is gone)";

/// The schema that a database must have for a state.
///
/// # Errors
/// Where a relation points nowhere, a name is too long, a literal does not fit, or the database lacks something.
pub fn to_schema(state: &ProjectState, editor: &dyn SchemaEditor) -> Result<Schema> {
    follow(&Schema::default(), &ProjectState::default(), state, editor)
}

/// The schema after a change of the state, of which `schema` is the one before: the tables of the models that it
/// affects are made anew, the others stay.
///
/// # Errors
/// As [`to_schema`].
pub(super) fn follow(
    schema: &Schema,
    before: &ProjectState,
    after: &ProjectState,
    editor: &dyn SchemaEditor,
) -> Result<Schema> {
    let affected = affected(before, after);
    let mut schema = schema.clone();
    for model in affected.iter().filter_map(|key| before.get(key)) {
        for table in tables_of(model) {
            schema.tables.remove(&table);
        }
    }
    for model in affected.iter().filter_map(|key| after.get(key)) {
        if model.has_own_table() {
            insert_tables(&mut schema, after, model, editor)
                .map_err(|error| error.context(format!("model {}", model.key())))?;
        }
    }
    Ok(schema)
}

/// The names of a model's tables, those between included.
fn tables_of(model: &ModelState) -> Vec<String> {
    if !model.has_own_table() {
        return Vec::new();
    }
    let between = model
        .fields
        .iter()
        .filter_map(|field| model.through_table(field));
    std::iter::once(model.table()).chain(between).collect()
}

fn insert_tables(
    schema: &mut Schema,
    state: &ProjectState,
    model: &ModelState,
    editor: &dyn SchemaEditor,
) -> Result<()> {
    let scope = Scope {
        state,
        model,
        editor,
    };
    let mut tables = vec![table_of(&scope)?];
    for field in &model.fields {
        if let Some(name) = model.through_table(field) {
            tables.push(through_table(&scope, field, name)?);
        }
    }
    for mut table in tables {
        if !editor.features().text_keys {
            limit_text_keys(&mut table);
        }
        schema.insert(table);
    }
    Ok(())
}

/// The longest text that a key or an index takes where text of any length cannot be one.
const LONGEST_TEXT_KEY: u32 = 255;

/// Gives a length to text without one that is a key, part of an index, or points at such.
fn limit_text_keys(table: &mut Table) {
    let mut keyed: Vec<String> = Vec::new();
    keyed.extend(
        table
            .primary_key
            .iter()
            .flat_map(|key| key.columns.iter().cloned()),
    );
    keyed.extend(
        table
            .uniques
            .iter()
            .flat_map(|unique| unique.columns.iter().cloned()),
    );
    keyed.extend(
        table
            .foreign_keys
            .iter()
            .flat_map(|key| key.columns.iter().cloned()),
    );
    for index in &table.indexes {
        keyed.extend(index.parts.iter().filter_map(|part| match &part.target {
            IndexTarget::Column(column) => Some(column.clone()),
            IndexTarget::Expression(_) => None,
        }));
    }
    for column in &mut table.columns {
        if column.ty == ColumnType::Text && keyed.contains(&column.name) {
            column.ty = ColumnType::Varchar(Some(LONGEST_TEXT_KEY));
        }
    }
}

/// The kind of value that a field's column holds: that of the key where it is a relation.
pub(super) fn kind_of_column(state: &ProjectState, field: &FieldState) -> Option<FieldKind> {
    let mut field = field;
    for _ in 0..=state.models.len() {
        match &field.relation {
            Some(_) => field = referred_field(state, field).ok()?.1,
            None => break,
        }
    }
    match &field.generated {
        Some(generated) => Some(generated.output.kind),
        None => Some(field.kind),
    }
}

/// Whether a key refers by `to_field` to a field that its model does not have: between its removal and the operation
/// that points the key elsewhere.
fn refers_to_what_is_gone(state: &ProjectState, field: &FieldState) -> bool {
    field.relation.as_ref().is_some_and(|relation| {
        let target = state.get(&relation.to).zip(relation.to_field.as_ref());
        target.is_some_and(|(model, name)| !model.options.proxy && model.field(name).is_none())
    })
}

/// A literal as the value of a field's column. A key is written as numbers or text are written wherever it refers to,
/// since what it refers to may be of another type at another point of the history.
pub(super) fn value_in_column(
    state: &ProjectState,
    field: &FieldState,
    literal: &Literal,
) -> Result<Value> {
    let kind = kind_of_column(state, field).unwrap_or(field.kind);
    let number = literal.as_text().and_then(|text| text.parse().ok());
    match (literal, number) {
        (Literal::Text(_), Some(number)) if field.relation.is_some() && kind.is_integer() => {
            Ok(Value::Int(number))
        }
        (Literal::Int(number), _) if field.relation.is_some() && kind.is_text() => {
            Ok(Value::Text(number.to_string()))
        }
        _ => value_of(kind, literal),
    }
}

/// The model with the table that a relation points at, and the field there.
fn referred_field<'a>(
    state: &'a ProjectState,
    field: &FieldState,
) -> Result<(&'a ModelState, &'a FieldState)> {
    let missing =
        |what: String| Error::migration(format!("field `{}` points at {what}", field.name));
    let relation = field
        .relation
        .as_ref()
        .ok_or_else(|| missing("nothing".to_owned()))?;
    let named = |key: &super::ModelKey| {
        let hint = "which does not exist at this point: does the migration depend on the one that creates it?";
        state
            .get(key)
            .ok_or_else(|| missing(format!("`{key}`, {hint}")))
    };
    let mut model = named(&relation.to)?;
    while let Some(base) = model.options.bases.first().filter(|_| model.options.proxy) {
        model = named(base)?;
    }
    let target = match &relation.to_field {
        Some(name) => model.expect_field(name)?,
        None => model
            .primary_key()
            .ok_or_else(|| missing(format!("`{}`, which has no primary key", model.key())))?,
    };
    Ok((model, target))
}

fn table_of(scope: &Scope<'_>) -> Result<Table> {
    let (model, editor) = (scope.model, scope.editor);
    let options = &model.options;
    let mut table = Table::new(checked(editor, model.table(), "the table")?);
    table.comment = options
        .comment
        .clone()
        .filter(|_| editor.features().comments);
    table.tablespace = options
        .tablespace
        .clone()
        .filter(|_| editor.features().tablespaces);
    for field in model.columns() {
        add_column(scope, field, &mut table)?;
    }
    if let Some(composite) = model
        .fields
        .iter()
        .find(|field| field.kind == FieldKind::CompositePrimaryKey)
    {
        let columns = columns_of(model, &composite.fields)?;
        table.primary_key = Some(primary_key(editor, &table.name, columns));
    }
    if options.order_with_respect_to.is_some() {
        table.columns.push(Column::new(ORDER, ColumnType::Integer));
    }
    for fields in &options.unique_together {
        let columns = columns_of(model, fields)?;
        unique_together(editor, &mut table, columns);
    }
    for index in &model.indexes {
        let index = index_of(scope, index)?;
        table.indexes.push(index);
    }
    for constraint in &model.constraints {
        add_constraint(scope, constraint, &mut table)?;
    }
    Ok(table)
}

fn add_column(scope: &Scope<'_>, field: &FieldState, table: &mut Table) -> Result<()> {
    let located = |error: Error| error.context(format!("field `{}`", field.name));
    let column = column_of(scope, field).map_err(located)?;
    imply_uniqueness(scope.editor, field, &column, table);
    imply_check(scope.editor, field, &column, table);
    imply_index(scope.editor, field, &column, table);
    if let Some(relation) = field
        .relation
        .as_ref()
        .filter(|relation| relation.db_constraint && !refers_to_what_is_gone(scope.state, field))
    {
        let (model, target) = referred_field(scope.state, field).map_err(located)?;
        let to = (scope.state.table_of(model), target.column());
        let key = foreign_key(scope.editor, &table.name, &column.name, (&to.0, &to.1));
        table.foreign_keys.push(ForeignKey {
            on_delete: action(relation.on_delete.as_ref()),
            ..key
        });
    }
    table.columns.push(column);
    Ok(())
}

fn imply_uniqueness(
    editor: &dyn SchemaEditor,
    field: &FieldState,
    column: &Column,
    table: &mut Table,
) {
    let columns = vec![column.name.clone()];
    if field.primary_key {
        table.primary_key = Some(primary_key(editor, &table.name, columns));
    } else if field.unique {
        let taken: Vec<&str> = table
            .uniques
            .iter()
            .filter_map(|unique| unique.name.as_deref())
            .collect();
        table.uniques.push(Unique {
            name: editor.creation_name(Implied::Unique, &table.name, &column.name, &taken),
            implied: true,
            columns,
            deferrable: None,
            nulls_distinct: None,
        });
    }
}

fn imply_check(editor: &dyn SchemaEditor, field: &FieldState, column: &Column, table: &mut Table) {
    if field.kind.is_relation() {
        return;
    }
    if let Some(condition) = editor.type_check(&column.name, &column.ty) {
        let checks = table
            .checks
            .iter()
            .filter_map(|check| check.name.as_deref());
        let uniques = table.uniques.iter();
        let taken: Vec<&str> = checks
            .chain(uniques.filter_map(|unique| unique.name.as_deref()))
            .collect();
        table.checks.push(Check {
            name: editor.creation_name(Implied::Check, &table.name, &column.name, &taken),
            implied_by: Some(column.name.clone()),
            condition,
        });
    }
}

fn imply_index(editor: &dyn SchemaEditor, field: &FieldState, column: &Column, table: &mut Table) {
    let features = editor.features();
    let constrained = field
        .relation
        .as_ref()
        .is_some_and(|relation| relation.db_constraint);
    let by_database = constrained && !features.foreign_key_indexes;
    if field.is_indexed() && !by_database && editor.can_index(&column.ty) {
        let name = name::index(&table.name, &[&column.name], limit(editor));
        table.indexes.push(Index {
            implied: true,
            tablespace: field.tablespace.clone().filter(|_| features.tablespaces),
            ..Index::new(name, std::slice::from_ref(&column.name))
        });
    }
}

fn action(on_delete: Option<&OnDelete>) -> ReferentialAction {
    match on_delete {
        Some(OnDelete::DbCascade) => ReferentialAction::Cascade,
        Some(OnDelete::DbSetNull) => ReferentialAction::SetNull,
        Some(OnDelete::DbSetDefault) => ReferentialAction::SetDefault,
        _ => ReferentialAction::NoAction,
    }
}

fn primary_key(editor: &dyn SchemaEditor, table: &str, columns: Vec<String>) -> PrimaryKey {
    PrimaryKey {
        name: editor.creation_name(Implied::PrimaryKey, table, "", &[]),
        columns,
    }
}

fn foreign_key(
    editor: &dyn SchemaEditor,
    table: &str,
    column: &str,
    (to_table, to_column): (&str, &str),
) -> ForeignKey {
    ForeignKey {
        name: editor
            .names_foreign_keys()
            .then(|| name::foreign_key(table, column, to_table, to_column, limit(editor))),
        columns: vec![column.to_owned()],
        to_table: to_table.to_owned(),
        to_columns: vec![to_column.to_owned()],
        on_delete: ReferentialAction::NoAction,
    }
}

fn unique_together(editor: &dyn SchemaEditor, table: &mut Table, columns: Vec<String>) {
    let borrowed: Vec<&str> = columns.iter().map(String::as_str).collect();
    let name = name::unique(&table.name, &borrowed, limit(editor));
    if editor.features().unique_together_as_index {
        table.indexes.push(Index {
            implied: true,
            unique: true,
            ..Index::new(name, &columns)
        });
    } else {
        table.uniques.push(Unique {
            name: Some(name),
            implied: true,
            columns,
            deferrable: None,
            nulls_distinct: None,
        });
    }
}

/// The column of a field.
pub(super) fn column_of(scope: &Scope<'_>, field: &FieldState) -> Result<Column> {
    let editor = scope.editor;
    let name = checked(editor, field.column(), "the column")?;
    let value = match &field.generated {
        Some(generated) => &generated.output,
        None => field,
    };
    let mut column = Column::new(name, type_of(scope, value)?);
    column.null = (field.null && !field.primary_key)
        || (field.generated.is_some() && editor.generated_may_be_null());
    column.identity = field.kind.is_auto();
    column.collation.clone_from(&field.collation);
    column.comment = field.comment.clone().filter(|_| editor.features().comments);
    if let Some(generated) = &field.generated {
        column.generated = Some(Generated {
            expression: scope.expression(&generated.expression, Some(generated.output.kind))?,
            stored: generated.stored,
        });
    } else {
        column.default = default_of(scope, field, &column.ty)?;
    }
    Ok(column)
}

/// What the database itself puts: the expression given for it, else the literal that Rust puts too.
fn default_of(scope: &Scope<'_>, field: &FieldState, ty: &ColumnType) -> Result<Option<Default>> {
    let kind = kind_of_column(scope.state, field).unwrap_or(field.kind);
    let literal = match (&field.db_default, &field.default) {
        (Some(Expression::Literal(literal)), _) | (None, Some(DefaultValue::Value(literal))) => {
            literal
        }
        (Some(expression), _) => {
            let sql = format!("({})", scope.expression(expression, Some(kind))?);
            return Ok(Some(Default {
                sql,
                one_off: false,
            }));
        }
        (None, _) => return Ok(None),
    };
    let sql = scope.editor.default_literal(
        scope
            .editor
            .literal(&value_in_column(scope.state, field, literal)?)?,
        ty,
    );
    Ok(Some(Default {
        sql,
        one_off: false,
    }))
}

fn type_of(scope: &Scope<'_>, field: &FieldState) -> Result<ColumnType> {
    let length = |field: &FieldState| ColumnType::Varchar(field.max_length);
    Ok(match field.kind {
        FieldKind::SmallAuto | FieldKind::SmallInteger => ColumnType::SmallInteger,
        FieldKind::Auto | FieldKind::Integer => ColumnType::Integer,
        FieldKind::BigAuto | FieldKind::BigInteger => ColumnType::BigInteger,
        FieldKind::PositiveSmallInteger => ColumnType::PositiveSmallInteger,
        FieldKind::PositiveInteger => ColumnType::PositiveInteger,
        FieldKind::PositiveBigInteger => ColumnType::PositiveBigInteger,
        FieldKind::Boolean => ColumnType::Boolean,
        FieldKind::Char | FieldKind::Slug | FieldKind::Email | FieldKind::Url => {
            if field.max_length.is_none() && !scope.editor.unlimited() {
                return Err(scope
                    .editor
                    .lacks("text of the kind char without a max_length"));
            }
            length(field)
        }
        FieldKind::Text => ColumnType::Text,
        FieldKind::Float => ColumnType::Float,
        FieldKind::Decimal => {
            let precision = field
                .max_digits
                .map(|digits| (digits, field.decimal_places.unwrap_or(0)));
            if precision.is_none() && !scope.editor.unlimited() {
                return Err(scope
                    .editor
                    .lacks("decimals without max_digits and decimal_places"));
            }
            ColumnType::Decimal(precision)
        }
        FieldKind::Date => ColumnType::Date,
        FieldKind::DateTime => ColumnType::DateTime,
        FieldKind::Time => ColumnType::Time,
        FieldKind::Duration => ColumnType::Duration,
        FieldKind::Uuid => ColumnType::Uuid,
        FieldKind::Json => ColumnType::Json,
        FieldKind::Binary => ColumnType::Binary,
        FieldKind::GenericIpAddress => ColumnType::IpAddress,
        FieldKind::ForeignKey | FieldKind::OneToOne
            if refers_to_what_is_gone(scope.state, field) =>
        {
            ColumnType::Other(GONE.to_owned())
        }
        FieldKind::ForeignKey | FieldKind::OneToOne => {
            let (model, target) = referred_field(scope.state, field)?;
            let ty = type_of(&Scope { model, ..*scope }, target)?;
            scope.editor.referring_type(ty)
        }
        FieldKind::ManyToMany | FieldKind::CompositePrimaryKey | FieldKind::Generated => {
            return Err(Error::migration(format!(
                "field `{}` of kind {} is no column",
                field.name,
                field.kind.as_str()
            )));
        }
    })
}

/// The table between the two sides of a many-to-many field, as Django makes it.
fn through_table(scope: &Scope<'_>, field: &FieldState, name: String) -> Result<Table> {
    let (state, editor, model) = (scope.state, scope.editor, scope.model);
    let relation = field
        .relation
        .as_ref()
        .ok_or_else(|| Error::migration(format!("field `{}` points at nothing", field.name)))?;
    let mut table = Table::new(checked(editor, name, "the table between")?);
    let mut id = Column::new("id", ColumnType::BigInteger);
    id.identity = true;
    table.columns.push(id);
    table.primary_key = Some(primary_key(editor, &table.name, vec!["id".to_owned()]));
    let (near, far) = through_columns(model, field);
    for (column, to) in [
        (near.as_str(), model.key()),
        (far.as_str(), relation.to.clone()),
    ] {
        let side = FieldState::relation(column, FieldKind::ForeignKey, to);
        let (target, key) = referred_field(state, &side)?;
        table
            .columns
            .push(Column::new(column, type_of(scope, &side)?));
        if relation.db_constraint {
            let to = (state.table_of(target), key.column());
            table
                .foreign_keys
                .push(foreign_key(editor, &table.name, column, (&to.0, &to.1)));
        }
        if editor.features().foreign_key_indexes || !relation.db_constraint {
            let own = [column.to_owned()];
            table.indexes.push(Index {
                implied: true,
                ..Index::new(name::index(&table.name, &[column], limit(editor)), &own)
            });
        }
    }
    unique_together(editor, &mut table, vec![near, far]);
    Ok(table)
}

/// The two columns of a table between: `<model>_id` each, with `from_` and `to_` where both would be the same.
pub(super) fn through_columns(model: &ModelState, field: &FieldState) -> (String, String) {
    let near = model.key().lower_name();
    let far = field
        .to()
        .map(super::ModelKey::lower_name)
        .unwrap_or_default();
    if near == far {
        (format!("from_{near}_id"), format!("to_{far}_id"))
    } else {
        (format!("{near}_id"), format!("{far}_id"))
    }
}

fn columns_of(model: &ModelState, fields: &[String]) -> Result<Vec<String>> {
    fields
        .iter()
        .map(|field| Ok(model.expect_field(field)?.column()))
        .collect()
}

/// How long a name may be, for those that are cut.
pub(super) fn limit(editor: &dyn SchemaEditor) -> Option<usize> {
    editor.features().max_name.map(crate::sql::NameLimit::get)
}

/// A name that a user gave must fit as it is.
fn checked(editor: &dyn SchemaEditor, name: String, what: &str) -> Result<String> {
    match editor.features().max_name {
        Some(limit) if !limit.fits(&name) => Err(Error::migration(format!(
            "{what} `{name}` has a name that is too long for {}, which takes {}: give it a shorter one",
            editor.product(),
            limit.get()
        ))),
        _ => Ok(name),
    }
}
