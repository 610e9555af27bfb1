//! What makes queries fast, in counts that do not depend on the machine: allocations, round trips, hops, kept statements.

mod allocation;
mod heartbeat;
mod loading;
mod schema;

use nuages_tests::Area;

pub(crate) fn area() -> Area {
    let mut cases = allocation::cases();
    cases.extend(loading::cases());
    cases.extend(schema::cases());
    cases.extend(heartbeat::cases());
    Area::new("speed", cases)
}
