//! `migrate inspectdb`: models in Rust for the tables of a database.

mod closure;

use std::collections::BTreeSet;
use std::fmt::Write;
use std::sync::Arc;

use nuages::Database;
use nuages::db::editor;
use nuages::meta::condition::Expression;
use nuages::meta::kind::FieldKind;
use nuages::meta::literal::{DefaultValue, Literal};
use nuages::migrate::drift::{Drift, drift};
use nuages::migrate::inspect::{Inspected, inspect};
use nuages::migrate::introspect;
use nuages::migrate::state::{
    ConstraintKind, ConstraintState, Deferrable, FieldState, IndexState, OnDelete,
};
use nuages::migrate::to_schema::to_schema;
use nuages::migrate::{MIGRATIONS, ModelKey, ModelState, ProjectState, STEPS};
use nuages::sql::SchemaEditor;

use super::Setting;
use crate::args::InspectArgs;
use crate::failure::{Failure, Result};
use crate::print;

pub(super) async fn run(setting: &Setting<'_>, args: &InspectArgs) -> Result<u8> {
    let database = setting.connect().await?;
    let editor = editor(database.server());
    let mut schema = introspect::schema(&database, &*editor).await?;
    schema.tables.remove(MIGRATIONS);
    schema.tables.remove(STEPS);
    let mut views = BTreeSet::new();
    if args.include_views || !args.tables.is_empty() {
        for view in introspect::views(&database, &*editor).await? {
            views.insert(view.name.clone());
            schema.insert(view);
        }
    }
    if let Some(missing) = args.tables.iter().find(|name| schema.table(name).is_none()) {
        return Err(Failure::usage(format!("there is no table `{missing}`")));
    }
    if !args.tables.is_empty() {
        schema.tables.retain(|name, _| args.tables.contains(name));
    }
    let mut inspected = inspect(&schema, &views, &args.app, &*editor);
    compare(&database, &*editor, &mut inspected).await;
    if !setting.is_json() {
        leave_out_what_rust_cannot_say(&mut inspected);
    }
    if setting.is_json() {
        print::json(&inspected.state.to_json());
    } else {
        print::line(rust(&inspected).trim_end());
    }
    Ok(0)
}

/// Looks at what the models would make, where they are made at all.
async fn compare(database: &Database, editor: &dyn SchemaEditor, inspected: &mut Inspected) {
    let mut result = drift_of(database, editor, &inspected.state).await;
    if result.is_err() {
        leave_out_what_cannot_be_made(database, editor, inspected).await;
        result = drift_of(database, editor, &inspected.state).await;
    }
    match result {
        Ok(found) => leave_alone(inspected, &found.findings),
        Err(error) => print::warning(format!(
            "the models could not be compared with the tables: {error}"
        )),
    }
}

async fn drift_of(
    database: &Database,
    editor: &dyn SchemaEditor,
    state: &ProjectState,
) -> nuages::Result<Drift> {
    let expected = to_schema(state, editor)?;
    let is_foreign = |name: &str| expected.table(name).is_none();
    drift(database, &expected, &is_foreign).await
}

/// Tries the models one at a time: what the database does not take from one is said there, and the others are free.
async fn leave_out_what_cannot_be_made(
    database: &Database,
    editor: &dyn SchemaEditor,
    inspected: &mut Inspected,
) {
    let keys: Vec<ModelKey> = inspected.state.models.keys().cloned().collect();
    for key in keys {
        let mut alone = inspected.state.clone();
        for (other, model) in &mut alone.models {
            Arc::make_mut(model).options.managed &= *other == key;
        }
        let result = drift_of(database, editor, &alone).await;
        if let (Err(error), Some(model)) = (result, inspected.state.models.get_mut(&key)) {
            let model = Arc::make_mut(model);
            model.options.managed = false;
            let notes = inspected.notes.entry(model.table()).or_default();
            let error = error.to_string();
            notes.push(format!(
                "migrations leave this table alone, since the database does not take what the model makes: {}",
                error.lines().next().unwrap_or_default()
            ));
        }
    }
}

