//! `migrate flush`: every row of every model removed.

use nuages::fixture;
use serde_json::json;

use super::{Setting, fixture_models};
use crate::ask::{confirm, has_terminal};
use crate::failure::{Code, Failure, Result};
use crate::print;

pub(super) async fn run(setting: &Setting<'_>) -> Result<u8> {
    let database = setting.connect().await?;
    let models = fixture_models(setting, &database).await?;
    if !setting.global.no_input && !agreed(database.address(), models.iter().count())? {
        return Err(Failure::new(Code::Refused, "nothing was removed"));
    }
    let tables = fixture::flush(&database, &models).await?;
    if setting.is_json() {
        print::json(&json!({"tables": tables}));
    } else {
        print::line(format!("Emptied {} tables", tables.len()));
    }
    Ok(0)
}

/// Whether somebody at a terminal agrees; without one, only the flag does.
fn agreed(address: &str, models: usize) -> Result<bool> {
    let what = format!("every row of {models} models in {address}");
    if has_terminal() {
        return confirm(&format!("Remove {what}? This cannot be undone"));
    }
    Err(Failure::new(
        Code::Refused,
        format!("`flush` removes {what}: say --no-input if that is meant"),
    ))
}
