//! A path through a to-many relation is not joined either.

use nuages::prelude::*;
use nuages_tests::blog::*;

fn main() {
    Author::objects().select_related(|a| a.posts().author());
}
