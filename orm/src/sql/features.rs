//! Facts about a database at a version, for what asks before it tries. Those about its structure are `ddl`'s.

/// How a list of values reaches the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ListForm {
    /// As one array: any list is of one shape.
    Array,
    /// As one JSON text: any list is of one shape.
    Json,
    /// As one placeholder a value, padded to a power of two: the size class belongs to the shape.
    Placeholders,
}

/// What a database can do, at a version. Facts only: each dialect's folder says where they come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Features {
    // Parameters.
    /// How many placeholders a statement may have.
    pub max_params: usize,
    /// Whether placeholders carry numbers, so that one value may stand in several places.
    pub numbered_params: bool,
    /// How a list of values is bound.
    pub list_form: ListForm,

    // Reading.
    /// `DISTINCT ON (…)`.
    pub distinct_on: bool,
    /// `LATERAL` subqueries.
    pub lateral: bool,
    /// Whether NULLs come last in ascending order (and first in descending); otherwise the other way round.
    pub nulls_sort_largest: bool,
    /// `NULLS FIRST` and `NULLS LAST`; where they lack, they are written with `IS NULL`.
    pub nulls_ordering: bool,
    /// `INTERSECT` and `EXCEPT`.
    pub intersect_except: bool,
    /// Parentheses around the queries of a `UNION`.
    pub compound_parentheses: bool,
    /// `FILTER (WHERE …)` of aggregates; where it lacks, it is written with `CASE`.
    pub aggregate_filter: bool,
    /// Frames counted in groups of peers.
    pub frame_groups: bool,
    /// The third argument of `LAG` and `LEAD`.
    pub lag_default: bool,
    /// Whether zones can be named, and not only given as offsets.
    pub named_zones: bool,

    // Locking.
    /// Whether rows can be locked; where not, there is one writer at a time and `FOR UPDATE` is left out.
    pub row_locks: bool,
    /// `FOR UPDATE OF`.
    pub lock_of: bool,
    /// `NOWAIT`.
    pub lock_nowait: bool,
    /// `SKIP LOCKED`.
    pub lock_skip_locked: bool,
    /// `FOR NO KEY UPDATE`.
    pub lock_no_key: bool,

    // Writing.
    /// `INSERT … RETURNING`.
    pub insert_returning: bool,
    /// `UPDATE … RETURNING`.
    pub update_returning: bool,
    /// `DELETE … RETURNING`.
    pub delete_returning: bool,
    /// `DEFAULT` in the place of a value.
    pub default_keyword: bool,
    /// Rows from one array a column (`unnest`).
    pub insert_from_lists: bool,
    /// Whether each row has a number, the one after the greatest, which is its automatic key.
    pub keys_by_row_id: bool,
    /// Whether an upsert names the unique columns whose equality counts.
    pub conflict_target: bool,
    /// Whether a statement that writes a table may read it in a subquery; where not, the subquery is wrapped.
    pub write_reads_itself: bool,

    // Types.
    /// Whether there is a type for UUIDs.
    pub native_uuid: bool,
    /// Whether there is a type for durations; otherwise they are microseconds.
    pub native_duration: bool,
    /// Whether there are arrays.
    pub arrays: bool,
}
