//! `auto_now` of what holds no time.

use nuages::prelude::*;

#[derive(Model, Clone, Debug)]
struct Note {
    id: i64,
    #[field(auto_now)]
    changed: String,
}

fn main() {}
