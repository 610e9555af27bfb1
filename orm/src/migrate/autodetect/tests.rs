//! The autodetector by theme, against Django, and what must hold of every pair of states.

mod parity;
mod properties;
mod questions;
