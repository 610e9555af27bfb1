//! An option of Django's that a struct cannot have.

use nuages::prelude::*;

#[derive(Model, Debug, Clone)]
#[model(order_with_respect_to = "question")]
struct Answer {
    id: i64,
    text: String,
}

fn main() {}
