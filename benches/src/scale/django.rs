//! The history as Django's: a project with ten apps, their models and their migrations in Python.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::history::{self, APPS, MODELS, Migration, Step};
use crate::Result;

const MANAGE: &str = "\
import os
import sys

os.environ.setdefault(\"DJANGO_SETTINGS_MODULE\", \"settings\")

from django.core.management import execute_from_command_line

execute_from_command_line(sys.argv)
";

/// The database is told by the environment, as ours is.
const SETTINGS: &str = "\
import os
from urllib.parse import urlsplit

SECRET_KEY = \"-\"
USE_TZ = True
DEFAULT_AUTO_FIELD = \"django.db.models.BigAutoField\"
INSTALLED_APPS = [APPS]

url = urlsplit(os.environ[\"DATABASE_URL\"])
if url.scheme == \"sqlite\":
    DATABASES = {\"default\": {\"ENGINE\": \"django.db.backends.sqlite3\", \"NAME\": url.path}}
else:
    DATABASES = {
        \"default\": {
            \"ENGINE\": \"django.db.backends.postgresql\",
            \"NAME\": url.path.lstrip(\"/\"),
            \"USER\": url.username or \"\",
            \"PASSWORD\": url.password or \"\",
            \"HOST\": url.hostname,
            \"PORT\": url.port or \"\",
        }
    }
";

/// The interpreter with Django: that of `NUAGES_DJANGO_PYTHON`, else one of a virtual environment that is made here.
///
/// # Errors
/// Where it cannot be had.
pub(crate) fn python(folder: &Path) -> Result<PathBuf> {
    let python = match std::env::var_os("NUAGES_DJANGO_PYTHON") {
        Some(python) => PathBuf::from(python),
        None => folder.join("bin/python"),
    };
    if version(&python).is_ok() {
        return Ok(python);
    }
    let steps: [&[&str]; 2] = [
        &["python3", "-m", "venv"],
        &["bin/pip", "install", "--quiet", "django", "psycopg[binary]"],
    ];
    run(Command::new(steps[0][0]).args(&steps[0][1..]).arg(folder))?;
    run(Command::new(folder.join(steps[1][0])).args(&steps[1][1..]))?;
    version(&python)?;
    Ok(python)
}

/// Django's version.
///
/// # Errors
/// Where there is no Django, or no driver for PostgreSQL.
pub(crate) fn version(python: &Path) -> Result<String> {
    let output = Command::new(python)
        .args(["-c", "import django, psycopg; print(django.__version__)"])
        .stderr(Stdio::null())
        .output()?;
    if !output.status.success() {
        return Err("there is no Django".into());
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn run(command: &mut Command) -> Result<()> {
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err(format!("{command:?} failed").into()),
        Err(error) => Err(format!("{command:?}: {error}").into()),
    }
}

/// Writes the project.
///
/// # Errors
/// Where a file cannot be written.
pub(crate) fn write(folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder)?;
    std::fs::write(folder.join("manage.py"), MANAGE)?;
    let apps: Vec<String> = (0..APPS).map(|app| format!("\"app{app}\"")).collect();
    let settings = SETTINGS.replace("[APPS]", &format!("[{}]", apps.join(", ")));
    std::fs::write(folder.join("settings.py"), settings)?;
    for app in 0..APPS {
        let place = folder.join(format!("app{app}"));
        let migrations = place.join("migrations");
        std::fs::create_dir_all(&migrations)?;
        std::fs::write(place.join("__init__.py"), "")?;
        std::fs::write(migrations.join("__init__.py"), "")?;
        std::fs::write(place.join("models.py"), models(app))?;
        for migration in history::migrations(app) {
            std::fs::write(
                migrations.join(format!("{}.py", migration.name)),
                file(&migration),
            )?;
        }
    }
    Ok(())
}

fn models(app: usize) -> String {
    let mut text = String::from("from django.db import models\n");
    for model in 0..MODELS {
        let _ = write!(text, "\n\nclass Model{model:02}(models.Model):\n");
        for (name, field) in fields(app, model) {
            let field = field.replace("max_length=100", "max_length=150");
            if name != "id" {
                let _ = writeln!(text, "    {name} = {field}");
            }
        }
        let _ = write!(
            text,
            "    extra = {EXTRA}\n    flag = {FLAG}\n\n    class Meta:\n        indexes = [{}]\n",
            indexed(app, model)
        );
    }
    text
}

const EXTRA: &str = "models.CharField(max_length=40, null=True)";
const FLAG: &str = "models.BooleanField(default=False)";

fn indexed(app: usize, model: usize) -> String {
    let name = history::index(app, model);
    format!("models.Index(fields=[\"name\", \"-amount\"], name=\"{name}\")")
}

/// The fields that a model is made with.
fn fields(app: usize, model: usize) -> Vec<(&'static str, String)> {
    let mut fields = vec![
        (
            "id",
            "models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name=\"ID\")".to_owned(),
        ),
        ("name", "models.CharField(max_length=100)".to_owned()),
        ("slug", "models.CharField(max_length=50, unique=True)".to_owned()),
        ("amount", "models.IntegerField(default=0)".to_owned()),
        ("note", "models.TextField(null=True)".to_owned()),
        ("seen", "models.DateTimeField(null=True)".to_owned()),
    ];
    if let Some((app, parent)) = history::parent(app, model) {
        fields.push((
            "parent",
            format!("models.ForeignKey(\"app{app}.Model{parent:02}\", models.CASCADE, null=True)"),
        ));
    }
    if let Some(linked) = history::linked(model) {
        fields.push((
            "links",
            format!("models.ManyToManyField(\"app{app}.Model{linked:02}\")"),
        ));
    }
    fields
}

fn file(migration: &Migration) -> String {
    let Migration { app, model, .. } = *migration;
    let dependencies: Vec<String> = migration
        .dependencies
        .iter()
        .map(|(app, name)| format!("(\"app{app}\", \"{name}\")"))
        .collect();
    let changes = |operation: &str, name: &str, field: &str| {
        format!(
            "migrations.{operation}(model_name=\"model{model:02}\", name=\"{name}\", field={field})"
        )
    };
    let operation = match migration.step {
        Step::Create => {
            let fields: Vec<String> = fields(app, model)
                .into_iter()
                .map(|(name, field)| format!("                (\"{name}\", {field}),\n"))
                .collect();
            format!(
                "migrations.CreateModel(\n            name=\"Model{model:02}\",\n            fields=[\n{}            ],\n        )",
                fields.concat()
            )
        }
        Step::AddExtra => changes("AddField", "extra", EXTRA),
        Step::WidenName => changes("AlterField", "name", "models.CharField(max_length=150)"),
        Step::AddIndex => format!(
            "migrations.AddIndex(model_name=\"model{model:02}\", index={})",
            indexed(app, model)
        ),
        Step::AddFlag => changes("AddField", "flag", FLAG),
    };
    format!(
        "from django.db import migrations, models\n\n\nclass Migration(migrations.Migration):\n    dependencies = [{}]\n\n    \
         operations = [\n        {operation},\n    ]\n",
        dependencies.join(", ")
    )
}
