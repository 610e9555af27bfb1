//! Statements by the shape of their query: resolved and compiled once, bound with values each time.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use crate::ast;
use crate::driver::{KeysApart, Rows, Statement};
use crate::error::Result;
use crate::query::{Node, Query, Shape};
use crate::resolve::{self, JoinShape, Read};
use crate::sql::{self, Compiled, Dialect, ListForm};
use crate::value::Value;

/// A statement ready to run, and where in its rows the joined models stand.
#[derive(Debug)]
pub(crate) struct Prepared {
    /// The statement.
    pub(crate) statement: Statement,
    /// The joined models.
    pub(crate) joins: Arc<[JoinShape]>,
    /// How many rows it gives.
    pub(crate) size: Size,
}

/// How many rows the statement of a shape gave last, so that there is room for as many at once.
#[derive(Debug)]
pub(crate) struct Size(Arc<Known>);

/// For no more rows than these room is made before they come.
const ROOM: u32 = 1 << 14;

impl Size {
    /// So many rows are likely.
    pub(crate) fn likely(&self) -> usize {
        let last = self.0.rows.load(Ordering::Relaxed);
        usize::try_from(last.min(ROOM)).unwrap_or_default()
    }

    /// Takes note of how many there were.
    pub(crate) fn learn(&self, rows: usize) {
        let rows = u32::try_from(rows).unwrap_or(u32::MAX);
        if rows != self.0.rows.load(Ordering::Relaxed) {
            self.0.rows.store(rows, Ordering::Relaxed);
        }
    }
}

/// What is kept for a shape.
#[derive(Debug)]
struct Known {
    compiled: Compiled,
    joins: Arc<[JoinShape]>,
    keys: Option<Arc<KeysApart>>,
    rows: AtomicU32,
}

impl Known {
    fn of(compiled: Compiled, joins: Arc<[JoinShape]>) -> Self {
        Known {
            compiled,
            joins,
            keys: None,
            rows: AtomicU32::new(0),
        }
    }
}

/// So many shapes are kept a dialect. A program has as many as it has places that make queries; where conditions are put
/// together at run time there may be more, and the cache begins anew.
pub(super) const CAPACITY: usize = 8192;

/// By the dialect's key, then by the shape.
type Shapes = RwLock<HashMap<&'static str, HashMap<Box<[u8]>, Arc<Known>>>>;

fn shapes() -> &'static Shapes {
    static SHAPES: OnceLock<Shapes> = OnceLock::new();
    SHAPES.get_or_init(Shapes::default)
}

/// The statement that reads a query.
///
/// # Errors
/// As [`resolve::resolve`] and [`sql::compile`].
pub(crate) fn prepare(
    dialect: &'static dyn Dialect,
    query: &Query,
    read: Read<'_>,
) -> Result<Prepared> {
    let mut shape = shape_of(dialect, query);
    match read {
        Read::Rows => shape.add(b"rows"),
        Read::Count => shape.add(b"count"),
        Read::Exists => shape.add(b"exists"),
        Read::Aggregates(nodes) => {
            shape.add(b"aggregates");
            shape.add_nodes(nodes);
        }
    }
    prepared(dialect, &shape, Rows::Some, || {
        let resolved = resolve::resolve(query, read, &shape)?;
        Ok(Known::of(
            sql::compile(dialect, &resolved.statement)?,
            resolved.joins.into(),
        ))
    })
}

/// The statement that updates a query's rows.
///
/// # Errors
/// As [`resolve::resolve_update`] and [`sql::compile`].
pub(crate) fn prepare_update(
    dialect: &'static dyn Dialect,
    query: &Query,
    set: &[(usize, Node)],
) -> Result<Statement> {
    let mut shape = shape_of(dialect, query);
    shape.add(b"update");
    for (position, node) in set {
        shape.add(&position.to_le_bytes());
        shape.add_nodes([node]);
    }
    let prepared = prepared(dialect, &shape, Rows::None, || {
        let update = resolve::resolve_update(query, set, &shape)?;
        Ok(Known::of(sql::compile(dialect, &update)?, Arc::default()))
    })?;
    Ok(prepared.statement)
}

