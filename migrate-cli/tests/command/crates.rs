//! A workspace of somebody's own: `init`, the hand-over to the crate's command, and a program that is its own command.
//!
//! It is built beside the workspace's own artefacts and with its lock file, so that only the first run takes long.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use nuages::raw;
use nuages_tests::{Area, Given, Outcome, cases};

use crate::place::{Place, Ran};

pub(crate) fn area() -> Area {
    Area::new(
        "crates",
        cases![a_workspace_from_init_to_apply.once().patience(BUILDING)],
    )
}

/// The first run builds the library for this workspace too.
const BUILDING: Duration = Duration::from_secs(900);

const WORKSPACE: &str = r#"[workspace]
resolver = "3"
members = ["accounts", "blog", "service"]

[workspace.dependencies]
nuages = { path = "ROOT/orm" }

[profile.dev]
debug = "line-tables-only"

[profile.dev.package."*"]
debug = false
opt-level = 0

[profile.dev.package.libsqlite3-sys]
opt-level = 2
"#;

const MANIFEST: &str = r#"[package]
name = "NAME"       # a comment
version = "0.1.0"
edition = "2024"

[dependencies]
nuages = { workspace = true }
"#;

const ACCOUNTS: &str = "use nuages::prelude::*;

#[derive(Model, Debug, Clone)]
pub struct User {
    pub id: i64,
    #[field(max_length = 100)]
    pub name: String,
}
";

const BLOG: &str = "use nuages::prelude::*;

#[derive(Model, Debug, Clone)]
pub struct Post {
    pub id: i64,
    #[field(on_delete = CASCADE)]
    pub author: ForeignKey<accounts::User>,
    pub body: String,
}
";

const RENAMED: &str = "#[field(renamed_from = \"body\")]
    pub text: String,
}

