//! The blog: what people write, what it is about, and what others say.

mod models;

pub use models::{Author, Category, Comment, Post, Status, Tag};
