//! Only text contains text.

use nuages::prelude::*;
use nuages_tests::blog::*;

fn main() {
    Post::objects().filter(|p| p.view_count().icontains("1"));
}
