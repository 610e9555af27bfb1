//! A projection whose field is of another type than the expression.

use nuages::prelude::*;
use nuages_tests::blog::Post;

fn main() {
    let _ = Post::objects().values(|p| Line::select(p.title(), p.title()));
}

#[derive(Projection)]
struct Line {
    title: String,
    views: i32,
}
