//! Random XPath over random documents. A case is its seed.

use philter_xquery::arbitrary::{self, Dialect};
use philter_xquery::{Document, DocumentLimits, Environment, Options, Query};

use crate::disagreements::{Case, judge};
use crate::outcome::Outcome;
use crate::{shape, threads, xee};

const CASES: usize = 3000;
const SEED: u64 = 1;

/// What gives entries of maps in any order, which a query around it may show.
const OF_MAPS: [&str; 2] = ["map:keys", "map:merge"];

#[test]
fn engines_agree_on_random_queries() {
    let number = |name| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let seed = number("PHILTER_ORACLE_SEED").unwrap_or(SEED);
    let count = number("PHILTER_ORACLE_CASES").map_or(CASES, |n| usize::try_from(n).unwrap());
    println!("seeds from {seed}");
    let cases = threads::run(count, |index| run(seed + index as u64));
    let cases: Vec<_> = cases.into_iter().flatten().collect();
    let is_usual = (seed, count) == (SEED, CASES);
    judge(&cases, cases.len() / 2, |known| is_usual && known.starts_with("seed "));
}

/// None where xee can't be asked.
fn run(seed: u64) -> Option<Case> {
    let mut bytes = Bytes(seed);
    let document = arbitrary::document(&bytes.take(160));
    let query = arbitrary::query(&bytes.take(200), Dialect::XPath);
    if !shape::is_safe(&query) || OF_MAPS.iter().any(|word| query.contains(word)) {
        return None;
    }
    let (prefix, uri) = arbitrary::NAMESPACE;
    let options =
        Options { namespaces: vec![(prefix.to_owned(), uri.to_owned())], ..Options::default() };
    let parsed = Document::parse(&document, &DocumentLimits::default()).expect("it is well-formed");
    let environment = Environment { context_item: Some(parsed.into()), ..Environment::default() };
    let ours = Outcome::of(Query::compile(&query, &options), &environment);
    let theirs = xee::evaluate(&query, &options.namespaces, &document);
    Some(Case { name: format!("seed {seed}"), query, document, ours, theirs })
}

/// Bytes that a seed gives (SplitMix64).
struct Bytes(u64);

impl Bytes {
    fn take(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(count + 8);
        while bytes.len() < count {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut word = self.0;
            word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            bytes.extend_from_slice(&(word ^ (word >> 31)).to_be_bytes());
        }
        bytes.truncate(count);
        bytes
    }
}
