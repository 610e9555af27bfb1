//! Data migrations written in Rust: functions of the program that migrations run by name.
//!
//! A function gets the models as they are at that moment of history, never today's structs, and the transaction of
//! the migration (on a database whose structure changes outside of transactions, one of its own).

use std::fmt;
use std::sync::OnceLock;

use crate::driver::{BoxFuture, Executor};
use crate::error::{Error, Result, suggestion};
use crate::meta::ModelMeta;
use crate::migrate::state::{ModelState, ProjectState};

/// What a data migration finds: the models of its moment, and where its statements run.
pub struct DataMoment<'a> {
    state: &'a ProjectState,
    executor: &'a dyn Executor,
    /// The models as metadata, made when the first is asked for.
    metas: OnceLock<&'static [&'static ModelMeta]>,
}

/// A function that migrations run.
pub type DataFunction = for<'a> fn(&'a DataMoment<'a>) -> BoxFuture<'a, Result<()>>;

/// A function and the name that migrations call it by.
#[derive(Clone, Copy)]
pub struct DataMigration {
    /// The name: `blog.fill_slugs`.
    pub name: &'static str,
    /// What runs.
    pub function: DataFunction,
}

inventory::collect!(DataMigration);

impl DataMigration {
    /// The function of a name.
    ///
    /// # Errors
    /// If the program has none: the message suggests the nearest.
    pub fn find(name: &str) -> Result<DataFunction> {
        let all = || inventory::iter::<DataMigration>.into_iter();
        let found = all().find(|registered| registered.name == name);
        found.map(|registered| registered.function).ok_or_else(|| {
            let hint = suggestion(name, all().map(|registered| registered.name));
            Error::migration(format!(
                "no function `{name}` is linked into this program{hint}"
            ))
        })
    }

    /// Whether a function of this name is linked.
    pub fn is_linked(name: &str) -> bool {
        DataMigration::find(name).is_ok()
    }
}

impl<'a> DataMoment<'a> {
    /// The moment of these models, with statements running there.
    pub fn new(state: &'a ProjectState, executor: &'a dyn Executor) -> Self {
        DataMoment {
            state,
            executor,
            metas: OnceLock::new(),
        }
    }

    /// The models of the moment.
    pub fn state(&self) -> &'a ProjectState {
        self.state
    }

    /// A model of the moment, by `app.Name`.
    ///
    /// # Errors
    /// If there is none: the message suggests the nearest.
    pub fn model_state(&self, name: &str) -> Result<&'a ModelState> {
        let key = super::ModelKey::parse(name).ok_or_else(|| {
            Error::migration(format!("`{name}` names no model: write `app.Name`"))
        })?;
        self.state.expect(&key)
    }

    /// The models of the moment that have tables, as metadata.
    ///
    /// # Errors
    /// Where a relation leads nowhere.
    pub(super) fn metas(&self) -> Result<&'static [&'static ModelMeta]> {
        if let Some(metas) = self.metas.get() {
            return Ok(metas);
        }
        let metas = super::historical::metas_of(self.state)?;
        Ok(self.metas.get_or_init(|| metas))
    }

    /// Where the statements of the function run.
    pub fn executor(&self) -> &'a dyn Executor {
        self.executor
    }
}

impl fmt::Debug for DataMoment<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DataMoment({} models)", self.state.models.len())
    }
}

impl fmt::Debug for DataMigration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DataMigration({})", self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::{DataMigration, DataMoment};
    use crate::error::Result;

    #[crate::data_migration("run_rust_tests.fill")]
    async fn fill(moment: &DataMoment<'_>) -> Result<()> {
        moment.model_state("blog.Post").map(|_| ())
    }

    #[test]
    fn a_function_registers_itself_by_its_name() {
        assert!(DataMigration::is_linked("run_rust_tests.fill"));
        let error = DataMigration::find("run_rust_tests.fil").unwrap_err();
        assert!(
            error
                .to_string()
                .contains("did you mean `run_rust_tests.fill`?"),
            "{error}"
        );
    }
}
