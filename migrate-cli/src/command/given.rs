//! Answers given as flags: they must be about names that exist. One with a typo would count as "no", and a renamed field
//! would be removed.

use nuages::error::suggestion;
use nuages::migrate::ProjectState;
use nuages::migrate::state::ModelState;

use crate::args::MakeArgs;
use crate::failure::{Failure, Result};

/// Looks at the names in `--rename` and `--default`.
///
/// # Errors
/// Wrong usage, with the nearest name.
pub(super) fn check_names(args: &MakeArgs, from: &ProjectState, to: &ProjectState) -> Result<()> {
    let states = States { from, to };
    for text in &args.rename {
        let (old, new) = text.split_once('=').unwrap_or((text, ""));
        states
            .rename(old.trim(), new.trim())
            .map_err(|problem| Failure::usage(format!("`--rename {text}`: {problem}")))?;
    }
    for text in &args.default {
        let name = text.split_once('=').map_or(text.as_str(), |(name, _)| name);
        states
            .default(name.trim())
            .map_err(|problem| Failure::usage(format!("`--default {text}`: {problem}")))?;
    }
    Ok(())
}

/// What was, and what shall be.
struct States<'s> {
    from: &'s ProjectState,
    to: &'s ProjectState,
}

type Named = std::result::Result<(), String>;

impl States<'_> {
    fn rename(&self, old: &str, new: &str) -> Named {
        let words: Vec<&str> = old.split('.').collect();
        match words[..] {
            [app, model, field] => self.field_renamed((app, model), field, new),
            [app, model] => {
                if self.from.model(app, model).is_none() && self.to.model(app, new).is_none() {
                    return Err(no_model(self.from, app, model));
                }
                if !new.is_empty() && self.to.model(app, new).is_none() {
                    return Err(no_model(self.to, app, new));
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// A model may have another name by now: then its fields are looked for where it is.
    fn field_renamed(&self, (app, model): (&str, &str), old: &str, new: &str) -> Named {
        let (was, is) = (self.from.model(app, model), self.to.model(app, model));
        if was.is_none() && is.is_none() {
            return Err(no_model(self.from, app, model));
        }
        if let Some(is) = is
            && !new.is_empty()
        {
            has_field(is, new)?;
        }
        let is_done = was.is_some_and(|was| was.fields.iter().any(|field| field.name == new));
        match was {
            Some(was) if !is_done => has_field(was, old),
            _ => Ok(()),
        }
    }

    fn default(&self, name: &str) -> Named {
        let words: Vec<&str> = name.split('.').collect();
        let [app, model, field] = words[..] else {
            return Ok(());
        };
        match self.to.model(app, model) {
            Some(model) => has_field(model, field),
            None => Err(no_model(self.to, app, model)),
        }
    }
}

fn has_field(model: &ModelState, name: &str) -> Named {
    let names = || model.fields.iter().map(|field| field.name.as_str());
    if names().any(|field| field == name) {
        return Ok(());
    }
    let hint = suggestion(name, names());
    let (app, model) = (&model.app, &model.name);
    Err(format!("no field `{name}` on `{app}.{model}`{hint}"))
}

fn no_model(state: &ProjectState, app: &str, name: &str) -> String {
    let of_app = state.models.keys().filter(|key| key.app == app);
    let hint = suggestion(name, of_app.map(|key| key.name.as_str()));
    format!("no model `{app}.{name}`{hint}")
}
