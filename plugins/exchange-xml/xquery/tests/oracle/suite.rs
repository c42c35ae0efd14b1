//! The cases of the W3C's suite that are XPath. The suite judges each engine by itself; here they
//! are held against each other, to the last digit.

use std::sync::Arc;

use philter_xquery::Query;

use crate::catalog::{self, Case as SuiteCase, TestSet};
use crate::disagreements::{Case, judge};
use crate::outcome::Outcome;
use crate::{engine, shape, threads, xee};

/// Cases with a result that both engines have, at least.
const AGREEING_MIN: usize = 8000;

#[test]
fn engines_agree_on_the_suite() {
    let Some(folder) = catalog::folder() else {
        println!("there is no copy of QT3 at PHILTER_QT3 or ../shared/qt3; nothing was run");
        return;
    };
    let sets = catalog::read(&folder);
    let cases: Vec<_> =
        sets.iter().flat_map(|set| set.cases.iter().map(move |case| (set, case))).collect();
    let tried =
        threads::run(cases.len(), |index| cases.get(index).and_then(|(set, case)| run(set, case)));
    let tried: Vec<_> = tried.into_iter().flatten().collect();
    judge(&tried, AGREEING_MIN, |known| known.contains('/'));
}

/// None where xee can't be asked.
fn run(set: &TestSet, case: &SuiteCase) -> Option<Case> {
    let document = case.environment.document_only()?;
    if !is_xpath(case) || !shape::is_safe(&case.query) {
        return None;
    }
    let setting = case.environment.prepared().ok()?;
    let query = engine::compile(&case.query, &case.file, setting, &Arc::default());
    // It always has a document; here there may be none, which is what some cases are about.
    let reads_document = query.as_ref().is_ok_and(Query::reads_context_item);
    if document.is_none() && reads_document {
        return None;
    }
    let document = document.map_or_else(|| "<none/>".to_owned(), catalog::read_text);
    let theirs = xee::evaluate(&case.query, &setting.namespaces, &document);
    let ours = Outcome::of(query, &setting.environment);
    let name = format!("{}/{}", set.name, case.name);
    Some(Case { name, query: case.query.clone(), document: String::new(), ours, theirs })
}

fn is_xpath(case: &SuiteCase) -> bool {
    case.dependencies.iter().all(|dependency| match &*dependency.kind {
        "spec" => {
            let mut versions = dependency.value.split_whitespace();
            versions.clone().any(|v| matches!(v, "XP20+" | "XP30+" | "XP31+" | "XP31"))
                && versions.any(|v| matches!(v, "XQ10+" | "XQ30+" | "XQ31+" | "XQ31"))
        }
        "feature" => dependency.value == "higherOrderFunctions",
        _ => false,
    })
}
