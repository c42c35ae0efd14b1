//! Runs cases on several threads.
//!
//! Invariants: a panic of the engine is a failure of its case; the outcomes come in the suite's
//! order.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::applicability::reason_to_skip;
use crate::catalog::{Case, TestSet};
use crate::engine;
use crate::report::{Outcome, Tried};
use crate::verdict::Run;

const THREADS: usize = 2;

/// Runs the cases of all sets, or those that `only` names.
pub(crate) fn all(sets: &[TestSet], only: &[&str]) -> Vec<Tried> {
    let next = AtomicUsize::new(0);
    let tried = Mutex::new(Vec::new());
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                while let Some(set) = sets.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let of_set = run_set(set, only);
                    tried.lock().expect("no thread panics").extend(of_set);
                }
            });
        }
    });
    std::panic::set_hook(hook);
    let mut tried = tried.into_inner().expect("no thread panics");
    tried.sort_by(|a, b| (&a.file, &a.name).cmp(&(&b.file, &b.name)));
    tried
}

fn run_set(set: &TestSet, only: &[&str]) -> Vec<Tried> {
    let is_wanted = |case: &&Case| {
        only.is_empty() || only.iter().any(|name| set.file.starts_with(name) || case.name == *name)
    };
    let tried = set.cases.iter().filter(is_wanted).map(|case| Tried {
        file: set.file.clone(),
        name: format!("{}/{}", set.name, case.name),
        outcome: try_case(set, case),
    });
    tried.collect()
}

fn try_case(set: &TestSet, case: &Case) -> Outcome {
    if let Some(reason) = reason_to_skip(case) {
        return Outcome::Skipped(reason);
    }
    let result = catch_unwind(AssertUnwindSafe(|| run_case(case)));
    let Err(reason) = result.unwrap_or_else(|panic| Err(format!("panic: {}", said(&*panic))))
    else {
        return Outcome::Passed;
    };
    let details = format!(
        "{} ({})\n{}\nexpected: {}\nfound: {reason}",
        case.name,
        set.file,
        case.query.trim(),
        case.expected
    );
    let reason = reason.lines().next().unwrap_or_default().chars().take(120).collect();
    Outcome::Failed { reason, details }
}

fn run_case(case: &Case) -> Result<(), String> {
    let setting = case.environment.prepared()?;
    let compiled = engine::compile(&case.query, &case.file, setting, &case.modules);
    let (query, outcome) = match compiled {
        Ok(query) => {
            let outcome = query.evaluate(&setting.environment);
            (Some(query), outcome)
        }
        Err(error) => (None, Err(error)),
    };
    Run { case, setting, query: query.as_ref(), outcome }.check(&case.expected)
}

fn said(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("without a word")
}
