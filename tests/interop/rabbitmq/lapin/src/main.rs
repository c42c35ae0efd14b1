//! The suite of lapin: what applications do with it, a check each.
//!
//! `lapin-suite URL [CHECK...]` prints `client NAME VERSION`, then one line a check: `ok CHECK` or
//! `not ok CHECK: reason`. A check that wants the broker restarted prints `restart` and goes on
//! when a line comes in. The exit code says whether all went well.

mod broker;
mod check;
mod connecting;
mod consuming;
mod dead_lettering;
mod publishing;
mod refusing;
mod routing;

use std::env;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use broker::Broker;
use check::{Check, Outcome};
use tokio::time::timeout;

/// How long a check may take: several of its waits.
const CHECK_MAX: Duration = Duration::from_secs(120);

#[tokio::main]
async fn main() -> ExitCode {
    let mut arguments = env::args().skip(1);
    let Some(url) = arguments.next() else {
        eprintln!("usage: lapin-suite URL [CHECK...]");
        return ExitCode::from(2);
    };
    let names: Vec<String> = arguments.collect();
    println!("client lapin {}", version());
    let mut is_all_well = true;
    for check in checks().filter(|check| names.is_empty() || names.iter().any(|n| n == check.name))
    {
        is_all_well &= is_well(check, &url).await;
    }
    if is_all_well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn checks() -> impl Iterator<Item = &'static Check> {
    let parts = [
        routing::CHECKS,
        consuming::CHECKS,
        publishing::CHECKS,
        dead_lettering::CHECKS,
        refusing::CHECKS,
        connecting::CHECKS,
    ];
    parts.into_iter().flatten()
}

async fn is_well(check: &Check, url: &str) -> bool {
    let broker = Arc::new(Broker::new(url));
    let outcome = run(check, broker.clone()).await;
    broker.close().await;
    match &outcome {
        Ok(()) => println!("ok {}", check.name),
        Err(failure) => println!("not ok {}: {failure}", check.name),
    }
    outcome.is_ok()
}

/// A check that panics or does not end fails, and the next one goes on.
async fn run(check: &Check, broker: Arc<Broker>) -> Outcome {
    let mut running = tokio::spawn((check.run)(broker));
    match timeout(CHECK_MAX, &mut running).await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(panicked)) => Err(panicked.to_string().into()),
        Err(_) => {
            running.abort();
            Err(format!("has not ended after {CHECK_MAX:?}").into())
        }
    }
}

/// What the lock file says that was compiled: lapin tells nobody.
fn version() -> &'static str {
    let locked = include_str!("../Cargo.lock").split("name = \"lapin\"\nversion = \"").nth(1);
    locked.and_then(|rest| rest.split('"').next()).unwrap_or("unknown")
}
