//! The arguments of the command, with Django's names where Django has the command.

mod fixture;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use fixture::{DumpArgs, LoadArgs, ShellArgs};

const AFTER_HELP: &str = "\
A first migration:
  migrate init                          once per crate: the target that sees its models
  migrate makemigrations                writes what changed in the models into migrations/
  migrate apply                         brings the database up to date
  migrate showmigrations                what is applied

Settings, the first of these that is there: the flag, the environment, .env, migrate.toml.
  --database-url   DATABASE_URL          database_url = \"postgres://user@host/name\"
  --migrations     MIGRATE_PATHS         paths = [\"migrations\", \"../accounts/migrations\"]
  --lock-timeout   MIGRATE_LOCK_TIMEOUT  lock_timeout = 60
                   (how long a statement may wait for a table, in seconds, 0: for ever, and how
                   often it is tried again)  table_lock_timeout = 5, table_lock_retries = 12
                   (tables that may be copied without consent, in rows)  copy_limit = 100000
                   (rows filled at once, and the pause in ms)  batch_size = 5000, batch_pause = 10
  NO_COLOR set: no colours.

Exit codes: 0 done; 1 error, or --check found work; 2 usage; 3 questions to answer; 4 conflict,
inconsistent history or nothing linked; 5 the lock was not had; 6 refused.";

/// Migrations that write themselves.
///
/// Makes migrations out of what changed in the models, and applies them to SQLite, PostgreSQL, MySQL and MariaDB.
#[derive(Debug, Parser)]
#[command(name = "migrate", bin_name = "migrate", version, after_help = AFTER_HELP, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command understands.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Everywhere")]
pub(crate) struct Global {
    /// The package with the models, where a workspace has several
    #[arg(short, long, global = true, value_name = "NAME")]
    pub(crate) package: Option<String>,
    /// The Cargo.toml of the package or workspace
    #[arg(long, global = true, value_name = "PATH")]
    pub(crate) manifest_path: Option<PathBuf>,
    /// Cargo features to build the models with
    #[arg(long, global = true, value_name = "FEATURES")]
    pub(crate) features: Vec<String>,
    /// A folder of migrations, instead of those of the packages; may be given several times
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) migrations: Vec<PathBuf>,
    /// The database: sqlite://blog.db, postgres://user@host/name, mysql://user@host/name
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) database_url: Option<String>,
    /// How many seconds to wait while another program migrates
    #[arg(long, global = true, value_name = "SECONDS")]
    pub(crate) lock_timeout: Option<u64>,
    /// How to print what is listed
    #[arg(long, global = true, value_name = "FORMAT")]
    pub(crate) format: Option<Format>,
    /// Never ask: open questions end the command with exit code 3
    #[arg(long, visible_alias = "noinput", global = true)]
    pub(crate) no_input: bool,
}

/// How to print what is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
    /// What is drawn, for Graphviz.
    Dot,
    /// What is drawn, for Mermaid.
    Mermaid,
    /// What is drawn, as a picture.
    Svg,
    /// What lint finds, as annotations of a change on GitHub.
    Github,
    /// What lint finds, for whatever reads SARIF.
    Sarif,
}

impl Global {
    pub(crate) fn is_json(&self) -> bool {
        self.format == Some(Format::Json)
    }

    /// Whether the format is one of what lint finds.
    pub(crate) fn is_annotation(&self) -> bool {
        matches!(self.format, Some(Format::Github | Format::Sarif))
    }

