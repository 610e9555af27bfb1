//! Rows to objects: statements of known shape, decoding where the rows are read, and what is loaded beside them.
//!
//! A query set's rows, its prefetches and the loads of single relations are one kind of job ([`fetch`]): a wave of
//! statements for each level of the tree of what is loaded.

mod cache;
mod fetch;
mod prefetch;
mod raw;
mod relation;

pub(crate) use cache::{
    NO_QUERY, Prepared, Written, prepare, prepare_delete, prepare_update, prepare_written,
};
pub(crate) use fetch::{Ends, Fetch, lock};
pub(crate) use prefetch::{KEYS_OF_PLACEHOLDERS, PrefetchTree, Relation, per_statement};
pub(crate) use relation::load_one;

#[cfg(test)]
mod tests;
