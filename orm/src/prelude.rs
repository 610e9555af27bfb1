//! What a file with models and queries needs: `use nuages::prelude::*;`.

pub use crate::db::{Database, raw};
pub use crate::driver::{Executor, Isolation, Transaction};
pub use crate::model::Via;
pub use crate::model::{
    Builder, Choices, Deferred, ForeignKey, HasMany, HasOne, IntegerChoices, ManyToMany, Model,
    OneToOne, TextChoices,
};
pub use crate::query::{
    Expr, Q, RelationPath, case, coalesce, concat, cume_dist, dense_rank, greatest, least, ntile,
    outer, percent_rank, pi, random, rank, row_number, value, window,
};
pub use crate::queryset::{Objects, QuerySet, Root, exists, subquery};
pub use crate::write::{Create, Record};
pub use crate::{Choices, Model, Projection};

#[cfg(feature = "chrono")]
pub use crate::query::now;
#[cfg(feature = "chrono")]
pub use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
