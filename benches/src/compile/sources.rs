//! Crates of so many models with a dozen queries each, the same for every library.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use crate::Result;

/// A library, as its crates are written.
#[derive(Debug)]
pub(crate) struct Library {
    /// Its name, and that of the peer whose lock file tells the versions.
    pub(crate) name: &'static str,
    /// The dependencies, as the manifest has them.
    dependencies: &'static str,
    /// A model and its queries.
    model: &'static str,
    /// How `main` connects, and what it hands to the queries.
    connect: &'static str,
}

const TOKIO: &str = "tokio = { version = \"1\", features = [\"macros\", \"rt-multi-thread\"] }\n";

/// The libraries, ours first. sqlx has no models: what is written there is the SQL.
pub(crate) const LIBRARIES: &[Library] = &[
    Library {
        name: "nuages",
        dependencies: "nuages = { path = \"ORM\" }\n",
        model: include_str!("sources/nuages.txt"),
        connect: "let db = nuages::Database::connect(&url).await?;\n    let db = &db;",
    },
    Library {
        name: "diesel",
        dependencies: "diesel = { version = \"2.3\", features = [\"sqlite\", \"returning_clauses_for_sqlite_3_35\"] }\n\
                       libsqlite3-sys = { version = \"*\", features = [\"bundled\"] }\n",
        model: include_str!("sources/diesel.txt"),
        connect: "use diesel::Connection;\n    let db = &mut diesel::SqliteConnection::establish(&url)?;",
    },
    Library {
        name: "sea-orm",
        dependencies: "sea-orm = { version = \"2.0.4\", default-features = false, \
                       features = [\"macros\", \"runtime-tokio\", \"sqlx-sqlite\"] }\n",
        model: include_str!("sources/sea-orm.txt"),
        connect: "let db = &sea_orm::Database::connect(url).await?;",
    },
    Library {
        name: "toasty",
        dependencies: "toasty = { version = \"0.11\", features = [\"sqlite\"] }\n",
        model: include_str!("sources/toasty.txt"),
        connect: "let models = toasty::models!(crate::*);\n    \
                  let db = &mut toasty::Db::builder().models(models).connect(&url).await?;",
    },
    Library {
        name: "sqlx",
        dependencies: "sqlx = { version = \"0.9\", default-features = false, \
                       features = [\"macros\", \"runtime-tokio\", \"sqlite\"] }\n",
        model: include_str!("sources/sqlx.txt"),
        connect: "let db = &sqlx::SqlitePool::connect(&url).await?;",
    },
];

/// Models that refer to each other in a ring.
const RING: usize = 10;

/// A crate that was written.
#[derive(Debug)]
pub(crate) struct Crate {
    /// The library.
    pub(crate) library: &'static Library,
    /// Its models.
    pub(crate) models: usize,
    /// Where it is.
    pub(crate) folder: PathBuf,
    /// Lines that were written for a model, its queries included.
    pub(crate) lines: usize,
    /// Of these, those of the queries.
    pub(crate) query_lines: usize,
}

impl Crate {
    /// Writes it.
    ///
    /// # Errors
    /// Where a file cannot be written.
    pub(crate) fn write(
        library: &'static Library,
        models: usize,
        (generated, repository): (&Path, &Path),
    ) -> Result<Self> {
        let name = format!("{}-{models}", library.name);
        let folder = generated.join("compile").join(&name);
        let sources = folder.join("src");
        // What another version of this program wrote is not to be compiled along.
        let _ = std::fs::remove_dir_all(&sources);
        std::fs::create_dir_all(&sources)?;
        let orm = repository.join("orm").display().to_string();
        let dependencies = library.dependencies.replace("ORM", &orm);
        let tokio = if library.name == "diesel" { "" } else { TOKIO };
        std::fs::write(
            folder.join("Cargo.toml"),
            format!(
                "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
                 [dependencies]\n{dependencies}{tokio}\n[workspace]\n"
            ),
        )?;
        let peer = repository.join("benches/peers").join(library.name);
        std::fs::copy(peer.join("Cargo.lock"), folder.join("Cargo.lock"))?;
        std::fs::write(sources.join("main.rs"), library.main(models))?;
        if library.name == "diesel" {
            std::fs::write(sources.join("schema.rs"), schema(models))?;
        }
        let model = library.model;
        let queries = model.find("// The queries").map_or("", |at| &model[at..]);
        let written = Crate {
            library,
            models,
            folder,
            lines: model.lines().count(),
            query_lines: queries.lines().count(),
        };
        for i in 0..models {
            written.write_model(i, 100)?;
        }
        Ok(written)
    }

