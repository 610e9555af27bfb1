//! A database for one purpose: made, and dropped when that is fulfilled.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::db::{Database, editor, in_memory};
use crate::driver::Executor;
use crate::error::Result;
use crate::sql::{Copies, DatabaseCopies};

/// A database that nobody else knows.
pub(super) struct Scratch {
    pub(super) database: Database,
    /// On a server: the database beside it, and how it is told to drop this one.
    place: Option<(Database, &'static dyn DatabaseCopies, String)>,
}

/// Makes an empty database: in memory, or on the server that a URL leads to.
///
/// # Errors
/// Where the URL leads nowhere, or the user may not create databases.
pub(super) async fn make(url: &str) -> Result<Scratch> {
    if let Some(database) = in_memory(url).await? {
        return Ok(Scratch {
            database,
            place: None,
        });
    }
    let beside = Database::builder(url).pool_size(1).connect().await?;
    let editor = editor(beside.server());
    let Copies::Databases(copies) = editor.copies() else {
        return Err(editor.lacks("databases beside each other"));
    };
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let moment = now.map_or(0, |since| since.as_nanos());
    let name = format!("nuages_verify_{}_{moment:x}", std::process::id());
    let made = beside.batch(&copies.create(&name)).await;
    made.map_err(|error| {
        error.context("making a database to try the migrations on, which the user of the URL must be allowed to")
    })?;
    match Database::builder(url).database(&name).connect().await {
        Ok(database) => Ok(Scratch {
            database,
            place: Some((beside, copies, name)),
        }),
        Err(error) => {
            beside.batch(&copies.drop(&name)).await?;
            Err(error)
        }
    }
}

impl Scratch {
    /// Drops the database.
    ///
    /// # Errors
    /// What the server said.
    pub(super) async fn drop(self) -> Result<()> {
        self.database.close();
        match self.place {
            None => Ok(()),
            Some((beside, copies, name)) => {
                let dropped = beside.batch(&copies.drop(&name)).await;
                beside.close();
                dropped
            }
        }
    }
}
