//! What MySQL and MariaDB can do. The facts are from their manuals.

use crate::sql::{Features, ListForm};

/// MySQL 8.0.16 and later.
pub(super) const MYSQL: Features = Features {
    // A prepared statement counts its parameters in 16 bits.
    max_params: 65_535,
    numbered_params: false,
    list_form: ListForm::Placeholders,
    distinct_on: false,
    // MySQL 8.0.14.
    lateral: true,
    nulls_sort_largest: false,
    nulls_ordering: false,
    intersect_except: false,
    compound_parentheses: true,
    aggregate_filter: false,
    frame_groups: false,
    lag_default: true,
    named_zones: true,
    row_locks: true,
    lock_of: true,
    lock_nowait: true,
    lock_skip_locked: true,
    lock_no_key: false,
    insert_returning: false,
    update_returning: false,
    delete_returning: false,
    default_keyword: true,
    insert_from_lists: false,
    keys_by_row_id: false,
    conflict_target: false,
    write_reads_itself: false,
    native_uuid: false,
    native_duration: false,
    arrays: false,
};

/// MySQL 8.0.31 and later.
pub(super) const MYSQL_8_0_31: Features = Features {
    intersect_except: true,
    ..MYSQL
};

/// MariaDB 10.6 and later.
pub(super) const MARIADB: Features = Features {
    lateral: false,
    intersect_except: true,
    lag_default: false,
    lock_of: false,
    // MariaDB 10.5 and 10.0; of UPDATE only since 13.
    insert_returning: true,
    delete_returning: true,
    ..MYSQL
};

/// MariaDB 10.7 and later: a type for UUIDs.
pub(super) const MARIADB_10_7: Features = Features {
    native_uuid: true,
    ..MARIADB
};
