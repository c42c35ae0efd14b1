//! What the workers promise, by rule.

use std::sync::mpsc::Receiver;

use super::bench::Bench;
use super::pool::{Job, Ran};
use super::watch::Watch;
use super::*;
use crate::engine::{DynamicError, Variables};

fn workers(configuration: Configuration) -> Workers {
    Workers::start(&configuration).unwrap()
}

fn patient() -> Workers {
    workers(Configuration { deadline_ms: 60_000, ..Configuration::default() })
}

fn task(body: &str, expressions: &[&Arc<Expression>]) -> Task {
    Task {
        body: TaskBody::Bytes(body.as_bytes().to_vec()),
        variables: Variables::new(),
        expressions: expressions.iter().map(|expression| Arc::clone(expression)).collect(),
    }
}

/// Runs for seconds, in no memory.
const LONG: &str = "some $x in 1 to 3000, $y in 1 to 1000 satisfies $x + $y < 0";

#[test]
fn outcomes_come_in_the_order_of_tasks_and_expressions() {
    let workers = patient();
    let one = workers.compile("./a = 1").unwrap();
    let two = workers.compile("./a = 2").unwrap();
    let outcomes = workers.evaluate(vec![
        task("<a>1</a>", &[&one, &two]),
        task("<a>2</a>", &[&two]),
        task("<a>2</a>", &[]),
        task("<a>2</a>", &[&one, &two, &one]),
    ]);
    assert_eq!(outcomes, [true, false, true, false, true, false].map(Ok));
    assert_eq!(workers.counts.documents.load(std::sync::atomic::Ordering::Relaxed), 3);
}

#[test]
fn a_query_that_does_not_end_costs_its_own_answer_and_is_suspended() {
    let workers =
        workers(Configuration { deadline_ms: 300, workers: 1, ..Configuration::default() });
    let good = workers.compile("./a").unwrap();
    let long = workers.compile(LONG).unwrap();
    let outcomes =
        workers.evaluate(vec![task("<a/>", &[&good, &long, &good]), task("<a/>", &[&long, &good])]);
    let overdue = Err(EvaluationFailure::Overdue { deadline_ms: 300 });
    let suspended = Err(EvaluationFailure::Suspended);
    assert_eq!(outcomes, [Ok(true), overdue, Ok(true), suspended, Ok(true)]);
    assert_eq!(workers.to_json()["lost_threads"], 1);
}

/// A job that ends when the test does.
struct Held(Watch<()>, Mutex<Receiver<()>>);

impl Job for Held {
    fn run(&self, _: &mut Bench) -> Ran {
        if self.0.begin(Step::Evaluating) {
            // An error means that the test is over.
            let _ = self.1.lock().recv();
            self.0.finish();
        }
        Ran::Lost
    }
}

#[test]
fn without_threads_evaluations_fail_and_nobody_waits() {
    let patient = patient();
    let good = patient.compile("1 = 1").unwrap();
    let workers = workers(Configuration { deadline_ms: 1, workers: 1, ..Configuration::default() });
    let (_held, mut receivers): (Vec<_>, Vec<_>) =
        (0..=ABANDONED_MAX).map(|_| std::sync::mpsc::channel()).unzip();
    while let Some(receiver) = receivers.pop() {
        let job = Arc::new(Held(Watch::new(), Mutex::new(receiver)));
        let ended = workers.pool.run(&job, &job.0, |_, _| ());
        assert_eq!(ended, Ended::Overdue(Step::Evaluating));
    }
    let outcomes = workers.evaluate(vec![task("", &[&good, &good])]);
    assert_eq!(outcomes, [Err(EvaluationFailure::NoThread), Err(EvaluationFailure::NoThread)]);
    assert_eq!(workers.compile("2 = 2").unwrap_err(), CompileFailure::NoThread);
}

#[test]
fn a_query_that_takes_long_to_compile_is_refused() {
    let workers = workers(Configuration { deadline_ms: 1, workers: 1, ..Configuration::default() });
    let long = format!("1{}", " + 1".repeat(1000));
    assert_eq!(workers.compile(&long).unwrap_err(), CompileFailure::Overdue { deadline_ms: 1 });
}