#[nuages::data_migration(\"blog.fill\")]
async fn fill(moment: &nuages::migrate::DataMoment<'_>) -> nuages::Result<()> {
    let insert = nuages::raw(\"INSERT INTO accounts_user (name) VALUES ('Ann')\");
    insert.execute(moment.executor()).await.map(drop)
";

const SERVICE: &str = "use nuages::prelude::*;

#[derive(Model, Debug, Clone)]
pub struct Visit {
    pub id: i64,
}

#[tokio::main]
async fn main() {
    migrate_cli::intercept();
    println!(\"serving\");
}
";

async fn a_workspace_from_init_to_apply(given: Given) -> Outcome {
    let place = lay_out(&given.url)?;
    place.fails(
        "makemigrations",
        2,
        &["say which with -p", "accounts, blog, service"],
    );
    place.fails("makemigrations -p blog", 4, &["`migrate init -p blog`"]);
    prepare(&place);

    // Each app's migrations stand in its own package, and nothing but the crate's command prints.
    let made = build(&place, "-p blog makemigrations");
    assert_eq!(
        made.out,
        "Migrations for 'accounts':\n  accounts/migrations/accounts/0001_initial.toml\n    + Create model User\n\
         Migrations for 'blog':\n  blog/migrations/blog/0001_initial.toml\n    + Create model Post\n",
        "{made:#?}"
    );
    assert_eq!(
        place.read("accounts/migrations/heads.toml"),
        "accounts = \"0001_initial\"\n"
    );
    let again = build(&place, "makemigrations --manifest-path blog/Cargo.toml");
    assert_eq!(again.out, "No changes detected\n", "{again:#?}");
    place.ok("apply -p blog");

    a_function_runs_in_the_crate(&place, &given).await?;
    a_crate_that_links_nothing(&place);
    a_program_is_its_own_command(&place);
    Ok(())
}

/// `init`, and again.
fn prepare(place: &Place) {
    place.ok("init -p blog");
    let manifest = place.read("blog/Cargo.toml");
    assert!(
        manifest.contains("name = \"blog\"       # a comment\n"),
        "{manifest}"
    );
    assert!(
        manifest.contains("[package.metadata.nuages]\ntarget = \"blog-migrate\"\n"),
        "{manifest}"
    );
    assert!(
        manifest.contains("[dev-dependencies]\nmigrate-cli = { path = "),
        "{manifest}"
    );
    assert!(
        place
            .read("blog/examples/blog-migrate.rs")
            .contains("use blog as _;")
    );
    assert_eq!(place.read("blog/migrations/heads.toml"), "");
    assert!(
        place
            .ok("init -p blog")
            .starts_with("The package blog is prepared already.\n")
    );
    assert_eq!(place.read("blog/Cargo.toml"), manifest);
}

async fn a_function_runs_in_the_crate(place: &Place, given: &Given) -> Outcome {
    place.write(
        "blog/src/lib.rs",
        &BLOG.replace("pub body: String,\n", RENAMED),
    );
    let made = build(place, "-p blog makemigrations");
    assert!(
        made.out.contains("~ Rename field body on Post to text"),
        "{made:#?}"
    );
    place.ok("-p blog makemigrations --empty blog -n fill");
    let path = "blog/migrations/blog/0003_fill.toml";
    let operation =
        "\n[[operations]]\nop = \"run_rust\"\nforward = \"blog.fill\"\nreverse = \"\"\n";
    place.write(path, &(place.read(path) + operation));
    // Where there is no crate, nobody has the function.
    let [accounts, blog] = ["accounts", "blog"].map(|name| place.path(name).join("migrations"));
    let apply = format!(
        "apply --migrations {} --migrations {}",
        accounts.display(),
        blog.display()
    );
    Place::with(&given.url).fails(&apply, 6, &["`blog.fill` of blog.0003_fill"]);
    let applied = build(place, "-p blog apply");
    assert!(
        applied.out.contains("  Applying blog.0003_fill... OK\n"),
        "{applied:#?}"
    );
    let names = raw("SELECT name FROM accounts_user")
        .rows(&given.db)
        .await?;
    assert_eq!(names[0].get::<String>("name")?, "Ann");
    Ok(())
}

fn a_crate_that_links_nothing(place: &Place) {
    let example = "fn main() -> std::process::ExitCode { migrate_cli::main() }\n";
    place.write("blog/examples/blog-migrate.rs", example);
    let ran = place.run("-p blog makemigrations");
    ran.must(
        4,
        &["no model is linked into this program", "use blog as _;"],
    );
    place.write(
        "blog/examples/blog-migrate.rs",
        &format!("use accounts as _;\n{example}"),
    );
    let ran = place.run("-p blog makemigrations");
    ran.must(
        4,
        &["no model of app `blog` is linked", "--delete-app blog"],
    );
}

fn a_program_is_its_own_command(place: &Place) {
    let said = place.ok("init -p service");
    assert!(said.contains("migrate_cli::intercept();"), "{said}");
    let made = build(place, "-p service makemigrations");
    assert!(
        made.out
            .contains("service/migrations/service/0001_initial.toml"),
        "{made:#?}"
    );
}

/// Writes the workspace anew.
fn lay_out(url: &str) -> Result<Place, std::io::Error> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap_or(Path::new("/"));
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("workspace");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    let place = Place::at(folder, url);
    place.write(
        "Cargo.toml",
        &WORKSPACE.replace("ROOT", &root.display().to_string()),
    );
    for (name, more) in [
        ("accounts", ""),
        ("blog", "accounts = { path = \"../accounts\" }\n"),
        (
            "service",
            "tokio = { version = \"1\", features = [\"macros\", \"rt-multi-thread\"] }\n",
        ),
    ] {
        place.write(
            &format!("{name}/Cargo.toml"),
            &(MANIFEST.replace("NAME", name) + more),
        );
    }
    place.write("accounts/src/lib.rs", ACCOUNTS);
    place.write("blog/src/lib.rs", BLOG);
    place.write("service/src/main.rs", SERVICE);
    fs::copy(root.join("Cargo.lock"), place.path("Cargo.lock"))?;
    Ok(place)
}

/// Runs a command that builds the crate, which must end with 0.
fn build(place: &Place, args: &str) -> Ran {
    let ran = place.run(args);
    assert_eq!(ran.code, 0, "migrate {args}\n{ran:#?}");
    ran
}