    /// Whether the format is one of drawings.
    pub(crate) fn is_drawing(&self) -> bool {
        matches!(
            self.format,
            Some(Format::Dot | Format::Mermaid | Format::Svg)
        )
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Prepares a crate: writes the target that sees its models, and starts its migrations
    #[command(after_help = "\
Writes examples/<package>-migrate.rs, records it under [package.metadata.nuages] in Cargo.toml, adds
migrate-cli to the dev-dependencies and starts migrations/heads.toml. What is there already stays.

Examples:
  migrate init
  migrate init -p blog --features postgres")]
    Init,
    /// Writes migrations for what changed in the models
    #[command(after_help = "\
Examples:
  migrate makemigrations                                  all apps
  migrate makemigrations blog --name slugs                one app, with a name of one's own
  migrate makemigrations --rename blog.Post.body=text     the field was renamed
  migrate makemigrations --rename blog.Post.body=         it was not: one field went, another came
  migrate makemigrations --default blog.Post.status='\"draft\"'   what the rows that exist get
  migrate makemigrations --empty blog --name fill_slugs   an empty one, for run_sql or run_rust
  migrate makemigrations --update                         into the newest migration, while nobody has applied it
  migrate makemigrations --merge                          joins two branches of migrations
  migrate makemigrations --check                          in CI: exit code 1 if one is missing

--merge joins branches whose operations have nothing to do with each other. Where two of them touch the same
thing it shows them and asks; without a terminal it ends with exit code 4.")]
    Makemigrations(MakeArgs),
    /// Brings a database to a state: the newest, a named one, or none
    #[command(
        visible_alias = "migrate",
        after_help = "\
Examples:
  migrate apply                       everything
  migrate apply blog                  one app, and what it depends on
  migrate apply blog 0002             to this migration, forwards or backwards
  migrate apply blog zero             takes back everything of the app
  migrate apply --plan                what would be done
  migrate apply --check               exit code 1 if something is to be done
  migrate apply --fake-initial        takes tables that are there for those of the first migrations"
    )]
    Apply(ApplyArgs),
    /// Shows which migrations there are, and which are applied
    #[command(after_help = "\
Examples:
  migrate showmigrations
  migrate showmigrations blog
  migrate showmigrations --plan --format json")]
    Showmigrations(ShowArgs),
    /// Prints the SQL of a migration
    #[command(after_help = "\
Without --database the SQL is that of the database that is set, which is asked for its version.

Examples:
  migrate sqlmigrate blog 0001 --database postgres
  migrate sqlmigrate blog 0002 --backwards")]
    Sqlmigrate(SqlArgs),
    /// Puts one migration in the place of many
    #[command(after_help = "\
Databases that have applied the old migrations, or some of them, keep to these; new ones apply the squash. The
old files stay until every database has applied them: then --finish removes them. Operations cancel out where
they can; SQL and Rust stay, unless the file says `elidable = true` of them. Before anything is written it is
checked that old and new lead to the same state.

Examples:
  migrate squashmigrations blog                  all of an app
  migrate squashmigrations blog 0004             up to this migration
  migrate squashmigrations blog 0002 0004        from the one to the other
  migrate squashmigrations --all                 every app, those that depend on each other in a circle together
  migrate squashmigrations blog --finish         removes the files that a squash has replaced")]
    Squashmigrations(SquashArgs),
    /// Makes the operations of a migration as few as they can be
    #[command(after_help = "\
Exit code 1 with --check, if the migration could be shorter. Where it is applied already, say
`migrate apply --accept-changed` there afterwards.

Examples:
  migrate optimizemigration blog 0003
  migrate optimizemigration blog 0003 --check")]
    Optimizemigration(OptimizeArgs),
    /// Prints the migrations that lead from one state to another; needs no models and no database
    #[command(after_help = "\
The states are JSON, as `migrate state --format json` prints them; `-` reads the standard input.

Examples:
  migrate diff --from old.json --to new.json --format json
  migrate diff --from old.json --to new.json --answers answers.json --graph graph.json")]
    Diff(DiffArgs),
    /// Writes models for the tables of a database that is there
    #[command(after_help = "\
The models are compared with the tables as `migrate drift` does it. A table that its model would make otherwise is
written as `managed = false`, with what differs above it: it can be read and written, and migrations leave it alone.

Examples:
  migrate inspectdb --app shop > src/models.rs
  migrate inspectdb --app shop customer order
  migrate inspectdb --include-views

Then, to take the database over:
  migrate makemigrations
  migrate apply --fake-initial
  migrate drift")]
    Inspectdb(InspectArgs),
    /// Looks for what differs between models, migrations and a live database
    #[command(after_help = "\
What should be there is made on the same server, in a place that is thrown away (a transaction on PostgreSQL, a
database in memory for SQLite, a database nuages_scratch_… on MySQL and MariaDB), and both are read from the
catalogue. Nothing is changed. Exit code 1 if something differs.

Examples:
  migrate drift
  migrate drift --ignore 'django_*' --ignore auth_user
  migrate drift --sql > back.sql         the statements that bring the database back
  migrate drift --format json")]
    Drift(DriftArgs),
    /// Gathers the migrations of all crates in one folder, for an image
    #[command(after_help = "\
The folder serves `migrate apply --migrations DIR` where there are neither sources nor a Rust toolchain. What an
earlier call left there and is gone by now is removed.

Examples:
  migrate collect --out image/migrations")]
    Collect(CollectArgs),
    /// Draws the migrations and what they depend on
    #[command(after_help = "\
