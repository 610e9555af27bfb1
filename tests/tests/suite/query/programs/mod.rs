//! Django's answers to random programs of annotations, groups, aggregates and expressions, asked of every database:
//! `tests/oracle/django_programs.py` made them.
//!
//! The programs are data. [`speak`] says them in the words of the typed API, so that what a user calls is what runs.

mod cells;
mod speak;

use nuages::model::Model;
use nuages::prelude::*;
use nuages::query::{ModelPath, OrderBy, Selected};
use nuages::{Database, raw};
use nuages_tests::blog::{Author, Category, Comment, Post, Tag};
use nuages_tests::{Given, Outcome, Product};
use serde_json::Value as Json;

use cells::{Cells, Kind, expect};
use speak::Speaker;

/// The rows of a database with their answers.
type Rows = Vec<Vec<String>>;

pub(super) async fn random_programs_answer_what_django_answers(given: Given) -> Outcome {
    let oracle: Json = serde_json::from_str(include_str!("../../../../oracle/programs.json"))?;
    fill(&given.db, &oracle["rows"]).await?;
    let mut faults = Vec::new();
    for program in list(&oracle["programs"]) {
        let found = match given.product {
            Product::Sqlite => answer::<0>(&given.db, program).await,
            Product::Postgres => answer::<1>(&given.db, program).await,
            Product::MySql => answer::<2>(&given.db, program).await,
            Product::MariaDb => answer::<3>(&given.db, program).await,
        };
        let mut expected: Rows = list(&program["answer"])
            .iter()
            .map(|row| list(row).iter().map(cells::print_json).collect())
            .collect();
        if program["order"].is_null() {
            expected.sort_unstable();
        }
        match found {
            Ok(found) if found == expected => {}
            Ok(found) => {
                faults.push(format!(
                    "{program}\n   django {expected:?}\n   found  {found:?}"
                ));
            }
            Err(error) => faults.push(
                format!("{program}\n    {error}")
                    .chars()
                    .take(1500)
                    .collect(),
            ),
        }
    }
    assert!(
        faults.is_empty(),
        "{} programs differ:\n{}",
        faults.len(),
        faults[..faults.len().min(40)].join("\n")
    );
    Ok(())
}

async fn answer<const P: usize>(db: &Database, program: &Json) -> nuages::Result<Rows> {
    match program["model"].as_str().unwrap_or_default() {
        "Author" => of_model::<Author, P>(db, program).await,
        "Category" => of_model::<Category, P>(db, program).await,
        "Tag" => of_model::<Tag, P>(db, program).await,
        "Post" => of_model::<Post, P>(db, program).await,
        _ => of_model::<Comment, P>(db, program).await,
    }
}

async fn of_model<M: Model<Key = i64>, const P: usize>(
    db: &Database,
    program: &Json,
) -> nuages::Result<Rows> {
    let mut rows = M::objects().order_by(|_| ());
    for step in list(&program["filters"]) {
        rows = match step[0].as_str() {
            Some("filter") => rows.filter(|m| Speaker::of(&m).condition(&step[1])),
            _ => rows.exclude(|m| Speaker::of(&m).condition(&step[1])),
        };
    }
    let select = list(&program["select"]);
    let kinds: Vec<Kind> = select
        .iter()
        .map(|spec| Speaker::<M>::of(&rows_root(&rows)).expression(spec).kind())
        .collect();
    expect::<P>(kinds);
    let nodes = |m: &nuages::queryset::Root<M>| -> Selected<M, Cells<P>> {
        let speaker = Speaker::<M>::of(m);
        Selected::new(
            select
                .iter()
                .map(|spec| speaker.expression(spec).into_node())
                .collect(),
        )
    };
    let mut found: Rows = match program["kind"].as_str() {
        Some("annotate") => {
            let query = finished(rows.annotate(|m| nodes(&m)), program);
            let rows = query.all(db).await?.into_iter();
            rows.map(|(model, cells)| {
                let key = cells::print_key(model.key());
                std::iter::once(key).chain(cells.0).collect()
            })
            .collect()
        }
        Some("aggregate") => {
            let cells = sliced(rows, program).aggregate(db, |m| nodes(&m)).await?;
            return Ok(vec![cells.0]);
        }
        _ => {
            let mut query = rows.values(|m| nodes(&m));
            if program["distinct"] == true {
                query = query.distinct();
            }
            let rows = finished(query, program).all(db).await?.into_iter();
            rows.map(|cells| cells.0).collect()
        }
    };
    if program["order"].is_null() {
        found.sort_unstable();
    }
    Ok(found)
}

