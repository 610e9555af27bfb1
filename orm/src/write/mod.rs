//! Objects to the database: inserts, updates, deletions and the rows of relations.
//!
//! The statements are written over tables, by positions of fields, and kept compiled by their shape (`statement`);
//! one kind of job runs them all (`job`), and only the outermost functions know a model's type. What takes several
//! statements is one transaction, and one wave wherever its statements do not wait for each other.

mod bulk_create;
mod bulk_update;
mod delete;
mod insert;
mod job;
mod moment;
mod record;
mod relation;
mod rows;
mod save;
mod sequence;
mod statement;

pub use bulk_create::BulkCreate;
pub use bulk_update::BulkUpdate;
pub use delete::Deleted;
pub(crate) use delete::delete_rows;
pub use insert::Create;
pub(crate) use insert::set_values;
pub use record::Record;
pub(crate) use rows::{Links, RowSet};
pub(crate) use save::{own_position, touched};
pub(crate) use sequence::number;
