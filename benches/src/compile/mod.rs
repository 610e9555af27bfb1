//! What the libraries cost to compile: time and memory of the compiler for crates of 10 and of 100 models.

mod cost;
mod sources;

use serde_json::{Value, json};

use crate::arguments::Arguments;
use crate::{Result, results, say};
use cost::Cost;
use sources::{Crate, LIBRARIES};

/// Models of the crates.
const MODELS: [usize; 2] = [10, 100];
/// Turns that each crate has.
const ROUNDS: usize = 3;

/// Measures and writes `compile.json`. The libraries take turns, so that a machine that changes its speed is fair.
///
/// # Errors
/// Where a crate cannot be written, or the results cannot.
pub(crate) fn measure(arguments: &Arguments) -> Result<()> {
    let repository = arguments.repository()?;
    let generated = arguments.generated()?;
    let mut measured = Vec::new();
    let mut left_out = Vec::new();
    for models in MODELS {
        let mut costs = Vec::new();
        for library in LIBRARIES {
            if !Arguments::wants(&arguments.peers, library.name) {
                continue;
            }
            let written = Crate::write(library, models, (&generated, &repository))?;
            match Cost::prepare(written, models == MODELS[1]) {
                Ok(cost) => costs.push(cost),
                Err(error) => {
                    say(&format!(
                        "LEFT OUT: {} of {models} models: {error}",
                        library.name
                    ));
                    left_out.push(format!("{}: {error}", library.name));
                }
            }
        }
        for round in 0..ROUNDS {
            for cost in &mut costs {
                cost.round(round)?;
            }
        }
        measured.extend(costs);
    }
    let rows: Vec<String> = measured
        .iter()
        .map(|cost| format!("    {}", cost.json()))
        .collect();
    let text = format!(
        "{{\n  \"machine\": {},\n  \"versions\": {},\n  \"left_out\": {},\n  \"rows\": [\n{}\n  ]\n}}\n",
        results::machine(),
        Value::Object(results::versions(
            &arguments.results,
            "compiler",
            Some(&cost::compiler()?)
        )),
        json!(left_out),
        rows.join(",\n"),
    );
    Ok(std::fs::write(
        arguments.results.join("compile.json"),
        text,
    )?)
}