/// A table that its model would make otherwise is not managed: migrations leave it alone.
fn leave_alone(inspected: &mut Inspected, findings: &[nuages::migrate::drift::Finding]) {
    for model in inspected.state.models.values_mut() {
        let model = Arc::make_mut(model);
        let mut tables: Vec<String> = model
            .fields
            .iter()
            .filter_map(|field| model.through_table(field))
            .collect();
        tables.push(model.table());
        let own: Vec<String> = findings
            .iter()
            .filter(|finding| tables.contains(&finding.table))
            .map(ToString::to_string)
            .collect();
        if !own.is_empty() {
            model.options.managed = false;
            let notes = inspected.notes.entry(model.table()).or_default();
            notes.push(
                "migrations leave this table alone, since they would make it otherwise:".to_owned(),
            );
            notes.extend(own.into_iter().map(|finding| format!("  {finding}")));
        }
    }
}

/// States say more than closures in Rust can: a comparison of two types, for one.
fn leave_out_what_rust_cannot_say(inspected: &mut Inspected) {
    for model in inspected.state.models.values_mut() {
        let model = Arc::make_mut(model);
        let known = model.clone();
        let mut unsaid = Vec::new();
        model.indexes.retain(|index| {
            let is_said = index_text(&known, index).is_some();
            unsaid.extend((!is_said).then(|| format!("the index {}", index.name)));
            is_said
        });
        model.constraints.retain(|constraint| {
            let is_said = constraint_text(&known, constraint).is_some();
            unsaid.extend((!is_said).then(|| format!("the constraint {}", constraint.name)));
            is_said
        });
        for field in &mut model.fields {
            let Some(generated) = &field.generated else {
                continue;
            };
            if closure::expression(&known, &generated.expression).is_none() {
                unsaid.push(format!("how {} is computed", field.column()));
                let plain = FieldState {
                    name: field.name.clone(),
                    null: field.null,
                    column: field.column.clone(),
                    comment: field.comment.clone(),
                    ..generated.output.clone()
                };
                *field = plain;
            }
        }
        if !unsaid.is_empty() {
            model.options.managed = false;
            let notes = inspected.notes.entry(model.table()).or_default();
            notes.push(format!(
                "migrations leave this table alone, since its model cannot say in Rust: {}",
                unsaid.join(", ")
            ));
        }
    }
}

fn rust(inspected: &Inspected) -> String {
    let mut text = "//! Models of tables that were there first, as `migrate inspectdb` wrote them. Read them over: what becomes of a row\n\
                    //! when the row that it points to goes (`on_delete`) is for you to decide.\n\nuse nuages::prelude::*;\n"
        .to_owned();
    for model in inspected.state.models.values() {
        text.push('\n');
        for note in inspected.notes.get(&model.table()).into_iter().flatten() {
            let _ = writeln!(text, "// {}", note.replace('\n', " "));
        }
        text += &model_text(model);
    }
    for (table, notes) in &inspected.notes {
        let has_model = inspected
            .state
            .models
            .values()
            .any(|model| model.table() == *table);
        for note in notes.iter().filter(|_| !has_model) {
            let _ = writeln!(text, "\n// {table}: {}", note.replace('\n', " "));
        }
    }
    text
}

fn model_text(model: &ModelState) -> String {
    let mut options = vec![format!("app = {:?}", model.app)];
    if let Some(table) = &model.table {
        options.push(format!("table = {table:?}"));
    }
    if !model.options.managed {
        options.push("managed = false".to_owned());
    }
    if let Some(comment) = &model.options.comment {
        options.push(format!("comment = {comment:?}"));
    }
    let indexes = model.indexes.iter();
    options.extend(indexes.filter_map(|index| index_text(model, index)));
    let constraints = model.constraints.iter();
    options.extend(constraints.filter_map(|constraint| constraint_text(model, constraint)));
    if !model.options.unique_together.is_empty() {
        options.push(format!(
            "unique_together = {:?}",
            model.options.unique_together
        ));
    }
    let one_line = options.join(", ");
    let options = match one_line.len() {
        ..=100 => one_line,
        _ => format!("\n    {},\n", options.join(",\n    ")),
    };
    let mut text = format!(
        "#[derive(Model, Debug, Clone)]\n#[model({options})]\npub struct {} {{\n",
        model.name
    );
    let key = model.primary_key().map_or(&[][..], |key| &key.fields[..]);
    for field in model.columns_and_relations() {
        let mut attributes = attributes(model, field);
        if key.contains(&field.name) {
            attributes.insert(0, "primary_key".to_owned());
        }
        if !attributes.is_empty() {
            let _ = writeln!(text, "    #[field({})]", attributes.join(", "));
        }
        let _ = writeln!(text, "    pub {}: {},", field.name, type_text(field));
    }
    text + "}\n"
}

