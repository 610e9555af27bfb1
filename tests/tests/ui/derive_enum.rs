//! A model is a struct.

use nuages::prelude::*;

#[derive(Model, Debug, Clone)]
enum Author {
    Ada,
}

fn main() {}
