//! What the SQL of each database means: the same expression has the same value on all of them.

mod moments;
mod queries;
mod sample;
mod text;
mod values;

use nuages_tests::{Area, cases};
use sample::SAMPLE;

use moments::{arithmetic_with_moments, cutting_moments, halves_of_instants, numbers_of_moments};
use queries::{
    compounds, groups, lists, locks, nulls_in_order, slices, upserts, windows,
    writes_that_read_what_they_write,
};
use text::{functions_of_text, searching_text};
use values::{aggregates, arithmetic, casts, functions_of_numbers, json, logic};

pub(crate) fn area() -> Area {
    Area::new(
        "language",
        cases![
            aggregates.on(&SAMPLE),
            arithmetic.on(&SAMPLE),
            arithmetic_with_moments.on(&SAMPLE),
            casts.on(&SAMPLE),
            compounds.on(&SAMPLE),
            cutting_moments.on(&SAMPLE),
            functions_of_numbers.on(&SAMPLE),
            functions_of_text.on(&SAMPLE),
            groups.on(&SAMPLE),
            halves_of_instants.on(&SAMPLE),
            json.on(&SAMPLE),
            lists.on(&SAMPLE),
            locks.on(&SAMPLE),
            logic.on(&SAMPLE),
            nulls_in_order.on(&SAMPLE),
            numbers_of_moments.on(&SAMPLE),
            searching_text.on(&SAMPLE),
            slices.on(&SAMPLE),
            upserts.on(&SAMPLE),
            windows.on(&SAMPLE),
            writes_that_read_what_they_write.on(&SAMPLE),
        ],
    )
}
