//! A table with a column of each type, its rows, and the means to ask for expressions over them.

use std::any::Any;

use futures_util::future::BoxFuture;
use nuages::ast::{Alias, Expr, Insert, InsertRows, Name, Param, Select, Statement, TableName};
use nuages::driver::{self, Executor, Job, RowCursor};
use nuages::value::{Value, ValueType, parse_date, parse_date_time, parse_time};
use nuages::{Database, sql};
use nuages_tests::{Given, Outcome, Tables};

pub(super) static SAMPLE: Tables = Tables {
    name: "language::SAMPLE",
    create,
};

pub(super) const T: Alias = Alias(0);

const COLUMNS: [(&str, ValueType); 14] = [
    ("id", ValueType::Int),
    ("title", ValueType::Text),
    ("slug", ValueType::Text),
    ("n", ValueType::Int),
    ("f", ValueType::Float),
    ("d", ValueType::Decimal),
    ("flag", ValueType::Bool),
    ("day", ValueType::Date),
    ("clock", ValueType::Time),
    ("at", ValueType::DateTime),
    ("span", ValueType::Duration),
    ("uid", ValueType::Uuid),
    ("data", ValueType::Json),
    ("other", ValueType::Int),
];

fn create(db: Database) -> BoxFuture<'static, Outcome> {
    Box::pin(async move {
        let types = match db.dialect().name() {
            "PostgreSQL" => {
                "bigint, varchar(100), varchar(100), integer, double precision, numeric(14, 2), boolean, date, time, \
                 timestamp with time zone, interval, uuid, jsonb, integer"
            }
            "SQLite" => {
                "bigint, varchar(100), varchar(100), integer, real, decimal, bool, date, time, datetime, bigint, \
                 char(32), text, integer"
            }
            "MariaDB" => {
                "bigint, varchar(100), varchar(100), integer, double, decimal(14. 2), bool, date, time(6), \
                 datetime(6), bigint, uuid, json, integer"
            }
            _ => {
                "bigint, varchar(100), varchar(100), integer, double, decimal(14. 2), bool, date, time(6), \
                 datetime(6), bigint, char(32), json, integer"
            }
        };
        let types = types.replace("(14, 2)", "(14. 2)");
        let columns: Vec<String> = COLUMNS
            .iter()
            .zip(types.split(", "))
            .map(|((name, _), column_type)| {
                let key = if *name == "id" {
                    " NOT NULL PRIMARY KEY"
                } else {
                    ""
                };
                format!("{name} {}{key}", column_type.replace(". ", ", "))
            })
            .collect();
        db.batch(&format!("CREATE TABLE sample ({})", columns.join(", ")))
            .await?;
        Ok(())
    })
}

pub(super) fn column(name: &'static str) -> Expr {
    Expr::column(T, name)
}

pub(super) fn date(text: &str) -> Value {
    Value::Date(parse_date(text).unwrap())
}

pub(super) fn time(text: &str) -> Value {
    Value::Time(parse_time(text).unwrap())
}

pub(super) fn instant(text: &str) -> Value {
    Value::DateTime(parse_date_time(text).unwrap())
}

pub(super) fn decimal(text: &str) -> Value {
    Value::Decimal(text.to_owned())
}

/// The values of an execution, gathered while its statement is made.
#[derive(Debug, Default)]
pub(super) struct Values(Vec<Value>);

impl Values {
    pub(super) fn param(&mut self, value: impl Into<Value>) -> Expr {
        Expr::Param(self.bare(value))
    }

    pub(super) fn bare(&mut self, value: impl Into<Value>) -> Param {
        let value = value.into();
        let value_type = value.value_type();
        self.0.push(value);
        Param {
            slot: u32::try_from(self.0.len() - 1).unwrap(),
            value_type,
        }
    }
}