/// `index(fields = ["status"], name = "…", condition = |p| …)`
fn index_text(model: &ModelState, index: &IndexState) -> Option<String> {
    let over = over_text(model, &index.fields, &index.expressions)?;
    let mut text = format!("index({over}, name = {:?}", index.name);
    if let Some(condition) = &index.condition {
        let _ = write!(
            text,
            ", condition = {}",
            closure::condition(model, condition)?
        );
    }
    add_lists(&mut text, &index.include, &index.opclasses);
    if let Some(using) = &index.using {
        let _ = write!(text, ", using = {using:?}");
    }
    Some(text + ")")
}

fn constraint_text(model: &ModelState, constraint: &ConstraintState) -> Option<String> {
    let name = &constraint.name;
    let condition = match &constraint.condition {
        Some(condition) => Some(closure::condition(model, condition)?),
        None => None,
    };
    if constraint.kind == ConstraintKind::Check {
        return Some(format!("check(name = {name:?}, {})", condition?));
    }
    let over = over_text(model, &constraint.fields, &constraint.expressions)?;
    let mut text = format!("unique({over}, name = {name:?}");
    if let Some(condition) = condition {
        let _ = write!(text, ", condition = {condition}");
    }
    add_lists(&mut text, &constraint.include, &constraint.opclasses);
    if let Some(deferrable) = &constraint.deferrable {
        let word = match deferrable {
            Deferrable::Deferred => "deferred",
            Deferrable::Immediate => "immediate",
        };
        let _ = write!(text, ", deferrable = {word}");
    }
    if let Some(distinct) = constraint.nulls_distinct {
        let _ = write!(text, ", nulls_distinct = {distinct}");
    }
    Some(text + ")")
}

fn over_text(model: &ModelState, fields: &[String], expressions: &[Expression]) -> Option<String> {
    if expressions.is_empty() {
        return Some(format!("fields = {fields:?}"));
    }
    let parts: Option<Vec<String>> = expressions
        .iter()
        .map(|part| closure::part(model, part))
        .collect();
    Some(format!("expressions = [{}]", parts?.join(", ")))
}

fn add_lists(text: &mut String, include: &[String], opclasses: &[String]) {
    for (word, list) in [("include", include), ("opclasses", opclasses)] {
        if !list.is_empty() {
            let _ = write!(text, ", {word} = {list:?}");
        }
    }
}

fn attributes(model: &ModelState, field: &FieldState) -> Vec<String> {
    let mut list = Vec::new();
    let generated = field.generated.as_ref();
    let closure = generated.and_then(|generated| {
        Some((
            closure::expression(model, &generated.expression)?,
            generated.stored,
        ))
    });
    if let Some((closure, stored)) = closure {
        list.push(format!("generated = {closure}"));
        if !stored {
            list.push("stored = false".to_owned());
        }
    }
    let of_type = generated.map_or(field, |generated| &generated.output);
    let is_key_by_name = field.name == "id" && field.kind.is_auto();
    if field.primary_key && !is_key_by_name {
        list.push("primary_key".to_owned());
        if field.kind.is_auto() {
            list.push("auto".to_owned());
        }
    }
    let is_small = matches!(
        field.kind,
        FieldKind::SmallInteger | FieldKind::Integer | FieldKind::BigInteger
    );
    if field.primary_key && field.name == "id" && is_small {
        list.push("auto = false".to_owned());
    }
    if let Some(length) = of_type.max_length {
        list.push(format!("max_length = {length}"));
    }
    if let (Some(digits), Some(places)) = (of_type.max_digits, of_type.decimal_places) {
        list.push(format!("max_digits = {digits}, decimal_places = {places}"));
    }
    if field.unique && field.kind != FieldKind::OneToOne {
        list.push("unique".to_owned());
    }
    if field.index != FieldState::default_index(field.kind) {
        list.push(
            if field.index {
                "index"
            } else {
                "index = false"
            }
            .to_owned(),
        );
    }
    if let Some(column) = &field.column {
        list.push(format!("column = {column:?}"));
    }
    list.extend(relation_attributes(field));
    list.extend(database_attributes(field));
    list
}