Examples:
  migrate graph | dot -Tpng > graph.png
  migrate graph blog --format svg --out graph.svg
  migrate graph --operations --format mermaid")]
    Graph(GraphArgs),
    /// Draws the models and their relations
    #[command(after_help = "\
Examples:
  migrate erd --format svg --out models.svg
  migrate erd blog accounts --format mermaid
  migrate erd --from files | dot -Tpdf > models.pdf")]
    Erd(ErdArgs),
    /// Prints the state of the models, or that which the migrations lead to
    #[command(after_help = "\
Examples:
  migrate state
  migrate state --format json > state.json
  migrate state --from files --format json")]
    State(StateArgs),
    /// Prints rows of models as JSON, in Django's form of fixtures
    #[command(after_help = "\
The models are those of the applied migrations; no program with models is needed. All rows are of one moment.

Examples:
  migrate dumpdata --indent 2 > everything.json
  migrate dumpdata blog accounts.User --output blog.json
  migrate dumpdata --exclude blog.Visit")]
    Dumpdata(DumpArgs),
    /// Writes the rows of fixtures into the database: new ones, and changes to those whose key is there
    #[command(after_help = "\
A fixture is written whole or not at all. The rows may come in any order.

Examples:
  migrate loaddata blog.json
  migrate dumpdata --database-url sqlite://old.db | migrate loaddata - --database-url postgres://localhost/new")]
    Loaddata(LoadArgs),
    /// Removes every row of every model; the tables and the history of migrations stay
    #[command(after_help = "\
Examples:
  migrate flush
  migrate flush --no-input")]
    Flush,
    /// Starts the database's own client (sqlite3, psql, mariadb or mysql)
    #[command(after_help = "\
Examples:
  migrate dbshell
  migrate dbshell -- -c 'SELECT count(*) FROM blog_post'")]
    Dbshell(ShellArgs),
    /// Applies all migrations, takes them back and applies them again, on a database that is made for this
    #[command(after_help = "\
Nothing that exists is touched: the database is one in memory for SQLite (also where none is set), else one of its own
on the server, which is dropped in the end. After each leg the catalogue is compared with what the files say. Meant for CI.

Exit code 1 if something is wrong.

Examples:
  migrate verify
  migrate verify --database-url postgres://postgres@localhost/blog
  migrate verify --reversible --format json")]
    Verify(VerifyArgs),
    /// Looks for migrations that lose data, break the release that still runs, or keep others waiting
    #[command(after_help = "\
