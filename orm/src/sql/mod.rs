//! From a statement to the text of one database: the only place where SQL is written.
//!
//! [`compile`] takes an [`ast::Statement`](crate::ast::Statement) and a [`Dialect`], and gives a [`Compiled`]: the
//! text and how the values of each execution are laid out in it. What the standard says stands here, once; how a
//! database departs from it stands in its dialect; what it lacks is an `Unsupported` error. The language of structure is [`ddl`]'s.

mod aggregate;
mod compiled;
mod copies;
pub mod ddl;
mod ddl_index;
pub(crate) mod ddl_standard;
mod dialect;
mod effect;
mod expr;
mod features;
mod function;
mod in_step;
mod lint;
mod list;
mod matching;
mod select;
#[cfg(test)]
mod tests;
mod version;
mod write;
mod writer;

pub use compiled::{BindParam, Compiled, Transform, fold};
pub use copies::{Copies, DatabaseCopies};
pub use ddl::{
    Answer, DdlFeatures, DdlStatement, Implied, MigrationLock, NameLimit, Nameless, NamelessKind,
    SchemaEditor, Scratch, WaitLimit,
};
pub use dialect::{ArithmeticOf, Clock, Deferral, Dialect, Moment, Place};
pub(crate) use effect::key_of;
pub use effect::{Blocks, Effect, Impact, Placement, Walk, Work};
pub use features::{Features, ListForm};
pub use in_step::{Alias, InStep};
pub use lint::{Act, Concern, LintSubject, Remedy, Rule, Severity, Word, Written};
pub use list::json_list;
pub use version::Version;
pub use writer::{Checkpoint, Writer};

/// The standard renderings, for a dialect that departs from them only sometimes.
pub mod standard {
    pub use super::aggregate::{aggregate, call as aggregate_call};
    pub use super::expr::{arithmetic, cast, cast_type, compare, in_list, operator};
    pub use super::function::{call, function, name_of};
    pub use super::matching::{like, matching};
    pub use super::select::{lock, null_placement, order, plain_subquery, query, slice};
    pub use super::write::{assignments, conflict_clause};
}

use crate::ast::Statement;
use crate::error::Result;

/// Writes a statement in the SQL of a database.
///
/// # Errors
/// `Unsupported`, where the database lacks a construct; `InvalidQuery`, where the statement cannot mean anything.
pub fn compile(dialect: &dyn Dialect, statement: &Statement) -> Result<Compiled> {
    let mut writer = Writer::new(dialect);
    match statement {
        Statement::Query(query) => select::query(&mut writer, query)?,
        Statement::Insert(insert) => write::insert(&mut writer, insert)?,
        Statement::Update(update) => write::update(&mut writer, update)?,
        Statement::Delete(delete) => write::delete(&mut writer, delete)?,
    }
    Ok(writer.finish())
}