    /// Its package.
    pub(crate) fn package(&self) -> String {
        format!("{}-{}", self.library.name, self.models)
    }

    /// Writes a model; `limit` is a literal in one of its queries.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub(crate) fn write_model(&self, i: usize, limit: usize) -> Result<()> {
        let text = named(self.library.model, i).replace("LLL", &limit.to_string());
        Ok(std::fs::write(
            self.folder.join(format!("src/m{i:03}.rs")),
            text,
        )?)
    }
}

impl Library {
    fn main(&self, models: usize) -> String {
        let mut text = String::from("#![allow(unused)]\n");
        if self.name == "diesel" {
            text += "mod schema;\n";
        }
        for i in 0..models {
            let _ = writeln!(text, "mod m{i:03};");
        }
        let (attribute, asynchronous, wait) = if self.name == "diesel" {
            ("", "", "")
        } else {
            ("#[tokio::main]\n", "async ", ".await")
        };
        let _ = write!(
            text,
            "\n{attribute}{asynchronous}fn main() -> Result<(), Box<dyn std::error::Error>> {{\n    \
             let url = std::env::args().nth(1).ok_or(\"which database?\")?;\n    {}\n    let mut rows = 0;\n",
            self.connect,
        );
        for i in 0..models {
            let _ = writeln!(text, "    rows += m{i:03}::exercise(db){wait}?;");
        }
        text + "    println!(\"{rows} rows\");\n    Ok(())\n}\n"
    }
}

/// A text for the `i`th model, its parent and its children, which are its neighbours in the ring.
fn named(text: &str, i: usize) -> String {
    let ring = i / RING * RING;
    let neighbour = |by: usize| format!("{:03}", ring + (i - ring + by) % RING);
    text.replace("NNN", &format!("{i:03}"))
        .replace("PPP", &neighbour(RING - 1))
        .replace("CCC", &neighbour(1))
}

/// What Diesel's command writes of the tables, with those that are related allowed in one query.
fn schema(models: usize) -> String {
    let mut text = String::new();
    for i in 0..models {
        text += &named(
            "diesel::table! {\n    model_NNN (id) {\n        id -> BigInt,\n        name -> Text,\n        slug -> Text,\n        \
             body -> Nullable<Text>,\n        views -> BigInt,\n        rating -> Double,\n        active -> Bool,\n        \
             parent_id -> BigInt,\n    }\n}\n\n",
            i,
        );
    }
    for i in 0..models {
        text += &named(
            "diesel::joinable!(model_NNN -> model_PPP (parent_id));\n",
            i,
        );
    }
    for ring in (0..models).step_by(RING) {
        let tables: Vec<String> = (ring..ring + RING)
            .map(|i| format!("model_{i:03}"))
            .collect();
        let _ = writeln!(
            text,
            "diesel::allow_tables_to_appear_in_same_query!({});",
            tables.join(", ")
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_refer_to_each_other_in_rings_of_ten() {
        assert_eq!(
            [0, 9, 10, 57].map(|i| named("NNN PPP CCC", i)),
            ["000 009 001", "009 008 000", "010 019 011", "057 056 058"]
        );
    }
}