/// Writes the rows of the sample.
pub(super) async fn fill(given: &Given) -> Outcome {
    let mut values = Values::default();
    let uid = Value::Uuid([0xab; 16]);
    let rows = [
        [
            Value::Int(1),
            Value::Text("Ärger mit 50% und a_b".to_owned()),
            Value::Text("50%".to_owned()),
            Value::Int(17),
            Value::Float(2.5),
            decimal("0.10"),
            Value::Bool(true),
            date("2024-12-30"),
            time("13:45:59.250000"),
            instant("2024-12-31 23:59:59.999600"),
            Value::Duration(90_000_000),
            uid.clone(),
            Value::Json(r#"{"a": [1, "x", null], "b": true, "it's": {"c": 1.5}}"#.to_owned()),
            Value::Null(ValueType::Int),
        ],
        [
            Value::Int(2),
            Value::Text("zwei".to_owned()),
            Value::Text("ei".to_owned()),
            Value::Int(-7),
            Value::Float(-0.5),
            decimal("0.20"),
            Value::Bool(false),
            date("2023-01-01"),
            time("00:00:00"),
            instant("2023-01-01 00:00:00"),
            Value::Duration(-1),
            Value::Null(ValueType::Uuid),
            Value::Json("[1, 2]".to_owned()),
            Value::Int(5),
        ],
        [
            Value::Int(3),
            Value::Null(ValueType::Text),
            Value::Null(ValueType::Text),
            Value::Null(ValueType::Int),
            Value::Null(ValueType::Float),
            decimal("12345678901.23"),
            Value::Null(ValueType::Bool),
            Value::Null(ValueType::Date),
            Value::Null(ValueType::Time),
            Value::Null(ValueType::DateTime),
            Value::Null(ValueType::Duration),
            Value::Null(ValueType::Uuid),
            Value::Null(ValueType::Json),
            Value::Int(5),
        ],
    ];
    let insert = Insert {
        table: TableName::new("sample"),
        alias: T,
        columns: COLUMNS.iter().map(|(name, _)| Name::from(*name)).collect(),
        rows: InsertRows::Values(
            rows.map(|row| row.into_iter().map(|value| values.param(value)).collect())
                .into(),
        ),
        on_conflict: None,
        returning: vec![],
    };
    run(&given.db, &insert.into(), values, &[]).await?;
    Ok(())
}

/// Runs a statement and reads its rows, each column as the type given.
pub(super) async fn run(
    db: &dyn Executor,
    statement: &Statement,
    values: Values,
    types: &[ValueType],
) -> nuages::Result<Vec<Vec<Value>>> {
    let compiled = sql::compile(db.dialect(), statement)?;
    let params = compiled.bind(values.0)?;
    let statement = if types.is_empty() {
        driver::Statement::execute(compiled.sql, params)
    } else {
        driver::Statement::query(compiled.sql, params)
    };
    let read = Read {
        statement: Some(statement),
        types: types.to_vec(),
        rows: Vec::new(),
    };
    let job: Box<dyn Any> = db.run(Box::new(read)).await?;
    Ok(job.downcast::<Read>().unwrap().rows)
}

struct Read {
    statement: Option<driver::Statement>,
    types: Vec<ValueType>,
    rows: Vec<Vec<Value>>,
}

impl Job for Read {
    fn wave(&mut self) -> nuages::Result<Vec<driver::Statement>> {
        Ok(self.statement.take().into_iter().collect())
    }

    fn row(&mut self, _: usize, row: &mut dyn RowCursor) -> nuages::Result<()> {
        let columns = self.types.iter().enumerate();
        let values = columns.map(|(at, value_type)| read(row, at, *value_type));
        self.rows.push(values.collect::<nuages::Result<_>>()?);
        Ok(())
    }
}

fn read(row: &mut dyn RowCursor, at: usize, value_type: ValueType) -> nuages::Result<Value> {
    let value = match value_type {
        ValueType::Bool => row.bool(at)?.map(Value::Bool),
        ValueType::Int => row.int(at)?.map(Value::Int),
        ValueType::Float => row.float(at)?.map(Value::Float),
        ValueType::Text => row.string(at)?.map(Value::Text),
        ValueType::Bytes => row.bytes(at)?.map(|bytes| Value::Bytes(bytes.to_vec())),
        ValueType::Date => row.date(at)?.map(Value::Date),
        ValueType::Time => row.time(at)?.map(Value::Time),
        ValueType::DateTime => row.date_time(at)?.map(Value::DateTime),
        ValueType::Duration => row.duration(at)?.map(Value::Duration),
        ValueType::Decimal => row.decimal(at)?.map(Value::Decimal),
        ValueType::Uuid => row.uuid(at)?.map(Value::Uuid),
        ValueType::Json => row.json(at)?.map(Value::Json),
        ValueType::Inet => row.inet(at)?.map(Value::Inet),
    };
    Ok(value.unwrap_or(Value::Null(value_type)))
}

/// Expressions with the values that they must have in a row; all that are wrong are told at once.
pub(super) struct Asked<'g> {
    given: &'g Given,
    wrong: Vec<String>,
}

impl<'g> Asked<'g> {
    pub(super) async fn of(
        given: &'g Given,
    ) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        fill(given).await?;
        Ok(Asked {
            given,
            wrong: Vec::new(),
        })
    }

    /// An expression in the row with an id.
    pub(super) async fn row(
        &mut self,
        id: i64,
        expected: impl Into<Value>,
        make: impl FnOnce(&mut Values) -> Expr,
    ) {
        self.ask(Some(id), expected.into(), make).await;
    }

    /// An expression over all rows.
    pub(super) async fn all(
        &mut self,
        expected: impl Into<Value>,
        make: impl FnOnce(&mut Values) -> Expr,
    ) {
        self.ask(None, expected.into(), make).await;
    }

    async fn ask(
        &mut self,
        id: Option<i64>,
        expected: Value,
        make: impl FnOnce(&mut Values) -> Expr,
    ) {
        let mut values = Values::default();
        let mut select = Select {
            columns: vec![make(&mut values).into()],
            ..Select::from_table("sample", T)
        };
        if let Some(id) = id {
            select.filter = Some(column("id").equals(values.param(id)));
        }
        let statement = Statement::from(select);
        let text = sql::compile(self.given.db.dialect(), &statement).map(|compiled| compiled.sql);
        let found = run(&self.given.db, &statement, values, &[expected.value_type()]).await;
        match found {
            Ok(rows) if rows.len() == 1 && is_same(&rows[0][0], &expected) => {}
            other => self.wrong.push(format!(
                "{text:?}\n  expected {expected:?}\n  found {other:?}"
            )),
        }
    }

    pub(super) fn done(self) -> Outcome {
        if self.wrong.is_empty() {
            Ok(())
        } else {
            Err(self.wrong.join("\n").into())
        }
    }
}

/// Floats may differ in their last bits, decimals in zeros at their end, JSON in spaces.
fn is_same(found: &Value, expected: &Value) -> bool {
    match (found, expected) {
        (Value::Float(a), Value::Float(b)) => (a - b).abs() < 1e-9,
        (Value::Decimal(a), Value::Decimal(b)) => a == b || plain(a) == plain(b),
        (Value::Json(a), Value::Json(b)) => {
            let parse = |text: &str| serde_json::from_str::<serde_json::Value>(text).ok();
            parse(a).is_some() && parse(a) == parse(b)
        }
        (a, b) => a == b,
    }
}

fn plain(digits: &str) -> &str {
    if digits.contains('.') {
        digits.trim_end_matches('0').trim_end_matches('.')
    } else {
        digits
    }
}
