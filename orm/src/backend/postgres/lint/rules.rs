//! PostgreSQL's rules, by their codes.

use crate::sql::{Rule, Severity};

const INFO: Severity = Severity::Info;
const WARNING: Severity = Severity::Warning;
const ERROR: Severity = Severity::Error;
const OFF: Severity = Severity::Off;

const ONLINE: &str =
    "leave it to the migration without `atomic = true`, which goes about it in small steps";

pub(in crate::backend::postgres) static RULES: &[Rule] = &[
    DATA_UNDER_LOCK,
    INDEX,
    INDEX_DROPPED,
    CONCURRENTLY,
    CORRUPT_INDEXES,
    INVALID_STAYS,
    UNIQUE,
    PRIMARY_KEY,
    FOREIGN_KEY,
    CHECK,
    VALIDATE,
    EXCLUSION,
    FOREIGN_KEY_DROPPED,
    NOT_NULL,
    VOLATILE,
    STORED,
    IDENTITY,
    RETYPED,
    RETYPED_AND_NOT_NULL,
    STYLE,
    LONG_NAME,
    ENUM,
    NO_LIMIT,
    NOT_AGAIN,
    UNQUALIFIED,
    MAINTENANCE,
    DOMAIN,
    SCHEMA_RENAMED,
    UNINDEXED,
    DEFERRABLE,
];

