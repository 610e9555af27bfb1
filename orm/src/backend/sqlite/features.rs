//! What SQLite can do. The facts are from its documentation, version 3.37 unless said otherwise.

use crate::sql::{Features, ListForm};

/// SQLite 3.37 and later.
pub(super) const FEATURES: Features = Features {
    // sqlite.org/limits.html: SQLITE_MAX_VARIABLE_NUMBER since 3.32.
    max_params: 32_766,
    numbered_params: true,
    list_form: ListForm::Json,
    distinct_on: false,
    lateral: false,
    nulls_sort_largest: false,
    nulls_ordering: true,
    intersect_except: true,
    compound_parentheses: false,
    aggregate_filter: true,
    frame_groups: true,
    lag_default: true,
    named_zones: false,
    row_locks: false,
    lock_of: false,
    lock_nowait: false,
    lock_skip_locked: false,
    lock_no_key: false,
    insert_returning: true,
    update_returning: true,
    delete_returning: true,
    default_keyword: false,
    insert_from_lists: false,
    keys_by_row_id: true,
    conflict_target: true,
    write_reads_itself: true,
    native_uuid: false,
    native_duration: false,
    arrays: false,
};
