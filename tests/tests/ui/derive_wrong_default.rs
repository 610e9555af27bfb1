//! A default of another type than the field's.

use nuages::prelude::*;

#[derive(Model, Clone, Debug)]
struct Note {
    id: i64,
    #[field(default = "none")]
    views: i32,
}

fn main() {}
