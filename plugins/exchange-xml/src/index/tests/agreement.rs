//! The index answers as evaluating every query would.

use philter_xquery::arbitrary;
use proptest::prelude::*;

use super::*;

/// Random queries, a document and headers, all of bytes.
#[derive(Debug)]
struct Case {
    queries: Vec<Query>,
    texts: Vec<String>,
    body: String,
    variables: [Option<Atomic>; 2],
}

impl Case {
    fn new(queries: &[Vec<u8>], document: &[u8], headers: [u8; 2]) -> Self {
        let texts = queries.iter().map(|bytes| arbitrary::filter(bytes));
        let compiled = |text: String| {
            let query = Query::compile(&text, &Options::default()).ok()?;
            Some((text, query))
        };
        let (texts, queries) = texts.filter_map(compiled).unzip();
        Self { queries, texts, body: arbitrary::document(document), variables: headers.map(value) }
    }

    fn variable(&self, name: &str) -> Option<Atomic> {
        let index = ["v", "w"].iter().position(|known| *known == name)?;
        self.variables[index].clone()
    }

    /// What evaluating a query gives; none for an error.
    fn evaluate(&self, query: &Query, document: &Document) -> Option<bool> {
        let values = ["v", "w"].map(|name| (name, self.variable(name).map(|it| [it.into()])));
        let mut evaluation = philter_xquery::Evaluation::new(query).document(document);
        for (name, value) in &values {
            if let Some(value) = value {
                evaluation = evaluation.variable(name, value);
            }
        }
        evaluation.boolean().ok()
    }

    /// Which queries match, each evaluated.
    fn expected(&self, document: &Document) -> Vec<usize> {
        let is_true = |query: &Query| self.evaluate(query, document) == Some(true);
        (0..self.queries.len()).filter(|index| is_true(&self.queries[*index])).collect()
    }

    /// Which queries match by an index from which every third was taken away again.
    fn indexed(&self, document: &Document) -> Vec<usize> {
        let mut index = Index::default();
        let insert = |owner: usize, index: &mut Index<usize>| {
            let query = &self.queries[owner];
            index.insert(&query.conditions(), query.reads_context_item(), owner)
        };
        let entries: Vec<_> =
            (0..self.queries.len()).map(|owner| insert(owner, &mut index)).collect();
        for entry in entries.iter().step_by(3) {
            let owner = index.remove(*entry).unwrap();
            insert(owner, &mut index);
        }
        let decision = index.decide(&Of { case: self, document }).unwrap();
        let owner = |id: &EntryId| index.get(*id).unwrap().owner;
        let evaluated = decision.evaluate.iter().map(owner);
        let evaluated =
            evaluated.filter(|owner| self.evaluate(&self.queries[*owner], document) == Some(true));
        let mut matched: Vec<_> = decision.matched.iter().map(owner).chain(evaluated).collect();
        matched.sort_unstable();
        matched
    }
}

struct Of<'d> {
    case: &'d Case,
    document: &'d Document,
}

impl<'d> Asked<'d> for Of<'d> {
    fn variable(&self, name: &str) -> Option<Atomic> {
        self.case.variable(name)
    }

    fn body(&self) -> Body<'d> {
        Body::Document(self.document)
    }
}

fn value(choice: u8) -> Option<Atomic> {
    Some(match choice % 9 {
        0 => return None,
        1 => Atomic::string("a"),
        2 => Atomic::string("1"),
        3 => Atomic::string(""),
        4 => Atomic::integer(1),
        5 => Atomic::integer(10),
        6 => Atomic::Double(1.5),
        7 => Atomic::Boolean(true),
        _ => Atomic::Double(f64::NAN),
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]
    #[test]
    fn the_index_agrees_with_evaluation(
        queries in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..60), 1..8),
        document in prop::collection::vec(any::<u8>(), 0..80),
        headers in any::<[u8; 2]>(),
    ) {
        let case = Case::new(&queries, &document, headers);
        let document = Document::parse(&case.body, &DocumentLimits::default()).unwrap();
        let (expected, found) = (case.expected(&document), case.indexed(&document));
        let wrong = expected.iter().chain(&found).find(|index| {
            expected.contains(index) != found.contains(index)
        });
        prop_assert!(
            wrong.is_none(),
            "{}\nover {}\nwith {:?}: evaluated {expected:?}, indexed {found:?}",
            wrong.map_or("", |index| case.texts[*index].as_str()),
            case.body,
            case.variables,
        );
    }
}
