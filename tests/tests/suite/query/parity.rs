//! Django's own answers to random chains of filters, exclusions and orders: `tests/oracle/django_queries.py` made them.

use nuages::Value;
use nuages::model::Model;
use nuages::prelude::*;
use nuages::value::ValueType;
use nuages_tests::blog::{Author, Category, Comment, Post, Tag};
use nuages_tests::{Given, Outcome};

/// One query, as the oracle writes it.
#[derive(Debug)]
struct Query {
    model: String,
    steps: Vec<serde_json::Value>,
    answer: Vec<i64>,
}

pub(super) async fn random_queries_find_what_django_finds(given: Given) -> Outcome {
    super::data::fill(&given.db).await?;
    let queries: Vec<serde_json::Value> =
        serde_json::from_str(include_str!("../../../oracle/queries.json"))?;
    let mut faults = Vec::new();
    for query in queries {
        let query = Query {
            model: query["model"].as_str().unwrap_or_default().to_owned(),
            steps: query["steps"].as_array().cloned().unwrap_or_default(),
            answer: query["answer"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(serde_json::Value::as_i64)
                .collect(),
        };
        let found = match query.model.as_str() {
            "Author" => keys::<Author>(&given, &query).await,
            "Category" => keys::<Category>(&given, &query).await,
            "Tag" => keys::<Tag>(&given, &query).await,
            "Post" => keys::<Post>(&given, &query).await,
            _ => keys::<Comment>(&given, &query).await,
        };
        match found {
            Ok(found) if found == query.answer => {}
            Ok(found) => faults.push(format!("{query:?}\n    found {found:?}")),
            Err(error) => faults.push(format!("{query:?}\n    {error}")),
        }
    }
    assert!(
        faults.is_empty(),
        "{} queries differ:\n{}",
        faults.len(),
        faults[..faults.len().min(8)].join("\n")
    );
    Ok(())
}

async fn keys<M: Model<Key = i64>>(given: &Given, query: &Query) -> nuages::Result<Vec<i64>> {
    let mut rows = M::objects();
    let mut ordered = false;
    for step in &query.steps {
        if let Some(lookups) = step["filter"].as_object() {
            rows = rows.lookups(
                lookups
                    .iter()
                    .map(|(name, value)| (name.as_str(), to_value(value))),
            )?;
        } else if let Some(lookups) = step["exclude"].as_object() {
            rows = rows.exclude_lookups(
                lookups
                    .iter()
                    .map(|(name, value)| (name.as_str(), to_value(value))),
            )?;
        } else {
            rows = rows
                .order_by_name(step["order"].as_str().unwrap_or_default())?
                .order_by_name("pk")?;
            ordered = true;
        }
    }
    let rows = if ordered { rows } else { rows.order_by(|_| ()) };
    let mut keys: Vec<i64> = rows.all(&given.db).await?.iter().map(Model::key).collect();
    if !ordered {
        keys.sort_unstable();
    }
    Ok(keys)
}

fn to_value(value: &serde_json::Value) -> Value {
    match value {
        serde_json::Value::Bool(value) => Value::Bool(*value),
        serde_json::Value::Number(number) => Value::Int(number.as_i64().unwrap_or_default()),
        serde_json::Value::String(text) => Value::from(text.as_str()),
        serde_json::Value::Array(values) => {
            Value::List(ValueType::Text, values.iter().map(to_value).collect())
        }
        _ => Value::Null(ValueType::Text),
    }
}
