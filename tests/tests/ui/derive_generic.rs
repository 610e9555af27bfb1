//! A model with a type parameter.

use nuages::prelude::*;

#[derive(Model, Clone, Debug)]
struct Note<T> {
    id: i64,
    text: T,
}

fn main() {}