fn relation_attributes(field: &FieldState) -> Vec<String> {
    let mut list = Vec::new();
    if let Some(relation) = &field.relation {
        let rule = |rule: &OnDelete| {
            OnDelete::WORDS
                .iter()
                .find(|(_, one)| one == rule)
                .map(|(word, _)| *word)
        };
        list.extend(
            relation
                .on_delete
                .as_ref()
                .and_then(rule)
                .map(|word| format!("on_delete = {word}")),
        );
        list.extend(
            relation
                .to_field
                .iter()
                .map(|name| format!("to_field = {name:?}")),
        );
        list.extend(
            relation
                .table
                .iter()
                .map(|table| format!("table = {table:?}")),
        );
        // Two relations to one model need two names for the way back.
        list.extend(
            relation
                .related_name
                .iter()
                .map(|name| format!("related_name = {name:?}")),
        );
    }
    list
}

/// What the database puts, and says.
fn database_attributes(field: &FieldState) -> Vec<String> {
    let mut list = Vec::new();
    match &field.default {
        Some(DefaultValue::Value(Literal::Text(text))) => list.push(format!("default = {text:?}")),
        Some(DefaultValue::Value(Literal::Int(number))) => list.push(format!("default = {number}")),
        Some(DefaultValue::Value(Literal::Bool(value))) => list.push(format!("default = {value}")),
        Some(DefaultValue::Value(Literal::Float(number))) => {
            list.push(format!("default = {number:?}"))
        }
        _ => {}
    }
    if field.db_default.is_some() {
        list.push("db_default = |_| now()".to_owned());
    }
    let output = field.generated.as_ref().map(|generated| &generated.output);
    if let Some(collation) = &output.unwrap_or(field).collation {
        list.push(format!("collation = {collation:?}"));
    }
    if let Some(comment) = &field.comment {
        list.push(format!("comment = {comment:?}"));
    }
    list
}

fn type_text(field: &FieldState) -> String {
    let output = field.generated.as_ref().map(|generated| &generated.output);
    let plain = base_type(output.unwrap_or(field));
    match field.kind {
        FieldKind::ManyToMany => plain,
        _ if field.null => format!("Option<{plain}>"),
        _ => plain,
    }
}

/// The type of a field's values, NULL aside.
fn base_type(field: &FieldState) -> String {
    let to = || field.to().map_or("", |key| key.name.as_str());
    match field.kind {
        FieldKind::SmallAuto | FieldKind::SmallInteger => "i16".to_owned(),
        FieldKind::Auto | FieldKind::Integer => "i32".to_owned(),
        FieldKind::BigAuto | FieldKind::BigInteger => "i64".to_owned(),
        FieldKind::PositiveSmallInteger => "u16".to_owned(),
        FieldKind::PositiveInteger => "u32".to_owned(),
        FieldKind::PositiveBigInteger => "u64".to_owned(),
        FieldKind::Boolean => "bool".to_owned(),
        FieldKind::Float => "f64".to_owned(),
        FieldKind::Decimal => "rust_decimal::Decimal".to_owned(),
        FieldKind::Date => "NaiveDate".to_owned(),
        FieldKind::DateTime => "DateTime<Utc>".to_owned(),
        FieldKind::Time => "NaiveTime".to_owned(),
        FieldKind::Duration => "std::time::Duration".to_owned(),
        FieldKind::Uuid => "uuid::Uuid".to_owned(),
        FieldKind::Json => "serde_json::Value".to_owned(),
        FieldKind::Binary => "Vec<u8>".to_owned(),
        FieldKind::GenericIpAddress => "std::net::IpAddr".to_owned(),
        FieldKind::ForeignKey => format!("ForeignKey<{}>", to()),
        FieldKind::OneToOne => format!("OneToOne<{}>", to()),
        FieldKind::ManyToMany => format!("ManyToMany<{}>", to()),
        _ => "String".to_owned(),
    }
}