/// The statement that deletes a query's rows.
///
/// # Errors
/// As [`resolve::resolve_delete`] and [`sql::compile`].
pub(crate) fn prepare_delete(dialect: &'static dyn Dialect, query: &Query) -> Result<Statement> {
    let mut shape = shape_of(dialect, query);
    shape.add(b"delete");
    let prepared = prepared(dialect, &shape, Rows::None, || {
        let delete = resolve::resolve_delete(query, &shape)?;
        Ok(Known::of(sql::compile(dialect, &delete)?, Arc::default()))
    })?;
    Ok(prepared.statement)
}

fn shape_of<'q>(dialect: &dyn Dialect, query: &'q Query) -> Shape<'q> {
    Shape::of(
        query,
        dialect.features().list_form == ListForm::Placeholders,
    )
}

fn prepared(
    dialect: &'static dyn Dialect,
    shape: &Shape<'_>,
    rows: Rows,
    make: impl FnOnce() -> Result<Known>,
) -> Result<Prepared> {
    shape.check()?;
    let known = known(dialect, &shape.key, make)?;
    let values = shape.values.iter().map(|bound| bound.to_value()).collect();
    Ok(Prepared {
        statement: Statement {
            rows,
            ..Statement::query(
                Arc::clone(&known.compiled.sql),
                known.compiled.bind(values)?,
            )
        },
        joins: Arc::clone(&known.joins),
        size: Size(known),
    })
}

/// What is kept for a shape on a dialect, made if it is not there.
fn known(
    dialect: &dyn Dialect,
    shape: &[u8],
    make: impl FnOnce() -> Result<Known>,
) -> Result<Arc<Known>> {
    if let Some(known) = shapes()
        .read()
        .unwrap_or_else(PoisonError::into_inner)
        .get(dialect.key())
        .and_then(|shapes| shapes.get(shape))
    {
        return Ok(Arc::clone(known));
    }
    let made = Arc::new(make()?);
    let mut shapes = shapes().write().unwrap_or_else(PoisonError::into_inner);
    let shapes = shapes.entry(dialect.key()).or_default();
    if CAPACITY <= shapes.len() {
        shapes.clear();
    }
    shapes.insert(shape.into(), Arc::clone(&made));
    Ok(made)
}

/// How many shapes are kept of a dialect.
#[cfg(test)]
pub(super) fn kept(dialect: &dyn Dialect) -> usize {
    let shapes = shapes().read().unwrap_or_else(PoisonError::into_inner);
    shapes.get(dialect.key()).map_or(0, HashMap::len)
}

/// What the shape of a statement that no query stands behind begins with: no model's address.
pub(crate) const NO_QUERY: [u8; 8] = [u8::MAX; 8];

/// A statement over tables.
pub(crate) struct Written {
    /// The statement.
    pub(crate) statement: ast::Statement,
    /// Of an insert: the same without RETURNING, what reads the greatest keys first, and how many rows there are.
    pub(crate) keys: Option<(ast::Statement, ast::Statement, u64)>,
}

impl<S: Into<ast::Statement>> From<S> for Written {
    fn from(statement: S) -> Self {
        Written {
            statement: statement.into(),
            keys: None,
        }
    }
}

/// A statement that was written over tables, by its shape; the bytes must tell all statements of this kind apart.
///
/// # Errors
/// As [`sql::compile`].
pub(crate) fn prepare_written(
    dialect: &'static dyn Dialect,
    shape: &[u8],
    rows: Rows,
    values: Vec<Value>,
    make: impl FnOnce() -> Result<Written>,
) -> Result<Statement> {
    debug_assert!(shape.starts_with(&NO_QUERY));
    let known = known(dialect, shape, || {
        let Written { statement, keys } = make()?;
        let keys = match keys {
            Some((insert, greatest, rows)) => Some(Arc::new(KeysApart {
                insert: sql::compile(dialect, &insert)?.sql,
                greatest: sql::compile(dialect, &greatest)?.sql,
                rows,
            })),
            None => None,
        };
        Ok(Known {
            compiled: sql::compile(dialect, &statement)?,
            joins: Arc::default(),
            keys,
            rows: AtomicU32::new(0),
        })
    })?;
    let params = known.compiled.bind(values)?;
    Ok(Statement {
        rows,
        keys: known.keys.clone(),
        ..Statement::query(Arc::clone(&known.compiled.sql), params)
    })
}
