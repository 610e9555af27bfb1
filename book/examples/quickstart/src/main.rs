//! Reads a workspace's packages into a database, and asks about them.

mod screen;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anstream::{eprintln, println};
use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};
use nuages::migrate::{Goal, Migrator};
use nuages::prelude::*;
use quickstart::cargo::Workspace;
use quickstart::models::{Dependency, Package, Reading, Target};
use quickstart::{MIGRATIONS, cargo, listing, load, questions};

use crate::screen::{BAD, FAINT, STRONG, Screen, thousands, watched};

type Result<T, E = Box<dyn std::error::Error>> = std::result::Result<T, E>;

/// So many rows a table of the overview has.
const ROWS: usize = 8;

/// Nuages on real input: the packages that a workspace is built of, in a database.
///
/// The first run migrates the database and loads it; the next ones find the data there.
#[derive(Debug, Parser)]
#[command(name = "quickstart", max_term_width = 80)]
struct Args {
    /// The Cargo.toml to read, or its folder [default: the one read before, else this workspace]
    manifest: Option<PathBuf>,
    /// Show the SQL of each query
    #[arg(long)]
    sql: bool,
    /// Only ask who needs this package, at any distance
    #[arg(long, value_name = "NAME")]
    on: Option<String>,
    /// Where the data is kept: sqlite://…, postgres://…, mysql://…
    #[arg(long, value_name = "URL", default_value = "sqlite://quickstart.db")]
    database_url: String,
    /// Read the manifest again, although its packages are there
    #[arg(long)]
    reload: bool,
}

