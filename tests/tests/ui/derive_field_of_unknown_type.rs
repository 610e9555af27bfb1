//! A field of a type that no column holds.

use nuages::prelude::*;

#[derive(Clone, Debug)]
struct Money(i64);

#[derive(Model, Clone, Debug)]
struct Note {
    id: i64,
    price: Money,
}

fn main() {}