#[test]
fn a_panic_of_the_engine_ends_neither_thread_nor_batch() {
    let workers = patient();
    let good = workers.compile("./a").unwrap();
    // The engine's jumps have 15 bits, and a chain of lookups doubles its code with each.
    let refused = workers.compile(&format!(".{}", "?a".repeat(12))).unwrap_err();
    assert!(refused.to_string().contains("too much for the engine"), "{refused}");
    assert_eq!(workers.evaluate(vec![task("<a/>", &[&good])]), [Ok(true)]);
}

#[test]
fn callers_on_many_threads_get_their_own_answers() {
    let workers = patient();
    std::thread::scope(|scope| {
        for number in 0..8 {
            let workers = &workers;
            scope.spawn(move || {
                let query = workers.compile(&format!("./a = {number}")).unwrap();
                for body in 0..8 {
                    let outcomes =
                        workers.evaluate(vec![task(&format!("<a>{body}</a>"), &[&query])]);
                    assert_eq!(outcomes, [Ok(body == number)]);
                }
            });
        }
    });
}

#[test]
fn names_do_not_run_out_over_many_documents() {
    let workers = patient();
    let query = workers.compile("/*/*[2] = 'y'").unwrap();
    for batch in 0..70 {
        let document = |number| {
            format!(
                "<a{batch}_{number}><b/><c{batch}_{number}>y\
                 </c{batch}_{number}></a{batch}_{number}>"
            )
        };
        let tasks: Vec<Task> = (0..1000).map(|number| task(&document(number), &[&query])).collect();
        assert!(workers.evaluate(tasks).iter().all(|outcome| *outcome == Ok(true)), "{batch}");
    }
    assert_eq!(workers.counts.documents.load(std::sync::atomic::Ordering::Relaxed), 70_000);
}

#[test]
fn a_document_beyond_a_limit_is_no_document() {
    let workers = workers(Configuration {
        document_bytes_max: 1_000_000,
        depth_max: 10,
        attributes_max: 10,
        deadline_ms: 60_000,
        ..Configuration::default()
    });
    let query = workers.compile("exists(/*)").unwrap();
    let attributes =
        |count| format!("<a{}/>", (0..count).map(|n| format!(" b{n}=''")).collect::<String>());
    let names =
        |count| format!("<a>{}</a>", (0..count).map(|n| format!("<b{n}/>")).collect::<String>());
    for (body, refusal) in [
        ("<a>".repeat(10) + &"</a>".repeat(10), ""),
        ("<a>".repeat(11) + &"</a>".repeat(11), "depth_max"),
        (attributes(10), ""),
        (attributes(11), "attributes_max"),
        (names(32_000), ""),
        (names(40_000), "different names"),
        (format!("<a>{}</a>", " ".repeat(1_000_000)), "document_bytes_max"),
        ("<!DOCTYPE a [<!ENTITY b '<c/>'>]><a>&b;</a>".to_owned(), "holds markup"),
        (
            "<!DOCTYPE a [<!ENTITY b '0123456789'><!ENTITY c '&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;'>\
             <!ENTITY d '&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;'>]><a>&d;&d;&d;&d;&d;&d;&d;&d;&d;</a>"
                .to_owned(),
            "",
        ),
        (
            format!(
                "<!DOCTYPE a [<!ENTITY b '{}'>]><a>{}</a>",
                "x".repeat(2000),
                "&b;".repeat(600)
            ),
            "entities may expand",
        ),
        ("<!DOCTYPE a [<!ENTITY b '&b;'>]><a>&b;</a>".to_owned(), "loop"),
        ("<a>".to_owned(), "never closed"),
        ("<a/><b/>".to_owned(), "1:5"),
        ("<a b='1' b='2'/>".to_owned(), "b"),
        ("<p:a/>".to_owned(), "p"),
        (String::new(), "root"),
        ("text".to_owned(), "text"),
    ] {
        let outcome = workers.evaluate(vec![task(&body, &[&query])]).remove(0);
        let shown: String = body.chars().take(60).collect();
        if refusal.is_empty() {
            assert_eq!(outcome, Ok(true), "{shown}");
        } else {
            let Err(EvaluationFailure::Dynamic(DynamicError::Document(_))) = &outcome else {
                panic!("{shown}: {outcome:?}");
            };
            let text = outcome.unwrap_err().to_string();
            assert!(
                text.contains(refusal) || refusal == "line" || refusal == "text",
                "{shown}: {text}"
            );
        }
    }
}
