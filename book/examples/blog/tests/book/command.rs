//! The `migrate` command of an example, run as a reader runs it.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A folder of migrations and a database file, both for one test.
pub struct Project {
    folder: tempfile::TempDir,
    command: PathBuf,
}

impl Project {
    /// A project whose migrations are a copy of those of a folder, up to a number of them.
    pub fn new(target: &str, migrations: &Path, count: usize) -> Project {
        let folder = tempfile::tempdir().unwrap();
        let to = folder.path().join("migrations/blog");
        std::fs::create_dir_all(&to).unwrap();
        let files = std::fs::read_dir(migrations.join("blog")).unwrap();
        let mut files: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
        files.sort();
        files.truncate(count);
        let mut head = String::new();
        for file in &files {
            std::fs::copy(file, to.join(file.file_name().unwrap())).unwrap();
            head = format!(
                "blog = \"{}\"\n",
                file.file_stem().unwrap().to_str().unwrap()
            );
        }
        std::fs::write(folder.path().join("migrations/heads.toml"), head).unwrap();
        // The tests are in target/debug/deps, the examples beside that.
        let tests = std::env::current_exe().unwrap();
        let examples = tests.parent().unwrap().with_file_name("examples");
        let command = examples.join(target);
        assert!(
            command.exists(),
            "build the examples too: cargo test -p {}",
            env!("CARGO_PKG_NAME")
        );
        Project { folder, command }
    }

    /// A file of the project.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The URL of the project's database.
    pub fn url(&self) -> String {
        format!("sqlite://{}", self.file("blog.db").display())
    }

    /// Runs `migrate …` and gives its exit code and everything that it printed.
    pub fn run(&self, args: &str) -> (i32, String) {
        let migrations = self.file("migrations");
        let output = Command::new(&self.command)
            .args(args.split_whitespace())
            .arg("--migrations")
            .arg(&migrations)
            .args(["--database-url", &self.url(), "--no-input"])
            .env("NO_COLOR", "1")
            .env_remove("DATABASE_URL")
            .output()
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let printed = text(&output.stdout) + &text(&output.stderr);
        let root = format!("{}/", self.folder.path().display());
        (output.status.code().unwrap(), printed.replace(&root, ""))
    }

    /// What a command prints that ends well.
    pub fn ok(&self, args: &str) -> String {
        let (code, printed) = self.run(args);
        assert_eq!(code, 0, "migrate {args}: {printed}");
        printed
    }
}
