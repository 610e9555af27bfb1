//! From areas to trials, and running them.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use nuages::driver::Executor;
use tokio::runtime::{self, Runtime};

use crate::lease::Places;
use crate::{Area, Case, Given, Outcome, Product, Server};

/// How long a case may take before it counts as stuck.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// Runs the areas on every database that is here; the whole of the suite's `main`. The arguments are those of any test binary.
pub fn run(areas: &[Area]) -> ExitCode {
    let arguments = Arguments::from_args();
    let mut absent = Vec::new();
    let mut trials = Vec::new();
    for product in Product::ALL {
        let server = find(product, &arguments);
        if let Server::Absent(reason) = &server {
            absent.push((product, reason.clone()));
        }
        let places = Arc::new(Places::new(product, server));
        for area in areas {
            trials.extend(
                area.cases
                    .iter()
                    .filter(|case| !case.once || product == Product::Sqlite)
                    .map(|case| trial(area, case.clone(), &places)),
            );
        }
    }
    let conclusion = libtest_mimic::run(&arguments, trials);
    tell_absent(&absent);
    conclusion.exit_code()
}

/// Nothing is looked for when the trials are only listed.
fn find(product: Product, arguments: &Arguments) -> Server {
    if arguments.list {
        return Server::Absent("not looked for".to_owned());
    }
    match runtime() {
        Ok(runtime) => runtime.block_on(product.find()),
        Err(error) => Server::Absent(error.to_string()),
    }
}

#[expect(
    clippy::print_stderr,
    reason = "a test binary's output is what it is for"
)]
fn tell_absent(absent: &[(Product, String)]) {
    for (product, reason) in absent {
        eprintln!("SKIPPED {}: {reason}", product.name());
    }
}

fn trial(area: &Area, case: Case, places: &Arc<Places>) -> Trial {
    let name = format!("{}::{}::{}", places.product().name(), area.name, case.name);
    let places = Arc::clone(places);
    Trial::ignorable_test(name, move || {
        let runtime = runtime().map_err(|error| Failed::from(error.to_string()))?;
        let completion = runtime.block_on(attempt(&case, &places));
        // What a case left running must not keep the suite.
        runtime.shutdown_timeout(Duration::from_secs(1));
        completion.map_err(|error| Failed::from(error.to_string()))
    })
}

/// Several workers, as a service has them, so that futures have to be `Send` and can run at the same time.
fn runtime() -> std::io::Result<Runtime> {
    runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
}

async fn attempt(
    case: &Case,
    places: &Places,
) -> Result<Completion, Box<dyn std::error::Error + Send + Sync>> {
    if places.is_absent() {
        return Ok(Completion::ignored_with(format!(
            "no {} server",
            places.product().name()
        )));
    }
    let lease = places.lease(case.tables).await?;
    let given = lease.open().await?;
    let features = given.db.dialect().features();
    if let Some(lacking) = case
        .requires
        .iter()
        .find(|requirement| !(requirement.is_met)(features))
    {
        return Ok(Completion::ignored_with(format!("no {}", lacking.feature)));
    }
    finish(case, given).await?;
    lease.give_back();
    Ok(Completion::Completed)
}

/// Runs the case as a task, so that its panic and its time-out both end here.
async fn finish(case: &Case, given: Given) -> Outcome {
    let mut task = tokio::spawn((case.run)(given));
    match tokio::time::timeout(case.patience, &mut task).await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(error)) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        Ok(Err(error)) => Err(error.into()),
        Err(_) => {
            task.abort();
            Err(format!("still running after {:?}", case.patience).into())
        }
    }
}
