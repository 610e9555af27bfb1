//! The place of a row needs a field of the struct.

use nuages::prelude::*;

#[derive(Model, Debug, Clone)]
#[model(order_with_respect_to = "question")]
struct Answer {
    id: i64,
    question: i64,
}

fn main() {}
