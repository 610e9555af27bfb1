//! A folder to run the command in, and models as the command reads them from a file.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// A folder of a test, and the database that the command finds in its environment there.
#[derive(Debug)]
pub(crate) struct Place {
    folder: PathBuf,
    url: Option<String>,
    /// Removes the folder in the end.
    _owned: Option<TempDir>,
}

/// How the command ended.
#[derive(Debug)]
pub(crate) struct Ran {
    /// The exit code.
    pub(crate) code: i32,
    /// What it printed.
    pub(crate) out: String,
    /// What it said beside.
    pub(crate) said: String,
}

impl Place {
    /// An empty folder, and a database.
    pub(crate) fn with(url: &str) -> Place {
        Place {
            url: Some(url.to_owned()),
            ..Place::new()
        }
    }

    /// An empty folder, and no database.
    pub(crate) fn new() -> Place {
        let owned = tempfile::tempdir().unwrap();
        Place {
            folder: owned.path().to_owned(),
            url: None,
            _owned: Some(owned),
        }
    }

    /// A folder that stays, so that what is built in it need not be built again, and a database.
    pub(crate) fn at(folder: PathBuf, url: &str) -> Place {
        Place {
            folder,
            url: Some(url.to_owned()),
            _owned: None,
        }
    }

    /// The path of a file in the folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Writes a file.
    pub(crate) fn write(&self, name: &str, text: &str) -> &Place {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    /// Reads a file.
    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// The command, to be run here with these arguments, parted by blanks.
    pub(crate) fn command(&self, args: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_migrate"));
        command
            .current_dir(&self.folder)
            .args(args.split_whitespace());
        for variable in [
            "DATABASE_URL",
            "MIGRATE_PATHS",
            "MIGRATE_LOCK_TIMEOUT",
            "CARGO_MANIFEST_DIR",
        ] {
            command.env_remove(variable);
        }
        // What is built is built beside this program, from the packages that it was built from.
        if let Some(target) = Path::new(env!("CARGO_BIN_EXE_migrate")).ancestors().nth(2) {
            command
                .env("CARGO_TARGET_DIR", target)
                .env("CARGO_NET_OFFLINE", "true");
        }
        if let Some(url) = &self.url {
            command.env("DATABASE_URL", url);
        }
        command
    }

    /// Runs the command.
    pub(crate) fn run(&self, args: &str) -> Ran {
        finish(self.command(args))
    }

    /// Runs the command with an environment.
    pub(crate) fn run_with(&self, args: &str, name: &str, value: impl AsRef<OsStr>) -> Ran {
        let mut command = self.command(args);
        command.env(name, value);
        finish(command)
    }

    /// Runs the command, which must end with 0, and gives what it printed.
    pub(crate) fn ok(&self, args: &str) -> String {
        let ran = self.run(args);
        assert_eq!(ran.code, 0, "migrate {args}\n{ran:?}");
        ran.out
    }

    /// Runs the command, which must end with this code and say all of these things.
    pub(crate) fn fails(&self, args: &str, code: i32, says: &[&str]) {
        self.run(args).must(code, says);
    }

    /// Writes the migrations to these models, which must leave nothing open.
    pub(crate) fn make(&self, models: &str) -> &Place {
        self.write("models.json", models);
        self.ok("makemigrations --models models.json");
        self
    }
}

impl Ran {
    /// It must have ended with this code and have said all of these things.
    pub(crate) fn must(&self, code: i32, says: &[&str]) {
        assert_eq!(self.code, code, "{self:#?}");
        for text in says {
            assert!(
                self.said.contains(text),
                "`{text}` is missing in: {}",
                self.said
            );
        }
    }
}

pub(crate) fn finish(mut command: Command) -> Ran {
    // The runtime of the case goes on meanwhile: it may have connections to close.
    let output = tokio::task::block_in_place(|| command.output()).unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ran {
        code: output.status.code().unwrap(),
        out: text(output.stdout),
        said: text(output.stderr),
    }
}

/// The models of a blog, with these further fields of a post.
pub(crate) fn blog(fields: &str) -> String {
    models(&format!(
        r#"{author}, {{"app": "blog", "name": "Post", "table": "blog_post", "fields": [
            {{"name": "id", "type": "big_auto", "primary_key": true}},
            {{"name": "title", "type": "char", "max_length": 200}}{fields},
            {{"name": "author", "type": "foreign_key", "to": "blog.Author", "on_delete": "CASCADE"}}]}}"#,
        author = model("blog", "Author"),
    ))
}

/// A state of models.
pub(crate) fn models(models: &str) -> String {
    format!(r#"{{"models": [{models}]}}"#)
}

/// A model with a key and a name.
pub(crate) fn model(app: &str, name: &str) -> String {
    format!(
        r#"{{"app": "{app}", "name": "{name}", "table": "{app}_{table}", "fields": [
            {{"name": "id", "type": "big_auto", "primary_key": true}},
            {{"name": "name", "type": "char", "max_length": 100}}]}}"#,
        table = name.to_lowercase(),
    )
}

/// The body of a post.
pub(crate) const BODY: &str = r#", {"name": "body", "type": "text"}"#;
/// The same under another name.
pub(crate) const TEXT: &str = r#", {"name": "text", "type": "text"}"#;
/// A new field that may not be NULL.
pub(crate) const STATUS: &str = r#", {"name": "status", "type": "char", "max_length": 20}"#;
