//! What is computed from a field that may be NULL may be NULL.

use nuages::prelude::*;
use nuages::queryset::QuerySet;
use nuages_tests::blog::Post;

fn main() {
    let _: QuerySet<Post, i64> = Post::objects().values_flat(|p| p.id() + p.category().id());
}
