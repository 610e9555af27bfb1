//! The shape cache under random queries: what has one key has one statement, and the cache has an end.

use std::collections::HashMap;

use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

use super::cache::{CAPACITY, NO_QUERY, kept, prepare, prepare_written};
use crate::ast::{Alias, Select};
use crate::backend::{mysql, postgres, sqlite};
use crate::driver::Rows;
use crate::prelude::*;
use crate::query::{Query, Shape};
use crate::queryset::Root;
use crate::resolve::{self, Read};
use crate::sql::{self, Dialect, ListForm, Version};

#[derive(Model, Debug, Clone)]
#[model(app = "shape", ordering = ["-views"])]
struct Entry {
    id: i64,
    #[field(max_length = 50)]
    title: String,
    views: i64,
    #[field(on_delete = CASCADE)]
    writer: ForeignKey<Writer>,
    #[field(on_delete = SET_NULL)]
    editor: Option<ForeignKey<Writer>>,
    labels: ManyToMany<Label>,
}

#[derive(Model, Debug, Clone)]
#[model(app = "shape")]
struct Writer {
    id: i64,
    #[field(max_length = 50)]
    name: String,
    #[related(Entry::writer)]
    entries: HasMany<Entry>,
}

#[derive(Model, Debug, Clone)]
#[model(app = "shape")]
struct Label {
    id: i64,
    #[field(max_length = 50)]
    name: String,
}

fn dialects() -> [&'static dyn Dialect; 4] {
    [
        postgres::dialect(Version::new(17, 0, 0)),
        sqlite::dialect(Version::new(3, 50, 0)),
        mysql::mysql_dialect(Version::new(9, 0, 0)),
        mysql::mariadb_dialect(Version::new(11, 4, 0)),
    ]
}

fn word(rng: &mut SmallRng) -> String {
    format!("w{}", rng.random_range(0..1000))
}

/// A condition on entries: of a kind and with values that chance chooses.
fn condition(rng: &mut SmallRng, e: &Root<Entry>, depth: u32) -> Q<Entry> {
    let (number, text) = (rng.random_range(-9..9), word(rng));
    let list: Vec<i64> = (0..rng.random_range(0..40)).collect();
    let choice = rng.random_range(0..if depth == 0 { 12 } else { 15 });
    if 12 <= choice {
        let left = condition(rng, e, depth - 1);
        return match choice {
            12 => !left,
            13 => left & condition(rng, e, depth - 1),
            _ => left | condition(rng, e, depth - 1),
        };
    }
    match choice {
        0 => e.title().eq(text),
        1 => e.title().icontains(text),
        2 => e.views().gt(number),
        3 => e.views().eq(e.id() + number),
        4 => e.views().range(number, number + 2),
        5 => e.views().in_(list),
        6 => e.writer().name().eq(text),
        7 => e.editor().name().startswith(text),
        8 => e.editor_id().is_null(),
        9 => e.labels().name().eq(text),
        10 => e.labels().id().in_(list),
        _ => {
            exists(Writer::objects().filter(|w| w.name().eq(text) & w.entries().views().gt(number)))
        }
    }
}

/// A query set of entries, of a kind and with values that chance chooses.
fn entries(rng: &mut SmallRng) -> QuerySet<Entry> {
    let mut entries = Entry::objects();
    for _ in 0..rng.random_range(0..3) {
        entries = match rng.random_range(0..3) {
            0 => entries.exclude(|e| condition(rng, &e, 1)),
            _ => entries.filter(|e| condition(rng, &e, 1)),
        };
    }
    entries = match rng.random_range(0..6) {
        0 => entries.order_by(|e| e.title()),
        1 => entries.order_by(|e| (e.views().desc(), e.writer().name())),
        2 => entries.select_related(|e| e.writer()),
        3 => entries.select_related(|e| (e.writer(), e.editor())),
        4 => entries.distinct(),
        _ => entries,
    };
    match rng.random_range(0..4) {
        0 => entries.limit(rng.random_range(1..50)),
        1 => entries
            .limit(rng.random_range(1..50))
            .offset(rng.random_range(1..50)),
        _ => entries,
    }
}

/// What a shape stands for: the text, and how values are bound to it.
type Meaning = (String, String);

#[derive(Default)]
struct Seen {
    meanings: HashMap<(&'static str, Vec<u8>), Meaning>,
    again: usize,
}

impl Seen {
    /// Resolves and compiles a query anew, and holds that against what its key stood for before, and against what the
    /// cache gives.
    fn note(&mut self, query: &Query) {
        for dialect in dialects() {
            let sized = dialect.features().list_form == ListForm::Placeholders;
            let shape = Shape::of(query, sized);
            shape.check().unwrap();
            let resolved = resolve::resolve(query, Read::Rows, &shape).unwrap();
            let compiled = sql::compile(dialect, &resolved.statement).unwrap();
            let binding = format!("{:?} {:?}", compiled.params, resolved.joins);
            let meaning = (compiled.sql.to_string(), binding);
            let values = shape.values.iter().map(|bound| bound.to_value()).collect();
            let cached = prepare(dialect, query, Read::Rows).unwrap();
            assert_eq!(&*cached.statement.sql, meaning.0);
            assert_eq!(cached.statement.params, compiled.bind(values).unwrap());
            assert_eq!(*cached.joins, *resolved.joins);
            match self.meanings.get(&(dialect.key(), shape.key.clone())) {
                Some(known) => {
                    assert_eq!(*known, meaning, "one key, two meanings");
                    self.again += 1;
                }
                None => {
                    self.meanings.insert((dialect.key(), shape.key), meaning);
                }
            }
        }
    }
}

#[test]
fn equal_keys_have_equal_statements() {
    let mut rng = SmallRng::seed_from_u64(3);
    let mut seen = Seen::default();
    for _ in 0..3000 {
        let entries = entries(&mut rng);
        match rng.random_range(0..4) {
            0 => seen.note(entries.annotate(|e| e.labels().id().count()).query()),
            1 => seen.note(entries.values(|e| (e.title(), e.views())).query()),
            _ => seen.note(entries.query()),
        }
    }
    // Else nothing was held against anything.
    assert!(1000 < seen.again, "{}", seen.again);
    assert!(500 < seen.meanings.len(), "{}", seen.meanings.len());
}

#[test]
fn the_cache_has_an_end() {
    let dialect = sqlite::dialect(Version::new(3, 50, 0));
    for number in 0..CAPACITY + 100 {
        let mut shape = NO_QUERY.to_vec();
        shape.extend_from_slice(b"the cache has an end");
        shape.extend_from_slice(&number.to_le_bytes());
        prepare_written(dialect, &shape, Rows::Some, Vec::new(), || {
            Ok(Select::from_table("shape_label", Alias(0)).into())
        })
        .unwrap();
        assert!(kept(dialect) <= CAPACITY);
    }
    assert!(0 < kept(dialect));
}
