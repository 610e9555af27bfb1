//! An update sets a value of the field's type.

use nuages::prelude::*;
use nuages_tests::blog::*;

fn main() {
    let _ = |db: &Database| Post::objects().update(db, |p| p.view_count().set("many"));
}
