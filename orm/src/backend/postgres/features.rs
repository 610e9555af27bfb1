//! What PostgreSQL can do. The facts are from its manual, version 14 unless said otherwise.

use crate::sql::{Features, ListForm};

/// PostgreSQL 14 and later.
pub(super) const FEATURES: Features = Features {
    // The protocol counts parameters in 16 bits.
    max_params: 65_535,
    numbered_params: true,
    list_form: ListForm::Array,
    distinct_on: true,
    lateral: true,
    nulls_sort_largest: true,
    nulls_ordering: true,
    intersect_except: true,
    compound_parentheses: true,
    aggregate_filter: true,
    frame_groups: true,
    lag_default: true,
    named_zones: true,
    row_locks: true,
    lock_of: true,
    lock_nowait: true,
    lock_skip_locked: true,
    lock_no_key: true,
    insert_returning: true,
    update_returning: true,
    delete_returning: true,
    default_keyword: true,
    insert_from_lists: true,
    keys_by_row_id: false,
    conflict_target: true,
    write_reads_itself: true,
    native_uuid: true,
    native_duration: true,
    arrays: true,
};
