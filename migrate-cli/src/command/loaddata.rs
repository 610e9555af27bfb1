//! `migrate loaddata`: rows from JSON.

use std::io::Read;

use nuages::fixture::{self, Loaded};
use serde_json::json;

use super::{Setting, fixture_models};
use crate::args::LoadArgs;
use crate::failure::{Failure, Result};
use crate::print;

pub(super) async fn run(setting: &Setting<'_>, args: &LoadArgs) -> Result<u8> {
    // All are read before any row is written.
    let mut texts = Vec::with_capacity(args.files.len());
    for file in &args.files {
        texts.push((print::path(file), read(file)?));
    }
    let database = setting.connect().await?;
    let models = fixture_models(setting, &database).await?;
    let mut sum = Loaded::default();
    for (name, text) in texts {
        let loaded = fixture::load(&database, &models, &text).await;
        let loaded = loaded.map_err(|error| Failure::from(error).context(name))?;
        sum.rows += loaded.rows;
    }
    if setting.is_json() {
        print::json(&json!({"objects": sum.rows, "fixtures": args.files.len()}));
    } else {
        print::line(format!(
            "Installed {} objects from {} fixtures",
            sum.rows,
            args.files.len()
        ));
    }
    Ok(0)
}

fn read(file: &std::path::Path) -> Result<String> {
    let mut text = String::new();
    let read = if file.as_os_str() == "-" {
        std::io::stdin().read_to_string(&mut text).map(|_| ())
    } else {
        std::fs::read_to_string(file).map(|read| text = read)
    };
    read.map_err(|error| Failure::error(format!("{}: {error}", print::path(file))))?;
    Ok(text)
}
