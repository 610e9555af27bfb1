//! A to-many relation is prefetched, not joined.

use nuages::prelude::*;
use nuages_tests::blog::*;

fn main() {
    Author::objects().select_related(|a| a.posts());
}
