//! What the server tells about itself while migrations run: who is in a transaction, who migrates, how large tables are.

use crate::sql::ddl_standard::quoted;

/// Names, rows as estimated, bytes with indexes.
pub(super) const SIZES: &str = "SELECT TABLE_NAME, CAST(TABLE_ROWS AS SIGNED), \
    CAST(COALESCE(DATA_LENGTH, 0) + COALESCE(INDEX_LENGTH, 0) AS SIGNED) FROM information_schema.TABLES \
    WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE = 'BASE TABLE'";

/// Who migrates: the connection that has the lock of migrations.
pub(super) const MIGRATING: &str = "SELECT CONCAT('connection ', p.ID, ' of ', p.USER, ' from ', p.HOST, \
    ', ', p.COMMAND, ' for ', p.TIME, ' s') FROM information_schema.PROCESSLIST p WHERE p.ID = \
    IS_USED_LOCK(CONCAT('nuages_migrate_', LEFT(SHA2(DATABASE(), 256), 16)))";

/// Who may hold the metadata lock: with MySQL who does (if its performance schema is on), and with both those who are in
/// a transaction.
pub(super) fn blockers(is_mysql: bool, tables: &[&str]) -> String {
    let words = "CONCAT('connection ', p.ID, ' of ', p.USER, ' from ', p.HOST, ', ', p.COMMAND, ' for ', p.TIME, ' s', \
         COALESCE(CONCAT(': ', LEFT(p.INFO, 80)), ''))";
    let in_transaction = format!(
        "SELECT {words} FROM information_schema.INNODB_TRX t \
         JOIN information_schema.PROCESSLIST p ON p.ID = t.trx_mysql_thread_id \
         WHERE p.ID <> CONNECTION_ID() AND p.DB = DATABASE()"
    );
    if !is_mysql {
        return format!("{in_transaction} ORDER BY t.trx_started LIMIT 5");
    }
    let names: Vec<String> = tables.iter().map(|table| quoted(table)).collect();
    format!(
        "SELECT {words} FROM performance_schema.metadata_locks l \
         JOIN performance_schema.threads h ON h.THREAD_ID = l.OWNER_THREAD_ID \
         JOIN information_schema.PROCESSLIST p ON p.ID = h.PROCESSLIST_ID \
         WHERE l.LOCK_STATUS = 'GRANTED' AND l.OBJECT_SCHEMA = DATABASE() AND l.OBJECT_NAME IN ({}) \
         AND p.ID <> CONNECTION_ID() UNION {in_transaction} LIMIT 5",
        names.join(", ")
    )
}
