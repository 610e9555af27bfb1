//! `#[related]` of a relation of another kind.

use nuages::prelude::*;

#[derive(Model, Clone, Debug)]
struct Group {
    id: i64,
    #[related(Note::groups)]
    notes: HasMany<Note>,
}

#[derive(Model, Clone, Debug)]
struct Note {
    id: i64,
    groups: ManyToMany<Group>,
}

fn main() {}
