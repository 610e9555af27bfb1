//! A choice is stored as a name, so a variant holds no data.

use nuages::prelude::*;

#[derive(Choices, Debug, Clone, Copy)]
enum Status {
    Draft,
    Published(i64),
}

fn main() {}
