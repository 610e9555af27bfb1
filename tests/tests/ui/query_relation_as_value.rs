//! A relation selected as if it were a column.

use nuages::prelude::*;
use nuages_tests::blog::Post;

fn main() {
    let _ = Post::objects().values(|p| (p.title(), p.author()));
}
