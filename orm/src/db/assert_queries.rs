//! The macro that holds a number of queries in a test.

/// Runs a block and panics unless exactly so many statements ran in it on the database, which it then lists, with
/// those that repeat and what to do about them. Gives what the block gives. The statements that begin and end
/// transactions do not count.
///
/// ```no_run
/// # async fn example(db: nuages::Database) {
/// nuages::assert_queries!(db, 2, {
///     // two queries
/// });
/// # }
/// ```
#[macro_export]
macro_rules! assert_queries {
    ($db:expr, $count:expr, $block:block) => {{
        let recording = $db.record();
        let value = $block;
        recording.assert_count($count);
        value
    }};
}
