//! A check on a field that is not there.

use nuages::prelude::*;

#[derive(Model, Debug, Clone)]
#[model(check(name = "views_not_negative", |p| p.views().gte(0)))]
struct Post {
    id: i64,
    view_count: i32,
}

fn main() {}
