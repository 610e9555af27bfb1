//! An update is given a condition in the place of an assignment.

use nuages::Database;
use nuages::prelude::*;
use nuages_tests::blog::Tag;

async fn wrong(db: &Database) -> nuages::Result<u64> {
    Tag::objects().update(db, |t| t.name().eq("x")).await
}

fn main() {}
