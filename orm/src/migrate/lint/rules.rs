//! The rules that hold on every database.

use crate::sql::{Rule, SchemaEditor, Severity};

/// All rules: those of every database, and those of one.
pub fn rules(editor: &dyn SchemaEditor) -> impl Iterator<Item = &'static Rule> {
    RULES.iter().chain(editor.lint_rules())
}

macro_rules! rules {
    ($($name:ident = $code:literal $severity:ident $words:expr;)*) => {
        $(pub(super) static $name: Rule = Rule::new($code, Severity::$severity, $words);)*
        static RULES: &[Rule] = &[$(Rule::new($code, Severity::$severity, $words)),*];
    };
}

rules! {
    DROP_SCHEMA = "DS101" Error ["a schema is dropped",
        "all of its tables go with it",
        "drop the tables one by one, in a migration that has consent to it"];
    DROP_TABLE = "DS102" Error ["a table is dropped",
        "its rows do not come back, and the release that still runs fails on it",
        "deploy a release that no longer uses it first; then drop it in a migration with `allow = [\"data_loss\"]`, which belongs to `phase = \"contract\"`"];
    DROP_COLUMN = "DS103" Error ["a column is dropped",
        "its values do not come back, and the release that still runs fails on it",
        "deploy a release that no longer uses it first; then drop it in a migration with `allow = [\"data_loss\"]`, which belongs to `phase = \"contract\"`"];
    DROP_ALL = "DS104" Error ["a database is dropped, or a table emptied",
        "the rows do not come back, nothing asks for consent, and no trigger sees them go",
        "delete the rows that are meant, in batches"];
    CASCADE = "DS105" Error ["something is dropped with CASCADE",
        "views, foreign keys and whatever else depends on it go without a word",
        "leave CASCADE out, and drop what depends on it by name"];
    RENAME_TABLE = "BC101" Error ["a table is renamed",
        "the release that still runs knows the old name only",
        "keep the name with the option `table`, or make a view with the old name in the same migration and drop it in the release after"];
    RENAME_COLUMN = "BC102" Error ["a column is renamed",
        "the release that still runs knows the old name only",
        "keep the name with the option `column`; or add the new one, write both, copy, and drop the old one a release later"];
    ADD_REQUIRED = "BC103" Error ["a column comes NOT NULL and without a default",
        "it fails where there are rows, and what the release that still runs inserts fails afterwards",
        "give it a default, or let it be NULL until it is filled"];
    NO_DEFAULT = "BC104" Warning ["a column ends NOT NULL and without a default in the database",
        "what the release that still runs inserts does not name it, and fails",
        "give it a `db_default`, or let it be NULL for one release"];
    TYPE_CHANGE = "BC105" Warning ["a column means something else to those who read it",
        "the release that still runs reads and writes what it was",
        "add a column of the new kind, copy, and drop the old one a release later"];
    DEFAULT_CHANGE = "BC106" Info ["the default of a column in the database changes",
        "until the release that still runs is gone, new rows have either of the two",
        "wait with whatever relies on the new one"];
    DROP_REFERENCE = "CD101" Warning ["a foreign key goes, and its column stays",
        "from now on nothing keeps the column from referring to rows that do not exist",
        "drop the column as well, if nobody needs it"];
    DUPLICATES = "MF101" Warning ["what must be unique from now on may be there twice",
        "it fails where it is",
        "look for duplicates and mend them in a migration before this one"];
    INDEX_BECOMES_UNIQUE = "MF102" Warning ["an index that was not becomes unique",
        "it fails where a value is there twice",
        "look for duplicates and mend them in a migration before this one"];
    NULLS = "MF104" Warning ["a column becomes NOT NULL",
        "it fails where a row has NULL, and so does whatever still writes NULL afterwards",
        "fill the rows first, and write no NULL for a release"];
    ROWS_DO_NOT_FIT = "MF105" Warning ["rows may not fit what is asked of them from now on",
        "it fails where one does not",
        "look for such rows and mend them in a migration before this one"];
    TABLE_NAME = "NM101" Warning ["the name of a table is not as agreed", NAMES, RENAME];
    COLUMN_NAME = "NM102" Warning ["the name of a column is not as agreed", NAMES, RENAME];
    INDEX_NAME = "NM103" Warning ["the name of an index is not as agreed", NAMES, RENAME];
    REFERENCE_NAME = "NM104" Warning ["the name of a foreign key is not as agreed", NAMES, RENAME];
    CHECK_NAME = "NM105" Warning ["the name of a check is not as agreed", NAMES, RENAME];
    UNIQUE_NAME = "NM106" Warning ["the name of a unique constraint is not as agreed", NAMES, RENAME];
    TRANSACTION = "TX101" Error ["a transaction is begun or ended by hand",
        "it ends the transaction in which the migration and its line in the history stand together",
        "leave it out; say `atomic = false` in the file where each step is to stand by itself"];
    WHOLE_TABLE = "DM102" Warning ["all rows of a table are written at once",
        "each stays locked until the last is done, and the old ones are kept meanwhile",
        "write a function that goes in batches (`run_rust`), or say in WHERE which rows need it"];
    ONE_WAY = "ST101" Info ["an operation cannot be taken back",
        "`migrate apply` stops before it on its way backwards",
        "say what takes it back: `reverse_sql`, `reverse`; an empty text where nothing has to be done"];
    SAME_DEFAULT = "ST102" Error ["a unique column gets the same value in every row",
        "it fails as soon as there are two rows",
        "add it without `unique` and let it be NULL, fill it row by row, and make it unique after that"];
    UNUSED = "LN101" Warning ["`lint_allow` has an entry that nothing is found for",
        "it hides what may come later",
        "take the entry out"];
    NO_SUCH_RULE = "LN102" Warning ["`lint_allow` has an entry for a rule that does not exist",
        "it allows nothing",
        "look for the code in the list of rules"];
    UNREADABLE = "LN103" Warning ["SQL that was written by hand cannot be read",
        "no rule has looked at it",
        "read it yourself, and say so with `lint_allow`"];
    UNSUPPORTED = "LN104" Error ["a database cannot do it",
        "the migration stops there",
        "say it otherwise, or do not promise that database"];
    MISSING = "LN105" Error ["a table is not there",
        "the migrations that are applied have made it, and somebody has taken it away",
        "see with `migrate drift` what else differs, and bring it back"];
}

const NAMES: &str = "whoever looks for it by that pattern does not find it";
const RENAME: &str = "name it as agreed, or change the pattern in migrate.toml";
