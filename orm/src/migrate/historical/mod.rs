//! The models of a moment of history, for data migrations: queried by name, never through today's structs.
//!
//! ```ignore
//! #[data_migration("blog.fill_slugs")]
//! async fn fill_slugs(moment: &DataMoment<'_>) -> nuages::Result<()> {
//!     let posts = moment.model("blog.Post")?;
//!     for post in posts.objects().lookup("slug", "")?.all().await? {
//!         let slug = post.get::<String>("title")?.to_lowercase().replace(' ', "-");
//!         posts.objects().lookup("id", post.value("id")?)?.update(&[("slug", slug.into())]).await?;
//!     }
//!     Ok(())
//! }
//! ```

mod meta;
mod record;
mod records;

pub(crate) use meta::metas_of;
pub use record::Record;
pub use records::Records;

use super::run_rust::DataMoment;
use super::state::ModelKey;
use crate::driver::Executor;
use crate::error::{Error, Result};
use crate::meta::ModelMeta;
use crate::query::Query;

/// A model of a moment.
#[derive(Clone, Copy)]
pub struct HistoricalModel<'a> {
    meta: &'static ModelMeta,
    executor: &'a dyn Executor,
}

impl<'a> HistoricalModel<'a> {
    /// All of its rows, as they are now.
    pub fn objects(&self) -> Records<'a> {
        Records::new(Query::new(self.meta), self.executor)
    }

    /// The names of its fields.
    pub fn fields(&self) -> impl Iterator<Item = &'static str> {
        self.meta.fields.iter().map(|field| field.name)
    }
}

impl std::fmt::Debug for HistoricalModel<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "HistoricalModel({})", self.meta.label())
    }
}

impl<'a> DataMoment<'a> {
    /// A model of the moment by `app.Name`, to be queried by names.
    ///
    /// # Errors
    /// If there is none: the message suggests the nearest.
    pub fn model(&self, name: &str) -> Result<HistoricalModel<'a>> {
        let wanted = self.model_state(name)?.key();
        let models = self.metas()?;
        let found = models
            .iter()
            .find(|meta| ModelKey::new(meta.app, meta.name) == wanted);
        let meta =
            found.ok_or_else(|| Error::migration(format!("`{name}` has no table of its own")))?;
        Ok(HistoricalModel {
            meta,
            executor: self.executor(),
        })
    }
}
