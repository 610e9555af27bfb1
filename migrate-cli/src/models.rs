//! The models as they are meant to be: of the program, or out of a file.

use std::collections::BTreeMap;
use std::path::Path;

use nuages::meta::registry;
use nuages::migrate::autodetect::Answers;
use nuages::migrate::{ModelKey, ProjectState};

use crate::failure::{Code, Failure, Result};

/// The models, and what they say about their past.
#[derive(Debug, Default)]
pub(crate) struct Models {
    /// Their state.
    pub(crate) state: ProjectState,
    /// What `renamed_from` answers.
    pub(crate) answers: Answers,
    /// The folder of the package that declares each app.
    pub(crate) declared_in: BTreeMap<String, String>,
}

impl Models {
    /// Those of a file, or else those that are linked.
    ///
    /// # Errors
    /// If the file cannot be read, nothing is linked, or a model is declared in a way that cannot be.
    pub(crate) fn find(file: Option<&Path>) -> Result<Models> {
        match file {
            Some(path) => Ok(Models {
                state: read_state(path)?,
                ..Models::default()
            }),
            None => Models::linked(),
        }
    }

    fn linked() -> Result<Models> {
        if !are_linked() {
            return Err(Failure::new(
                Code::Conflict,
                "no model is linked into this program, so there is nothing to compare the migrations with: write `use blog \
                 as _;` (with the name of the crate that has the models) into the program that calls `migrate_cli`",
            ));
        }
        let mut models = Models {
            state: ProjectState::from_linked_models()?,
            ..Models::default()
        };
        for meta in registry::models() {
            let key = ModelKey::new(meta.app, meta.name);
            if let Some(old) = meta.options.renamed_from {
                let old = ModelKey::parse(old).unwrap_or_else(|| ModelKey::new(meta.app, old));
                models.answers = models.answers.rename_model(old, meta.name);
            }
            for field in meta.fields {
                if let Some(old) = field.options.renamed_from {
                    models.answers = models.answers.rename_field(key.clone(), old, field.name);
                }
            }
            let dir = meta.options.manifest_dir.to_owned();
            models.declared_in.insert(meta.app.to_owned(), dir);
        }
        Ok(models)
    }

    /// Whether there is a model of the app.
    pub(crate) fn has_app(&self, app: &str) -> bool {
        self.state.models.keys().any(|key| key.app == app)
    }
}

/// Whether this program has any models.
pub(crate) fn are_linked() -> bool {
    !registry::models().is_empty()
}

/// Reads a state; `-` is the standard input.
///
/// # Errors
/// If it cannot be read or is no state.
pub(crate) fn read_state(path: &Path) -> Result<ProjectState> {
    let text = read(path)?;
    ProjectState::from_json_text(&text)
        .map_err(|error| Failure::from(error).context(path.display()))
}

/// Reads a text; `-` is the standard input.
///
/// # Errors
/// If it cannot be read.
pub(crate) fn read(path: &Path) -> Result<String> {
    let text = if path == Path::new("-") {
        std::io::read_to_string(std::io::stdin())
    } else {
        std::fs::read_to_string(path)
    };
    text.map_err(|error| Failure::error(format!("cannot read {}: {error}", path.display())))
}
