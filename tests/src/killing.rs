//! A broker that is killed again and again under load, and held to what it told its clients.
//!
//! The moments are random; each run prints its seed, and takes it from `PHILTER_KILL_SEED`. Rounds
//! are as many as a variable of the environment says, such as `PHILTER_KILL_ROUNDS`.

use std::env;
use std::time::{SystemTime, UNIX_EPOCH};

use fastrand::Rng;

use crate::broker::{Broker, End};
use crate::history::{Event, History, Look};

const SEED: &str = "PHILTER_KILL_SEED";

/// How often.
#[derive(Clone, Copy, Debug)]
pub struct Rounds {
    /// The variable of the environment that says it.
    pub variable: &'static str,
    /// Where it does not.
    pub default: u64,
}

impl Rounds {
    /// How many.
    ///
    /// # Panics
    /// Where the variable is no number.
    pub fn count(self) -> u64 {
        number(self.variable).unwrap_or(self.default)
    }
}

/// Rounds that end with a kill of the process.
pub const KILLS: Rounds = Rounds { variable: "PHILTER_KILL_ROUNDS", default: 20 };

/// Lets `round` put load on a broker and kill it, as often as it is to be. After each kill a broker
/// is started on what is left, `resolve` ends what is in doubt, and these queues are looked at. At
/// last one ends in order.
///
/// # Panics
/// Where a promise was broken; what the broker left is kept, and its folder is named.
pub fn hold(
    rounds: Rounds,
    broker: Broker,
    queues: &[&str],
    mut round: impl FnMut(u64, &mut Broker, &mut Rng) -> Vec<Vec<Event>>,
    mut resolve: impl FnMut(&Broker, &mut Rng) -> Vec<Event>,
) {
    let mut moments = moments();
    let (mut broker, mut history) = (broker, History::default());
    let rounds = rounds.count();
    for number in 1..=rounds {
        let mut told = round(number, &mut broker, &mut moments);
        broker = broker.again(End::Killed);
        told.push(resolve(&broker, &mut moments));
        settle(&mut history, told, &mut broker, queues, number);
    }
    broker = broker.again(End::InOrder);
    settle(&mut history, Vec::new(), &mut broker, queues, rounds + 1);
    println!("{rounds} rounds: {}", history.summary());
}

/// The moments of this run; its seed is printed.
///
/// # Panics
/// Where the variable of the seed is no number.
pub fn moments() -> Rng {
    let seed = number(SEED).unwrap_or_else(seed_of_now);
    println!("{SEED}={seed}");
    Rng::with_seed(seed)
}

fn settle(
    history: &mut History,
    told: Vec<Vec<Event>>,
    broker: &mut Broker,
    queues: &[&str],
    round: u64,
) {
    let look = Look::at(broker, queues);
    let violations = history.settle(told, &look);
    if violations.is_empty() {
        return;
    }
    broker.kill();
    let folder = broker.keep_data_dir();
    let texts: Vec<String> = violations.iter().map(|each| format!("- {each}")).collect();
    panic!(
        "round {round} broke {} promises (what is left is in {}):\n{}",
        violations.len(),
        folder.display(),
        texts.join("\n")
    );
}

fn number(variable: &str) -> Option<u64> {
    let text = env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable}={text} is no number")))
}

fn seed_of_now() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock behind 1970");
    u64::from(now.subsec_nanos()) ^ now.as_secs()
}