/// The root of a query, for a look at its expressions.
fn rows_root<M: Model>(rows: &QuerySet<M>) -> nuages::queryset::Root<M> {
    nuages::queryset::Root::<M>::at(rows.query().root())
}

/// What comes behind the selection: conditions on its cells, an order of them, a slice.
fn finished<M: Model<Key = i64>, Out>(
    mut query: QuerySet<M, Out>,
    program: &Json,
) -> QuerySet<M, Out> {
    for step in list(&program["having"]) {
        let condition = &step[1];
        let spec = cell(program, &condition[2]);
        let compared = serde_json::json!(["cmp", condition[1], spec, ["v", condition[3], "int"]]);
        query = match step[0].as_str() {
            Some("filter") => query.filter(|m| Speaker::of(&m).condition(&compared)),
            _ => query.exclude(|m| Speaker::of(&m).condition(&compared)),
        };
    }
    sliced(query, program)
}

fn sliced<M: Model<Key = i64>, Out>(query: QuerySet<M, Out>, program: &Json) -> QuerySet<M, Out> {
    let order = list(&program["order"]);
    let query = query.order_by(|m| {
        let speaker = Speaker::<M>::of(&m);
        let terms = order.iter().map(|term| {
            let spec = match program["kind"].as_str() {
                Some("aggregate") => serde_json::json!(["f", "id"]),
                _ => cell(program, &term[0]),
            };
            let by = speaker.expression(&spec).ordered(term[1] == true);
            if term[2] == true {
                by.nulls_first()
            } else {
                by.nulls_last()
            }
        });
        terms.collect::<Vec<OrderBy<M>>>()
    });
    match list(&program["slice"]) {
        [offset, limit] => query
            .offset(offset.as_u64().unwrap_or_default())
            .limit(limit.as_u64().unwrap_or_default()),
        _ => query,
    }
}

/// The expression of a cell: annotated rows begin with their key.
fn cell(program: &Json, at: &Json) -> Json {
    let at = usize::try_from(at.as_u64().unwrap_or_default()).unwrap_or_default();
    match (program["kind"].as_str(), at) {
        (Some("annotate"), 0) => serde_json::json!(["f", "id"]),
        (Some("annotate"), at) => program["select"][at - 1].clone(),
        (_, at) => program["select"][at].clone(),
    }
}

fn list(json: &Json) -> &[Json] {
    json.as_array().map_or(&[], Vec::as_slice)
}

/// The tables of the oracle's rows, their columns, and the columns that hold instants.
const TABLES: [(&str, &str, &str); 6] = [
    ("Author", "blog_author", "id, name, email"),
    ("Category", "blog_category", "id, name"),
    ("Tag", "blog_tag", "id, name"),
    (
        "Post",
        "blog_post",
        "id, title, slug, author_id, category_id, status, view_count, created_at, published_at, updated_at, body",
    ),
    ("post_tags", "blog_post_tags", "post_id, tag_id"),
    (
        "Comment",
        "blog_comment",
        "id, post_id, parent_id, author_id, body",
    ),
];

async fn fill(db: &Database, rows: &Json) -> Outcome {
    for (name, table, columns) in TABLES {
        for row in list(&rows[name]) {
            let mut row = list(row).to_vec();
            if name == "Post" {
                row.extend([Json::from(0), Json::from("")]);
            }
            let places = vec!["{}"; row.len()].join(", ");
            let mut insert = raw(format!("INSERT INTO {table} ({columns}) VALUES ({places})"));
            for (column, cell) in columns.split(", ").zip(&row) {
                insert = match (column.ends_with("_at"), cell) {
                    (true, cell) => {
                        insert.bind(cell.as_i64().and_then(DateTime::from_timestamp_micros))
                    }
                    (false, Json::String(text)) => insert.bind(text.clone()),
                    (false, cell) => insert.bind(cell.as_i64()),
                };
            }
            insert.execute(db).await?;
        }
    }
    Ok(())
}
