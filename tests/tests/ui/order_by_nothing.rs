//! Ordering wants a direction or a field.

use nuages::prelude::*;
use nuages_tests::blog::*;

fn main() {
    Post::objects().order_by(|_| "-created_at");
}
