//! The history as ours: files in TOML, and a crate with the models that is its own `migrate`.

use std::fmt::Write;
use std::path::Path;

use super::history::{self, APPS, MODELS, Migration, Step};
use crate::Result;

/// The package, and its program.
pub(crate) const PACKAGE: &str = "migrations-at-scale";

/// Writes the crate and its migrations.
///
/// # Errors
/// Where a file cannot be written.
pub(crate) fn write(folder: &Path, repository: &Path) -> Result<()> {
    let sources = folder.join("src");
    std::fs::create_dir_all(&sources)?;
    let (orm, cli) = (repository.join("orm"), repository.join("migrate-cli"));
    std::fs::write(
        folder.join("Cargo.toml"),
        format!(
            "[package]\nname = \"{PACKAGE}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
             [package.metadata.nuages]\ntarget = \"{PACKAGE}\"\n\n[dependencies]\nmigrate-cli = {{ path = {cli:?} }}\n\
             nuages = {{ path = {orm:?} }}\n\n[workspace]\n"
        ),
    )?;
    std::fs::copy(repository.join("Cargo.lock"), folder.join("Cargo.lock"))?;
    let mut main = String::from("#![allow(dead_code)]\n");
    let mut heads = String::new();
    for app in 0..APPS {
        let _ = writeln!(main, "mod app{app};");
        std::fs::write(sources.join(format!("app{app}.rs")), models(app))?;
        let migrations = history::migrations(app);
        let place = folder.join(format!("migrations/app{app}"));
        std::fs::create_dir_all(&place)?;
        for migration in &migrations {
            std::fs::write(
                place.join(format!("{}.toml", migration.name)),
                file(migration),
            )?;
        }
        let head = migrations
            .last()
            .map_or("", |migration| migration.name.as_str());
        let _ = writeln!(heads, "app{app} = \"{head}\"");
    }
    std::fs::write(folder.join("migrations/heads.toml"), heads)?;
    main += "\nfn main() -> std::process::ExitCode {\n    migrate_cli::main()\n}\n";
    Ok(std::fs::write(sources.join("main.rs"), main)?)
}

fn models(app: usize) -> String {
    let mut text = String::from("use nuages::prelude::*;\n");
    for model in 0..MODELS {
        let index = history::index(app, model);
        let _ = write!(
            text,
            "\n#[derive(Model, Debug)]\n#[model(app = \"app{app}\", index(name = \"{index}\", fields = [\"name\", \"-amount\"]))]\n\
             pub struct Model{model:02} {{\n    pub id: i64,\n    #[field(max_length = 150)]\n    pub name: String,\n    \
             #[field(max_length = 50, unique)]\n    pub slug: String,\n    #[field(default = 0)]\n    pub amount: i32,\n    \
             pub note: Option<String>,\n    pub seen: Option<DateTime<Utc>>,\n",
        );
        if let Some((app, parent)) = history::parent(app, model) {
            let _ = writeln!(
                text,
                "    #[field(on_delete = CASCADE)]\n    pub parent: Option<ForeignKey<crate::app{app}::Model{parent:02}>>,"
            );
        }
        if let Some(linked) = history::linked(model) {
            let _ = writeln!(text, "    pub links: ManyToMany<Model{linked:02}>,");
        }
        text += "    #[field(max_length = 40)]\n    pub extra: Option<String>,\n    #[field(default = false)]\n    \
                 pub flag: bool,\n}\n";
    }
    text
}

fn file(migration: &Migration) -> String {
    let Migration { app, model, .. } = migration;
    let mut text = format!(
        "format = 1\napp = \"app{app}\"\nname = \"{}\"\n",
        migration.name
    );
    if !migration.dependencies.is_empty() {
        let names: Vec<String> = migration
            .dependencies
            .iter()
            .map(|(app, name)| format!("\"app{app}.{name}\""))
            .collect();
        let _ = writeln!(text, "dependencies = [{}]", names.join(", "));
    }
    text += "\n[[operations]]\n";
    match migration.step {
        Step::Create => create(&mut text, migration),
        Step::AddExtra => {
            let _ = writeln!(
                text,
                "op = \"add_field\"\nmodel = \"Model{model:02}\"\n\
                 field = {{ name = \"extra\", type = \"char\", null = true, max_length = 40 }}"
            );
        }
        Step::WidenName => {
            let _ = writeln!(
                text,
                "op = \"alter_field\"\nmodel = \"Model{model:02}\"\nfield = {{ name = \"name\", type = \"char\", max_length = 150 }}"
            );
        }
        Step::AddIndex => {
            let _ = writeln!(
                text,
                "op = \"add_index\"\nmodel = \"Model{model:02}\"\nindex = {{ name = \"{}\", fields = [\"name\", \"-amount\"] }}",
                history::index(*app, *model)
            );
        }
        Step::AddFlag => {
            let _ = writeln!(
                text,
                "op = \"add_field\"\nmodel = \"Model{model:02}\"\nfield = {{ name = \"flag\", type = \"boolean\", default = false }}"
            );
        }
    }
    text
}

fn create(text: &mut String, migration: &Migration) {
    let Migration { app, model, .. } = *migration;
    let _ = write!(
        text,
        "op = \"create_model\"\nmodel = \"Model{model:02}\"\ntable = \"app{app}_model{model:02}\"\nfields = [\n  \
         {{ name = \"id\", type = \"big_auto\", primary_key = true }},\n  \
         {{ name = \"name\", type = \"char\", max_length = 100 }},\n  \
         {{ name = \"slug\", type = \"char\", unique = true, max_length = 50 }},\n  \
         {{ name = \"amount\", type = \"integer\", default = 0 }},\n  \
         {{ name = \"note\", type = \"text\", null = true }},\n  \
         {{ name = \"seen\", type = \"date_time\", null = true }},\n"
    );
    if let Some((app, parent)) = history::parent(app, model) {
        let _ = writeln!(
            text,
            "  {{ name = \"parent\", type = \"foreign_key\", null = true, to = \"app{app}.Model{parent:02}\", on_delete = \"CASCADE\" }},"
        );
    }
    if let Some(linked) = history::linked(model) {
        let _ = writeln!(
            text,
            "  {{ name = \"links\", type = \"many_to_many\", to = \"app{app}.Model{linked:02}\" }},"
        );
    }
    *text += "]\n";
}
