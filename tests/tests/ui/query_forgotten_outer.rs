//! A field of the query around goes through `outer`.

use nuages::prelude::*;
use nuages_tests::blog::{Author, Post};

fn main() {
    let _ = Author::objects().filter(|a| exists(Post::objects().filter(|p| p.author_id().eq(a.id()))));
}
