//! The rows of a world: written once, and read again after each step, in a form that casts do not change.

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};

use nuages::driver::{Executor, Job, Statement};
use nuages::meta::kind::FieldKind;
use nuages::meta::value_of;
use nuages::migrate::state::{FieldState, ModelState};
use nuages::sql::SchemaEditor;
use nuages::value::{format_date, format_date_time, format_time};
use nuages::{Database, Result, RowCursor, Value};
use nuages_tests::Product;

use super::draw::number_of;
use super::world::{ROWS, World, digit, is_castable, literal, null_row};

/// What a column or a table between holds: by row or pair.
pub(super) type Held = BTreeMap<String, String>;

/// What each field holds, by model and field.
pub(super) type Rows = BTreeMap<(String, String), Held>;

/// The statements that fill all tables, whatever refers to what.
pub(super) fn insert(world: &World, editor: &dyn SchemaEditor, product: Product) -> String {
    let mut sql = match product {
        Product::Sqlite => "PRAGMA foreign_keys = OFF;",
        Product::Postgres => "BEGIN; SET CONSTRAINTS ALL DEFERRED;",
        Product::MySql | Product::MariaDb => "SET FOREIGN_KEY_CHECKS = 0;",
    }
    .to_owned();
    for id in world.members.keys() {
        let model = world.model(id);
        let fields: Vec<&String> = world.members[id].fields.keys().collect();
        let columns: Vec<(&String, &FieldState)> = fields
            .iter()
            .map(|field| (*field, world.field(id, field)))
            .filter(|(_, state)| state.has_column())
            .collect();
        let names: Vec<String> = columns
            .iter()
            .map(|(_, state)| editor.quote(&state.column()))
            .collect();
        let order = model.options.order_with_respect_to.is_some();
        let rows: Vec<String> = (0..ROWS)
            .map(|row| {
                let values = columns
                    .iter()
                    .map(|(field, state)| value(world, editor, (field, state), row));
                let mut values: Vec<String> = values.collect();
                values.extend(order.then(|| row.to_string()));
                format!("({})", values.join(", "))
            })
            .collect();
        let mut names = names;
        names.extend(order.then(|| editor.quote("_order")));
        sql += &format!(
            "INSERT INTO {} ({}) VALUES {};",
            editor.quote(&model.table()),
            names.join(", "),
            rows.join(", ")
        );
        for (field, part) in &world.members[id].fields {
            if let Some((table, near, far)) =
                between(world, model, model.field(&part.name).unwrap())
            {
                let [near, far] = [near, far].map(|name| editor.quote(&name));
                let value = |kind: FieldKind, number| {
                    editor
                        .literal(&value_of(kind, &literal(kind, number)).unwrap())
                        .unwrap()
                };
                let other = world
                    .state
                    .models
                    .get(world.field(id, field).to().unwrap())
                    .unwrap();
                let (from, to) = (key_kind(model), key_kind(other));
                let pairs: Vec<String> = [(1, 2), (2, 3), (3, 3)]
                    .iter()
                    .map(|(a, b)| format!("({}, {})", value(from, *a), value(to, *b)))
                    .collect();
                sql += &format!(
                    "INSERT INTO {} ({near}, {far}) VALUES {};",
                    editor.quote(&table),
                    pairs.join(", ")
                );
            }
        }
    }
    sql + match product {
        Product::Sqlite => "PRAGMA foreign_keys = ON",
        Product::Postgres => "COMMIT",
        Product::MySql | Product::MariaDb => "SET FOREIGN_KEY_CHECKS = 1",
    }
}

fn key_kind(model: &ModelState) -> FieldKind {
    model
        .primary_key()
        .map_or(FieldKind::BigAuto, |key| key.kind)
}

fn value(
    world: &World,
    editor: &dyn SchemaEditor,
    (id, field): (&str, &FieldState),
    row: u64,
) -> String {
    if field.null && row == null_row(id) && !number_of(id).is_multiple_of(5) {
        return "NULL".to_owned();
    }
    let number = if field.primary_key {
        row + 1
    } else {
        digit(id, row)
    };
    let kind = world.kind_of(field);
    editor
        .literal(&value_of(kind, &literal(kind, number)).unwrap())
        .unwrap()
}

/// The table between of a many-to-many field, with its columns.
fn between(
    _world: &World,
    model: &ModelState,
    field: &FieldState,
) -> Option<(String, String, String)> {
    let table = model.through_table(field)?;
    let near = model.key().lower_name();
    let far = field.to()?.lower_name();
    Some(if near == far {
        (table, format!("from_{near}_id"), format!("to_{far}_id"))
    } else {
        (table, format!("{near}_id"), format!("{far}_id"))
    })
}

