//! Chapters "A first blog" and "The command line": what the commands print.

use std::path::Path;

use crate::command::Project;
use crate::shown;

fn project(count: usize) -> Project {
    let migrations = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    Project::new("blog-migrate", &migrations, count)
}

#[test]
fn the_first_migration() {
    let project = project(0);
    shown!("output/no-migrations.txt", project.run("apply").1);
    shown!("output/makemigrations.txt", project.ok("makemigrations"));
    shown!("output/no-changes.txt", project.ok("makemigrations"));
    let written =
        std::fs::read_to_string(project.file("migrations/blog/0001_initial.toml")).unwrap();
    let kept = include_str!("../../migrations/blog/0001_initial.toml");
    assert_eq!(written, kept);
    shown!("output/plan.txt", project.ok("apply --plan"));
    shown!("output/apply.txt", project.ok("apply"));
    shown!("output/apply-again.txt", project.ok("apply"));
    shown!("output/showmigrations.txt", project.ok("showmigrations"));
    shown!(
        "output/sqlmigrate-sqlite.sql",
        project.ok("sqlmigrate blog 0001 --database sqlite")
    );
    shown!(
        "output/sqlmigrate-postgres.sql",
        project.ok("sqlmigrate blog 0001 --database postgres")
    );
    shown!("output/check.txt", project.ok("check"));
    shown!("output/verify.txt", project.ok("verify"));
    shown!("output/zero.txt", project.ok("apply blog zero"));
}

#[test]
fn mistakes() {
    let project = project(1);
    let (code, printed) = project.run("apply blgo");
    assert_eq!(code, 2);
    let (_, unknown) = project.run("apply blog 0007");
    shown!("output/mistakes.txt", printed + &unknown);
}

#[test]
fn the_program() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("blog.db").display());
    let mut runs = Vec::new();
    for _ in 0..2 {
        let program = std::process::Command::new(env!("CARGO_BIN_EXE_blog"))
            .env("DATABASE_URL", &url)
            .output();
        runs.push(String::from_utf8(program.unwrap().stdout).unwrap());
    }
    assert_eq!(runs[0], runs[1]);
    shown!("output/program.txt", runs[0]);
}
