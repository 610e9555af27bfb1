//! A builder takes values of the field's type.

use nuages::prelude::*;
use nuages_tests::blog::*;

fn main() {
    Post::builder().title(3);
}