pub(in crate::backend::postgres) const DATA_UNDER_LOCK: Rule = Rule::new(
    "DM101",
    WARNING,
    [
        "rows are written while a table is locked",
        "the lock of a change of structure lasts until the transaction ends, and everybody waits for the rows as well",
        "write the rows in a migration of their own",
    ],
);
pub(in crate::backend::postgres) const INDEX: Rule = Rule::new(
    "PG101",
    ERROR,
    [
        "an index is built while nobody can write",
        "SHARE is held for as long as the building takes",
        ONLINE,
    ],
);
pub(in crate::backend::postgres) const INDEX_DROPPED: Rule = Rule::new(
    "PG102",
    WARNING,
    [
        "an index is dropped under ACCESS EXCLUSIVE",
        "everybody waits behind it while it waits for those who are reading",
        ONLINE,
    ],
);
pub(in crate::backend::postgres) const CONCURRENTLY: Rule = Rule::new(
    "PG103",
    ERROR,
    [
        "a statement stands in a transaction that none takes",
        "the server refuses it",
        "give it a `run_sql` of its own, in a file that says `atomic = false`",
    ],
);
pub(in crate::backend::postgres) const CORRUPT_INDEXES: Rule = Rule::new(
    "PG104",
    ERROR,
    [
        "an index is built concurrently by a version that corrupts indexes",
        "PostgreSQL 14.0 to 14.3 may leave rows out of it",
        "update the server to 14.4 or later first",
    ],
);
pub(in crate::backend::postgres) const INVALID_STAYS: Rule = Rule::new(
    "PG105",
    ERROR,
    [
        "an index is built CONCURRENTLY IF NOT EXISTS",
        "a failed attempt leaves an invalid index, which counts as existing: the second attempt says nothing and leaves it",
        "leave IF NOT EXISTS out, or use the operation `add_index`, which repairs it",
    ],
);
pub(in crate::backend::postgres) const UNIQUE: Rule = Rule::new(
    "PG201",
    ERROR,
    [
        "a unique constraint builds its index under ACCESS EXCLUSIVE",
        "nobody can read or write for as long as that takes",
        "build the unique index CONCURRENTLY, and add the constraint USING INDEX; without `atomic = true` the migration does that by itself",
    ],
);
pub(in crate::backend::postgres) const PRIMARY_KEY: Rule = Rule::new(
    "PG202",
    ERROR,
    [
        "a primary key builds its index under ACCESS EXCLUSIVE",
        "nobody can read or write for as long as that takes",
        "build a unique index CONCURRENTLY over columns that are NOT NULL, and add the key USING INDEX",
    ],
);
pub(in crate::backend::postgres) const FOREIGN_KEY: Rule = Rule::new(
    "PG203",
    ERROR,
    [
        "a foreign key looks at all rows while nobody can write to either table",
        "SHARE ROW EXCLUSIVE is held on both for as long as that takes",
        "add it NOT VALID, and validate it in a transaction of its own; without `atomic = true` the migration does that by itself",
    ],
);
pub(in crate::backend::postgres) const CHECK: Rule = Rule::new(
    "PG204",
    ERROR,
    [
        "a check looks at all rows under ACCESS EXCLUSIVE",
        "nobody can read or write for as long as that takes",
        "add it NOT VALID, and validate it in a transaction of its own; without `atomic = true` the migration does that by itself",
    ],
);
pub(in crate::backend::postgres) const VALIDATE: Rule = Rule::new(
    "PG205",
    ERROR,
    [
        "a constraint is validated in the transaction that has locked the table",
        "the lock lasts for as long as all rows are looked at, which is what NOT VALID was to avoid",
        "validate it in a transaction of its own: another migration, or this one without `atomic = true`",
    ],
);
pub(in crate::backend::postgres) const EXCLUSION: Rule = Rule::new(
    "PG206",
    WARNING,
    [
        "an exclusion constraint builds its index under ACCESS EXCLUSIVE",
        "nobody can read or write meanwhile, and PostgreSQL knows no gentler way",
        "do it while nobody needs the table",
    ],
);
pub(in crate::backend::postgres) const FOREIGN_KEY_DROPPED: Rule = Rule::new(
    "PG207",
    INFO,
    [
        "dropping a foreign key locks both tables",
        "ACCESS EXCLUSIVE is taken on the table that is referred to as well",
        "see that no long transaction uses either",
    ],
);
pub(in crate::backend::postgres) const NOT_NULL: Rule = Rule::new(
    "PG301",
    ERROR,
    [
        "NOT NULL looks at all rows under ACCESS EXCLUSIVE",
        "nobody can read or write for as long as that takes",
        "let a validated check say it first; without `atomic = true` the migration does that by itself",
    ],
);
pub(in crate::backend::postgres) const VOLATILE: Rule = Rule::new(
    "PG302",
    ERROR,
    [
        "a new column has another value in each row",
        "the whole table is written anew under ACCESS EXCLUSIVE",
        "add it without the default, set the default after that, and fill the rows in batches",
    ],
);
pub(in crate::backend::postgres) const STORED: Rule = Rule::new(
    "PG303",
    ERROR,
    [
        "a stored generated column is added",
        "the whole table is written anew under ACCESS EXCLUSIVE",
        "add a plain column, keep it up to date by a trigger, and fill the rows in batches",
    ],
);
pub(in crate::backend::postgres) const IDENTITY: Rule = Rule::new(
    "PG304",
    ERROR,
    [
        "a column that numbers rows is added",
        "the whole table is written anew under ACCESS EXCLUSIVE",
        "do it while nobody needs the table, or copy into a new one",
    ],
);
pub(in crate::backend::postgres) const RETYPED: Rule = Rule::new(
    "PG305",
    ERROR,
    [
        "a change of type writes the whole table anew",
        "that happens under ACCESS EXCLUSIVE, and indexes are built again",
        "add a column of the new type, write both, fill it in batches, and drop the old one a release later",
    ],
);
pub(in crate::backend::postgres) const RETYPED_AND_NOT_NULL: Rule = Rule::new(
    "PG307",
    WARNING,
    [
        "a column changes its type and becomes NOT NULL at once",
        "all rows are looked at again under the lock of the change",
        "change the type first, and make it NOT NULL in a migration after that",
    ],
);
pub(in crate::backend::postgres) const STYLE: Rule = Rule::new(
    "PG401",
    OFF,
    [
        "a type that PostgreSQL has a better one for",
        "it has surprises in store",
        "use timestamptz, text, bigint, jsonb and GENERATED … AS IDENTITY",
    ],
);
pub(in crate::backend::postgres) const LONG_NAME: Rule = Rule::new(
    "PG402",
    ERROR,
    [
        "a name is longer than 63 bytes",
        "PostgreSQL cuts it in silence, and two names may become one",
        "choose a shorter one",
    ],
);
pub(in crate::backend::postgres) const ENUM: Rule = Rule::new(
    "PG403",
    WARNING,
    [
        "the values of an enumerated type change",
        "a new value cannot be used in the transaction that adds it, stands last unless its place is said, and an old name is gone for those who still use it",
        "say BEFORE or AFTER, in a file with `atomic = false`",
    ],
);
pub(in crate::backend::postgres) const NO_LIMIT: Rule = Rule::new(
    "PG404",
    WARNING,
    [
        "a statement waits for a table for ever",
        "while it waits, everybody waits behind it",
        "set `table_lock_timeout` in migrate.toml to some seconds",
    ],
);
pub(in crate::backend::postgres) const NOT_AGAIN: Rule = Rule::new(
    "PG405",
    INFO,
    [
        "a statement outside of a transaction cannot be run twice",
        "where the program is killed right after it, the next run fails at it",
        "say IF EXISTS or IF NOT EXISTS, except with CONCURRENTLY",
    ],
);
pub(in crate::backend::postgres) const UNQUALIFIED: Rule = Rule::new(
    "PG406",
    OFF,
    [
        "a table is named without its schema",
        "which one is meant depends on search_path",
        "write the schema before the name",
    ],
);
pub(in crate::backend::postgres) const MAINTENANCE: Rule = Rule::new(
    "PG407",
    ERROR,
    [
        "a table is locked while it is put in order",
        "nobody can use it for as long as that takes",
        "say CONCURRENTLY where there is such a word, in a file with `atomic = false`; else use a tool that copies beside the traffic",
    ],
);
pub(in crate::backend::postgres) const DOMAIN: Rule = Rule::new(
    "PG408",
    WARNING,
    [
        "a domain gets a constraint",
        "all rows of all tables that use it are looked at while they are locked",
        "add it NOT VALID, or use a check on the column",
    ],
);
pub(in crate::backend::postgres) const SCHEMA_RENAMED: Rule = Rule::new(
    "PG409",
    ERROR,
    [
        "a schema is renamed",
        "the release that still runs finds none of its tables",
        "make a new schema, and move to it table by table",
    ],
);
pub(in crate::backend::postgres) const UNINDEXED: Rule = Rule::new(
    "PG410",
    WARNING,
    [
        "a foreign key has no index",
        "each deleted or renumbered row of the other table makes the server read all of this one",
        "leave `index = false` out, or add an index that begins with the column",
    ],
);
pub(in crate::backend::postgres) const DEFERRABLE: Rule = Rule::new(
    "PG412",
    INFO,
    [
        "a unique constraint is deferrable",
        "ON CONFLICT fails on its columns: no upsert can name them",
        "leave `deferrable` out where rows are upserted",
    ],
);