fn main() -> ExitCode {
    let args = Args::parse();
    let result = tokio::runtime::Runtime::new()
        .map_err(Into::into)
        .and_then(|runtime| runtime.block_on(run(&args)));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{BAD}error:{BAD:#} {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(args: &Args) -> Result<()> {
    let screen = Screen { sql: args.sql };
    let db = connect(&args.database_url).await?;
    println!(
        "{STRONG}Nuages quickstart{STRONG:#} {FAINT}on {}{FAINT:#}",
        db.address()
    );
    migrate(&db).await?;
    fill(&db, args).await?;
    match &args.on {
        Some(name) => who_needs(&db, screen, name, usize::MAX).await,
        None => overview(&db, screen).await,
    }
}

async fn connect(url: &str) -> Result<Database> {
    let is_server = ["postgres:", "postgresql:", "mysql:", "mariadb:"]
        .iter()
        .any(|scheme| url.starts_with(scheme));
    if is_server && !cfg!(feature = "servers") {
        return Err("the drivers of servers are left out, so that the first build is short; build with them:\n  \
                    cargo run -p quickstart --features servers -- --database-url …"
            .into());
    }
    Ok(Database::connect(url).await?)
}

/// Applies the migrations that the program carries.
async fn migrate(db: &Database) -> Result<()> {
    let start = Instant::now();
    let report = Migrator::new(db, MIGRATIONS.load()?)
        .apply(Goal::Newest)
        .await?;
    let applied: Vec<String> = report
        .applied()
        .map(|migration| migration.name.clone())
        .collect();
    if !applied.is_empty() {
        screen::fact("migrated", &applied.join(", "), Some(start.elapsed()));
    }
    Ok(())
}

/// Sees to it that the packages are there: of the manifest that is asked for, else of the one that was read before, else
/// of this workspace.
async fn fill(db: &Database, args: &Args) -> Result<()> {
    let there = Reading::objects().first(db).await?;
    let before = there.as_ref().map(|there| there.manifest.as_str());
    let default = Path::new(before.unwrap_or(env!("CARGO_MANIFEST_DIR")));
    match (&there, &args.manifest) {
        (Some(there), None) if !args.reload => found(there),
        (_, manifest) => {
            let start = Instant::now();
            let workspace = read(manifest.as_deref().unwrap_or(default))?;
            match &there {
                Some(there) if there.manifest == workspace.manifest && !args.reload => found(there),
                _ => fill_with(db, &workspace, start).await?,
            }
        }
    }
    Ok(())
}

/// Asks Cargo, with something that turns on a terminal: a first time may take a while.
fn read(manifest: &Path) -> Result<Workspace> {
    let spinner = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("  reading   {spinner} {msg}") {
        spinner.set_style(style);
    }
    spinner.enable_steady_tick(Duration::from_millis(100));
    let downloads = || spinner.set_message("Cargo downloads packages that are not here yet");
    let workspace = cargo::read(manifest, downloads);
    spinner.finish_and_clear();
    Ok(workspace?)
}

/// Says that the data is there.
fn found(reading: &Reading) {
    let when = reading.read_at.format("%-d %B %Y");
    screen::fact("from", &format!("{}, read {when}", reading.manifest), None);
}

/// Loads a workspace that was read since `start`.
async fn fill_with(db: &Database, workspace: &Workspace, start: Instant) -> Result<()> {
    screen::fact("read", &workspace.manifest, Some(start.elapsed()));
    if !workspace.complete {
        let note = "Cargo could not tell all without a network: of packages outside of this workspace, only what \
                    Cargo.lock says is known.";
        for line in screen::wrap(note, 66) {
            println!("  {:<10}{}", "", screen::faint(line));
        }
    }
    let bar = progress(load::rows(workspace));
    let start = Instant::now();
    let recording = db.record();
    let loaded = load::load(db, workspace, &bar).await;
    bar.finish_and_clear();
    loaded?;
    let rows = thousands(u64::try_from(load::rows(workspace))?);
    let what = format!("{rows} rows with {} statements", recording.count());
    screen::fact("loaded", &what, Some(start.elapsed()));
    Ok(())
}

/// A bar on the standard error; indicatif draws none where that is no terminal.
fn progress(rows: usize) -> ProgressBar {
    let bar = ProgressBar::new(u64::try_from(rows).unwrap_or_default());
    if let Ok(style) = ProgressStyle::with_template("  loading   {bar:40} {pos}/{len}") {
        bar.set_style(style);
    }
    bar
}

async fn overview(db: &Database, screen: Screen) -> Result<()> {
    totals(db, screen).await?;
    let most_needed = most_needed(db, screen).await?;
    licences(db, screen).await?;
    if let Some(first) = most_needed {
        who_needs(db, screen, &first, 2).await?;
    }
    count_queries(db, screen).await
}

async fn totals(db: &Database, screen: Screen) -> Result<()> {
    let (counts, seen) = watched(db, async || {
        let packages = Package::objects().count(db).await?;
        let dependencies = Dependency::objects().count(db).await?;
        Ok((packages, dependencies, Target::objects().count(db).await?))
    })
    .await?;
    let (packages, dependencies, targets) = counts;
    let what = format!(
        "{} packages, {} dependencies, {} targets",
        thousands(packages),
        thousands(dependencies),
        thousands(targets)
    );
    screen::fact("there are", &what, None);
    screen.sql(&seen);
    Ok(())
}

async fn most_needed(db: &Database, screen: Screen) -> Result<Option<String>> {
    let limit = u64::try_from(ROWS)?;
    let (packages, seen) = watched(db, async || questions::most_needed(db, limit).await).await?;
    screen::title(
        "Most depended on",
        "an aggregate over a many-to-many relation",
    );
    for (package, count) in &packages {
        screen::counted(
            *count,
            &format!("{} {}", package.name, screen::faint(&package.version)),
        );
    }
    screen.sql(&seen);
    Ok(packages.into_iter().next().map(|(package, _)| package.name))
}

async fn licences(db: &Database, screen: Screen) -> Result<()> {
    let (licences, seen) = watched(db, async || questions::by_licence(db).await).await?;
    screen::title("Licences", "values() with an aggregate groups");
    for (licence, count) in licences.iter().take(ROWS) {
        screen::counted(*count, licence.as_deref().unwrap_or("not known"));
    }
    if let Some(others @ [_, ..]) = licences.get(ROWS..) {
        let packages = others.iter().map(|(_, count)| count).sum();
        screen::counted(
            packages,
            &screen::faint(format!("under {} others", others.len())),
        );
    }
    screen.sql(&seen);
    Ok(())
}

/// Who needs a package, level by level; of each level as many lines of names.
async fn who_needs(db: &Database, screen: Screen, name: &str, lines: usize) -> Result<()> {
    let (versions, about) = watched(db, async || questions::about(db, name).await).await?;
    if versions.is_empty() {
        let names = questions::names(db).await?;
        let hint = nuages::error::suggestion(name, names.iter().map(String::as_str));
        return Err(format!("there is no package `{name}` in the database{hint}").into());
    }
    screen::title(
        &format!("Who needs {name}"),
        "one query a level; select_related and prefetch_related",
    );
    for package in &versions {
        describe(package)?;
    }
    screen.sql(&about);
    let (levels, seen) = watched(db, async || questions::who_needs(db, &versions).await).await?;
    if levels.is_empty() {
        println!("  {}", screen::faint("nothing here needs it"));
    }
    for (distance, level) in (1..).zip(&levels) {
        let mut names: Vec<&str> = level.iter().map(|package| package.name.as_str()).collect();
        names.dedup();
        let head = match distance {
            1 => format!("{:>5} directly:", level.len()),
            distance => format!("{:>5} at distance {distance}:", level.len()),
        };
        screen::names(&head, &names, lines);
    }
    screen.sql(&seen);
    Ok(())
}

/// A package and what was loaded with it: `get` never asks the database.
fn describe(package: &Package) -> Result<()> {
    let licence = package.licence.as_ref().map(ForeignKey::get).transpose()?;
    let authors: Vec<&str> = package
        .authors
        .get()?
        .iter()
        .map(|author| author.name.as_str())
        .collect();
    let keywords: Vec<&str> = package
        .keywords
        .get()?
        .iter()
        .map(|keyword| keyword.name.as_str())
        .collect();
    println!("  {} {}", package.name, package.version);
    let described = package.description.iter().cloned();
    let licence = licence.map(|licence| licence.name.clone());
    let authors = (!authors.is_empty()).then(|| format!("by {}", authors.join(", ")));
    let keywords = (!keywords.is_empty()).then(|| format!("about {}", keywords.join(", ")));
    let targets = package.targets.get()?.len();
    let targets = (targets != 0).then(|| format!("{targets} targets"));
    let facts: Vec<String> = [licence, authors, keywords, targets]
        .into_iter()
        .flatten()
        .collect();
    for text in described.chain([facts.join("; ")]) {
        for line in screen::wrap(&text, 76)
            .iter()
            .filter(|line| !line.is_empty())
        {
            println!("    {}", screen::faint(line));
        }
    }
    Ok(())
}

/// The same listing in four ways: first recorded, to count its queries, then again, to take the time.
async fn count_queries(db: &Database, screen: Screen) -> Result<()> {
    screen::title(
        "The same listing in four ways",
        "each dependency, its packages and licence",
    );
    println!(
        "  {}",
        screen::faint(format!("{:<26}{:>9}{:>12}", "", "queries", "time"))
    );
    let naive = measured(db, screen, "a query a row", async || {
        listing::naive(db).await
    })
    .await?;
    measured(db, screen, "load() in the loop", async || {
        listing::load(db).await
    })
    .await?;
    measured(db, screen, "select_related", async || {
        listing::select_related(db).await
    })
    .await?;
    measured(db, screen, "prefetch_related", async || {
        listing::prefetch_related(db).await
    })
    .await?;
    let note = match cfg!(debug_assertions) {
        true => format!("{naive} lines each; a debug build: add --release to measure"),
        false => format!("{naive} lines each"),
    };
    println!("  {}", screen::faint(note));
    Ok(())
}

async fn measured<F>(db: &Database, screen: Screen, name: &str, listing: F) -> Result<usize>
where
    F: AsyncFn() -> nuages::Result<Vec<String>>,
{
    let (lines, seen) = watched(db, &listing).await?;
    let start = Instant::now();
    listing().await?;
    let time: Duration = start.elapsed();
    let queries = thousands(u64::try_from(seen.len())?);
    println!("  {name:<26}{queries:>9}{:>12}", screen::milliseconds(time));
    screen.sql(&seen);
    Ok(lines.len())
}