Looks at the statements that would really run. With a database it looks at what is not applied there, and knows its
version, which tables are there, how large they are, and how many rows are in the way; else it looks at all files.
A finding is allowed in the file: lint_allow = [{ code = \"DS103\", on = \"blog_post.body\", reason = \"…\" }]
Exit code 1 if something is found that matters as much as --fail-on says.

Examples:
  migrate lint
  migrate lint --database postgres:15 --database sqlite     no database, these kinds of it
  migrate lint blog --since origin/main --format github     what a branch has added
  migrate lint --since blog.0041 --severity DS103=off
  migrate lint --fix
  migrate lint --rules                                      the list of what is looked for

In migrate.toml:
  [lint]
  databases = [\"postgres:15\"]
  fail_on = \"warning\"
  large_table = 1000000
  severity = { PG4 = \"off\", ST101 = \"error\" }
  names = { index = \"_idx$\" }")]
    Lint(LintArgs),
    /// Looks for what is wrong with models and migrations; needs no database
    #[command(after_help = "\
Exit code 1 if something is wrong.

Examples:
  migrate check
  migrate check --format json")]
    Check(CheckArgs),
}

#[derive(Debug, Clone, Args)]
pub(crate) struct MakeArgs {
    /// The apps to write migrations for; all, if none is named
    #[arg(value_name = "APP")]
    pub(crate) apps: Vec<String>,
    /// Prints what would be written, and writes nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Writes nothing; exit code 1 if migrations are missing
    #[arg(long)]
    pub(crate) check: bool,
    /// Writes an empty migration, to be filled by hand
    #[arg(long, requires = "apps", conflicts_with = "merge")]
    pub(crate) empty: bool,
    /// Joins two branches of migrations, and mends heads.toml after a merge of version control
    #[arg(long)]
    pub(crate) merge: bool,
    /// Writes the changes into the newest migration of their app, which must not be applied yet
    #[arg(long, conflicts_with_all = ["merge", "empty"])]
    pub(crate) update: bool,
    /// Divides what breaks code in two: migrations for before the new code runs, and for after the old code is gone
    #[arg(long, conflicts_with_all = ["merge", "empty", "update"])]
    pub(crate) phased: bool,
    /// Prints nothing but the paths of the files that were written; what is said besides goes to the standard error
    #[arg(long)]
    pub(crate) scriptable: bool,
    /// The name of the migrations, after their number
    #[arg(short, long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// Agrees that the migrations drop data; it is written into their files
    #[arg(long)]
    pub(crate) allow_data_loss: bool,
    /// Something was renamed: app.Model.old=new, app.Old=New; or it was not: app.Model.old=
    #[arg(long, value_name = "OLD=NEW")]
    pub(crate) rename: Vec<String>,
    /// What the rows that exist get in a field, in JSON; null: nothing
    #[arg(long, value_name = "FIELD=VALUE")]
    pub(crate) default: Vec<String>,
    /// The app has migrations and no models any more: write the migration that drops its tables
    #[arg(long, value_name = "APP")]
    pub(crate) delete_app: Vec<String>,
    /// Prints the files as well
    #[arg(short, long)]
    pub(crate) verbose: bool,
    #[command(flatten)]
    pub(crate) models: ModelsArgs,
}

/// Where the models are taken from.
#[derive(Debug, Clone, Args)]
pub(crate) struct ModelsArgs {
    /// Takes the models from a file that `migrate state --format json` wrote, not from the program
    #[arg(long = "models", value_name = "STATE.json")]
    pub(crate) file: Option<PathBuf>,
}

/// A phase of a deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum PhaseArg {
    /// Before the new code runs
    Expand,
    /// Once the old code is gone
    Contract,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct ApplyArgs {
    /// Only this app, and what it depends on
    pub(crate) app: Option<String>,
    /// To this migration (as much of its name as tells it from others), or `zero`
    #[arg(requires = "app")]
    pub(crate) migration: Option<String>,
    /// Only what belongs to this phase: expand before the new code runs, contract once the old code is gone
    #[arg(long, value_enum, value_name = "PHASE", conflicts_with = "migration")]
    pub(crate) phase: Option<PhaseArg>,
    /// The pause after each batch of rows that is filled, in milliseconds
    #[arg(long, value_name = "MS")]
    pub(crate) throttle: Option<u64>,
    /// How many rows are filled at once, whatever the files say
    #[arg(long, value_name = "ROWS")]
    pub(crate) batch_size: Option<u32>,
    /// Shows what would be done, and does nothing
    #[arg(long)]
    pub(crate) plan: bool,
    /// Notes migrations as applied without running them
    #[arg(long)]
    pub(crate) fake: bool,
    /// Notes first migrations as applied where their tables are there already
    #[arg(long)]
    pub(crate) fake_initial: bool,
    /// Does nothing; exit code 1 if something is to be done
    #[arg(long)]
    pub(crate) check: bool,
    /// Agrees that going backwards drops data
    #[arg(long)]
    pub(crate) allow_data_loss: bool,
    /// Takes files that were changed after they were applied as they are now, and runs nothing of them
    #[arg(long)]
    pub(crate) accept_changed: bool,
    /// Agrees that MySQL or MariaDB copies large tables while nobody can write to them
    #[arg(long)]
    pub(crate) allow_table_copy: bool,
    /// Does not look first for rows that would be in the way
    #[arg(long)]
    pub(crate) no_data_checks: bool,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct ShowArgs {
    /// Only these apps
    #[arg(value_name = "APP")]
    pub(crate) apps: Vec<String>,
    /// By app (this is the default)
    #[arg(short, long, conflicts_with = "plan")]
    pub(crate) list: bool,
    /// In the order in which they are applied
    #[arg(long)]
    pub(crate) plan: bool,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct SqlArgs {
    /// The app
    pub(crate) app: String,
    /// The migration, or as much of its name as tells it from others
    pub(crate) migration: String,
    /// The SQL that takes it back
    #[arg(long)]
    pub(crate) backwards: bool,
    /// The SQL of a kind of database, without one: sqlite, postgres, mysql or mariadb
    #[arg(long, value_name = "KIND")]
    pub(crate) database: Option<String>,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct SquashArgs {
    /// The app
    #[arg(required_unless_present = "all")]
    pub(crate) app: Option<String>,
    /// The first migration, if not that of the app, and the last one; as much of each name as tells it from others
    #[arg(value_name = "MIGRATION", num_args = 0..=2, requires = "app")]
    pub(crate) names: Vec<String>,
    /// All apps
    #[arg(long, conflicts_with_all = ["app", "squashed_name"])]
    pub(crate) all: bool,
    /// Leaves the operations as they are
    #[arg(long)]
    pub(crate) no_optimize: bool,
    /// The name of the squash, after its number
    #[arg(long, value_name = "NAME")]
    pub(crate) squashed_name: Option<String>,
    /// Prints what would be written, and writes nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Removes the files that squashes have replaced; nothing depends on them any more
    #[arg(long, conflicts_with_all = ["names", "no_optimize", "squashed_name"])]
    pub(crate) finish: bool,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct OptimizeArgs {
    /// The app
    pub(crate) app: String,
    /// The migration, or as much of its name as tells it from others
    pub(crate) migration: String,
    /// Writes nothing; exit code 1 if it could be shorter
    #[arg(long)]
    pub(crate) check: bool,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct DiffArgs {
    /// The state before
    #[arg(long, value_name = "STATE.json")]
    pub(crate) from: PathBuf,
    /// The state after
    #[arg(long, value_name = "STATE.json")]
    pub(crate) to: PathBuf,
    /// Answers to the questions that the states leave open
    #[arg(long, value_name = "FILE")]
    pub(crate) answers: Option<PathBuf>,
    /// The migrations that exist already
    #[arg(long, value_name = "FILE")]
    pub(crate) graph: Option<PathBuf>,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct InspectArgs {
    /// Only these tables and views
    #[arg(value_name = "TABLE")]
    pub(crate) tables: Vec<String>,
    /// The app of the models
    #[arg(long, value_name = "APP", default_value = "app")]
    pub(crate) app: String,
    /// Writes models for views too, which no migration manages
    #[arg(long)]
    pub(crate) include_views: bool,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct DriftArgs {
    /// Tables that are somebody else's; `*` stands for anything
    #[arg(long, value_name = "TABLE")]
    pub(crate) ignore: Vec<String>,
    /// Prints nothing but the SQL that brings the database back to what the migrations say
    #[arg(long)]
    pub(crate) sql: bool,
    #[command(flatten)]
    pub(crate) models: ModelsArgs,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct CollectArgs {
    /// The folder to write into; empty, or one of an earlier call
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct GraphArgs {
    /// Only these apps
    #[arg(value_name = "APP")]
    pub(crate) apps: Vec<String>,
    /// Shows the operations as well
    #[arg(long)]
    pub(crate) operations: bool,
    /// The file to write, in the place of the standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct ErdArgs {
    /// Only these apps
    #[arg(value_name = "APP")]
    pub(crate) apps: Vec<String>,
    /// Of what
    #[arg(long, value_enum, default_value = "models")]
    pub(crate) from: Source,
    /// The file to write, in the place of the standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) models: ModelsArgs,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct StateArgs {
    /// Of what
    #[arg(long, value_enum, default_value = "models")]
    pub(crate) from: Source,
    #[command(flatten)]
    pub(crate) models: ModelsArgs,
}

/// What a state is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Source {
    /// The models of the program.
    Models,
    /// The migration files.
    Files,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct VerifyArgs {
    /// A migration that cannot be taken back is wrong too
    #[arg(long)]
    pub(crate) reversible: bool,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct LintArgs {
    /// Only these apps
    #[arg(value_name = "APP")]
    pub(crate) apps: Vec<String>,
    /// All migrations, applied or not
    #[arg(long, conflicts_with = "since")]
    pub(crate) all: bool,
    /// Only what is new since a migration (app.name) or a commit of Git
    #[arg(long, value_name = "REF")]
    pub(crate) since: Option<String>,
    /// A kind of database, with its version if that matters (postgres:15.2), in the place of the one that is set
    #[arg(long, value_name = "KIND")]
    pub(crate) database: Vec<String>,
    /// How much a rule matters, or all whose codes begin so: off, info, warning or error
    #[arg(long, value_name = "CODE=SEVERITY")]
    pub(crate) severity: Vec<String>,
    /// From which severity on a finding makes the command fail; error, if nothing is said
    #[arg(long, value_name = "SEVERITY")]
    pub(crate) fail_on: Option<String>,
    /// Mends in the files what a machine can mend
    #[arg(long)]
    pub(crate) fix: bool,
    /// Lists the rules, and looks at nothing
    #[arg(long)]
    pub(crate) rules: bool,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    pub(crate) models: ModelsArgs,
}