/// Reads all rows.
pub(super) async fn read(db: &Database, world: &World, editor: &dyn SchemaEditor) -> Result<Rows> {
    let mut rows = Rows::new();
    for (id, member) in &world.members {
        let model = world.model(id);
        let key = editor.quote(&model.primary_key().unwrap().column());
        for field in member.fields.keys() {
            let state = world.field(id, field);
            let sql = match between(world, model, state) {
                Some((table, near, far)) => format!(
                    "SELECT {}, {} FROM {}",
                    editor.quote(&near),
                    editor.quote(&far),
                    editor.quote(&table)
                ),
                None if state.has_column() => format!(
                    "SELECT {key}, {} FROM {}",
                    editor.quote(&state.column()),
                    editor.quote(&model.table())
                ),
                None => continue,
            };
            let mut held = Held::new();
            for (row, value) in pairs(db, &sql).await? {
                let row = if state.has_column() {
                    row
                } else {
                    format!("{row}-{value}")
                };
                held.insert(row, value);
            }
            rows.insert((id.clone(), field.clone()), held);
        }
    }
    Ok(rows)
}

/// What is wrong with the rows after a step that led from one world to another; `back` where it was a way back.
pub(super) fn lost(before: (&World, &Rows), after: (&World, &Rows), back: bool) -> Option<String> {
    for ((model, field), held) in before.1 {
        let Some(now) = after.1.get(&(model.clone(), field.clone())) else {
            continue;
        };
        let (was, is) = (before.0.field(model, field), after.0.field(model, field));
        let fill = is.default.as_ref().and_then(|default| match default {
            nuages::meta::literal::DefaultValue::Value(value) => {
                value_of(is.kind, value).ok().map(|value| printed(&value))
            }
            _ => None,
        });
        let fill = fill.unwrap_or_else(|| {
            let kind = after.0.kind_of(is);
            printed(&value_of(kind, &literal(kind, super::world::missing(field))).unwrap())
        });
        let rows: BTreeSet<&String> = held.keys().chain(now.keys()).collect();
        for row in rows {
            let (Some(old), Some(new)) = (held.get(row), now.get(row)) else {
                return Some(format!(
                    "{model}, {field}: row {row} was {:?} and is {:?}",
                    held.get(row),
                    now.get(row)
                ));
            };
            let filled = old == "NULL"
                && !is.null
                && (back || !is_castable(is.kind) || bare(new) == bare(&fill));
            let same = if was.kind == is.kind {
                old == new
            } else {
                bare(old) == bare(new)
            };
            if !(same || filled) {
                return Some(format!(
                    "{model}, {field}: row {row} was {old} ({}) and is {new} ({}); NULL becomes {fill}",
                    was.kind.as_str(),
                    is.kind.as_str()
                ));
            }
        }
    }
    None
}

/// What a cast keeps of a value: of a moment the day.
fn bare(text: &str) -> String {
    let is_day = text.len() >= 10 && text.as_bytes()[4] == b'-' && text.as_bytes()[7] == b'-';
    if is_day {
        text[..10].to_owned()
    } else {
        text.to_owned()
    }
}

fn printed(value: &Value) -> String {
    let number = |text: &str| match text.parse::<f64>() {
        Ok(number) => number.to_string(),
        Err(_) => text.to_owned(),
    };
    match value {
        Value::Null(_) => "NULL".to_owned(),
        Value::Bool(value) => u8::from(*value).to_string(),
        Value::Int(value) => value.to_string(),
        Value::Float(value) => value.to_string(),
        Value::Text(text) | Value::Decimal(text) => number(text),
        Value::Date(days) => format_date(*days),
        Value::DateTime(micros) => format_date_time(*micros),
        Value::Time(micros) => format_time(*micros),
        other => format!("{other:?}"),
    }
}

async fn pairs(db: &Database, sql: &str) -> Result<Vec<(String, String)>> {
    let job = Pairs {
        query: Some(Statement::query(sql, Vec::new())),
        found: Vec::new(),
    };
    let job: Box<dyn Any> = db.run(Box::new(job)).await?;
    Ok(job
        .downcast::<Pairs>()
        .map(|job| job.found)
        .unwrap_or_default())
}

/// The job of [`pairs`].
struct Pairs {
    query: Option<Statement>,
    found: Vec<(String, String)>,
}

impl Job for Pairs {
    fn wave(&mut self) -> Result<Vec<Statement>> {
        Ok(self.query.take().into_iter().collect())
    }

    fn row(&mut self, _statement: usize, row: &mut dyn RowCursor) -> Result<()> {
        let pair = (printed(&row.value(0)?), printed(&row.value(1)?));
        self.found.push(pair);
        Ok(())
    }
}
