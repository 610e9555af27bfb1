//! A subquery that means the row around it says `outer`.

use nuages::prelude::*;
use nuages_tests::blog::*;

fn main() {
    Author::objects().filter(|a| exists(Post::objects().filter(|p| p.author_id().eq(a.id()))));
}
