//! Reading a column that will be read again.

use super::{RowCursor, Value};
use crate::error::Result;

/// A row whose columns stay in it: text is copied where the row itself might give it away.
pub struct Peek<'r>(pub &'r mut dyn RowCursor);

impl std::fmt::Debug for Peek<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Peek({} columns)", self.0.width())
    }
}

macro_rules! through {
    ($($name:ident -> $type:ty),* $(,)?) => {
        $(fn $name(&mut self, column: usize) -> Result<$type> {
            self.0.$name(column)
        })*
    };
}

impl RowCursor for Peek<'_> {
    fn width(&self) -> usize {
        self.0.width()
    }

    fn column_name(&self, column: usize) -> &str {
        self.0.column_name(column)
    }

    fn text(&mut self, column: usize) -> Result<Option<&str>> {
        self.0.text(column)
    }

    fn string(&mut self, column: usize) -> Result<Option<String>> {
        Ok(self.0.text(column)?.map(str::to_owned))
    }

    fn bytes(&mut self, column: usize) -> Result<Option<&[u8]>> {
        self.0.bytes(column)
    }

    through!(
        is_null -> bool, bool -> Option<bool>, int -> Option<i64>, float -> Option<f64>, date -> Option<i32>,
        time -> Option<i64>, date_time -> Option<i64>, duration -> Option<i64>, decimal -> Option<String>,
        uuid -> Option<[u8; 16]>, json -> Option<String>, inet -> Option<String>, value -> Value,
    );
}
