//! `migrate inspectdb`: models in Rust for the tables of a database.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::sync::Arc;

use nuages::db::editor;
use nuages::meta::kind::FieldKind;
use nuages::meta::literal::{DefaultValue, Literal};
use nuages::migrate::drift::drift;
use nuages::migrate::inspect::{Inspected, inspect};
use nuages::migrate::introspect;
use nuages::migrate::state::{FieldState, OnDelete};
use nuages::migrate::to_schema::to_schema;
use nuages::migrate::{MIGRATIONS, ModelState, STEPS};

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
    let expected = to_schema(&inspected.state, &*editor)?;
    let is_foreign = |name: &str| expected.table(name).is_none();
    match drift(&database, &expected, &is_foreign).await {
        Ok(found) => leave_alone(&mut inspected, &found.findings),
        Err(error) => print::warning(format!(
            "the models could not be compared with the tables: {error}"
        )),
    }
    if setting.is_json() {
        print::json(&inspected.state.to_json());
    } else {
        print::line(rust(&inspected).trim_end());
    }
    Ok(0)
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
    for index in &model.indexes {
        let mut parts = format!("index(fields = {:?}, name = {:?}", index.fields, index.name);
        if !index.include.is_empty() {
            let _ = write!(parts, ", include = {:?}", index.include);
        }
        if let Some(using) = &index.using {
            let _ = write!(parts, ", using = {using:?}");
        }
        options.push(parts + ")");
    }
    for unique in &model.constraints {
        options.push(format!(
            "unique(fields = {:?}, name = {:?})",
            unique.fields, unique.name
        ));
    }
    if !model.options.unique_together.is_empty() {
        options.push(format!(
            "unique_together = {:?}",
            model.options.unique_together
        ));
    }
    let mut text = format!(
        "#[derive(Model, Debug, Clone)]\n#[model({})]\npub struct {} {{\n",
        options.join(", "),
        model.name
    );
    for field in &model.fields {
        let attributes = attributes(field);
        if !attributes.is_empty() {
            let _ = writeln!(text, "    #[field({})]", attributes.join(", "));
        }
        let _ = writeln!(text, "    pub {}: {},", field.name, type_text(field));
    }
    text + "}\n"
}

fn attributes(field: &FieldState) -> Vec<String> {
    let mut list = Vec::new();
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
    if let Some(length) = field.max_length {
        list.push(format!("max_length = {length}"));
    }
    if let (Some(digits), Some(places)) = (field.max_digits, field.decimal_places) {
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
    if let Some(collation) = &field.collation {
        list.push(format!("collation = {collation:?}"));
    }
    if let Some(comment) = &field.comment {
        list.push(format!("comment = {comment:?}"));
    }
    list
}

fn type_text(field: &FieldState) -> String {
    let to = || field.to().map_or("", |key| key.name.as_str());
    let plain = match field.kind {
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
        FieldKind::ManyToMany => return format!("ManyToMany<{}>", to()),
        _ => "String".to_owned(),
    };
    if field.null {
        format!("Option<{plain}>")
    } else {
        plain
    }
}
