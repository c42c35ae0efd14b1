//! The words of `philter bench`, and the checks on them.

use std::path::PathBuf;
use std::time::Duration;

use super::document::DOCUMENT_BYTES;
use super::engine::End;
use super::error::BenchError;
use super::plan::{BrokerPlan, Load, Rounds};
use super::protocol::Version;
use super::stamp::STAMP_BYTES;
use super::target::Target;

/// Bytes of a body where nothing says how many.
const BODY_BYTES: usize = 100;

/// Seconds that are measured where nothing says how long.
const MEASURED_S: f64 = 5.0;

/// Seconds before them.
const WARMUP_S: f64 = 1.0;

/// Rounds of a comparison.
const COMPARED_ROUNDS: usize = 5;

/// Put load on a broker of any make, and say how fast it is.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct BenchArguments {
    #[command(subcommand)]
    pub(crate) command: Option<BenchCommand>,
    #[command(flatten)]
    pub(crate) broker: BrokerArguments,
    #[command(flatten)]
    pub(crate) load: LoadArguments,
}

/// What `philter bench` does instead.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum BenchCommand {
    /// Measure a relay without a broker's work: what is left is the machine's
    Floor {
        /// Pairs of a producer and a consumer
        #[arg(long, value_name = "N", default_value_t = 1)]
        pairs: usize,
        /// Bytes that the relay reads and writes at the most [those of a flush]
        #[arg(long, value_name = "BYTES")]
        read_bytes: Option<usize>,
        #[command(flatten)]
        load: LoadArguments,
    },
    /// The relay itself.
    #[command(hide = true)]
    Relay {
        /// Bytes of a read at the most
        #[arg(long, value_name = "BYTES")]
        read_bytes: usize,
    },
}

/// About the broker and what is declared there.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "The broker")]
pub(crate) struct BrokerArguments {
    /// amqp://[user:password@]host[:port][/virtual-host]
    #[arg(default_value = "amqp://127.0.0.1:5672")]
    url: String,
    /// How to speak to it: 0-10 or 0-9-1
    #[arg(long, value_name = "VERSION", default_value = "0-10")]
    protocol: String,
    /// Producers, a connection each
    #[arg(long, value_name = "N", default_value_t = 1)]
    producers: usize,
    /// Consumers, a connection each
    #[arg(long, value_name = "N", default_value_t = 1)]
    consumers: usize,
    /// No consumers: what is published stays until the end
    #[arg(long, conflicts_with = "consumers")]
    no_consume: bool,
    /// Subscriptions of each consumer, to the same queue
    #[arg(long, value_name = "N", default_value_t = 1)]
    subscriptions: usize,
    /// Consumers leave the messages where they are: each gets all
    #[arg(long, conflicts_with = "subscriptions")]
    browse: bool,
    /// Queues, over which both are spread
    #[arg(long, value_name = "N", default_value_t = 1)]
    queues: usize,
    /// An exchange's name, or the type of one to declare [the default exchange]
    #[arg(long, value_name = "NAME|TYPE")]
    exchange: Option<String>,
    /// Bindings of each queue that match nothing, besides the one that does
    #[arg(long, value_name = "N", default_value_t = 0)]
    bindings: usize,
    /// Durable queues and persistent messages
    #[arg(long)]
    durable: bool,
    /// Bytes that a queue may hold; 0: no limit
    #[arg(long, value_name = "BYTES", default_value_t = 0)]
    queue_limit: u64,
    /// Messages that are published before anybody consumes; alone, nothing else is
    #[arg(long, value_name = "N", default_value_t = 0)]
    fill: u64,
    /// The broker's process, on this machine: its CPU time and memory are shown
    #[arg(long, value_name = "PID")]
    pid: Option<u32>,
    /// Another broker, measured in turns with the first
    #[arg(long, value_name = "URL")]
    compare: Option<String>,
    /// That broker's process
    #[arg(long, value_name = "PID", requires = "compare")]
    compare_pid: Option<u32>,
    /// Measure the floor in turns too, and show CPU time as a multiple of it
    #[arg(long)]
    floor: bool,
}

/// About the messages.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "The load")]
pub(crate) struct LoadArguments {
    /// Bytes of a body [100; 2048 with --exchange xml]
    #[arg(long, value_name = "BYTES")]
    size: Option<usize>,
    /// Messages a second in all [as many as go]
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    rate: Option<f64>,
    /// Messages in all, instead of a time
    #[arg(long, value_name = "N", conflicts_with_all = ["duration", "warmup"])]
    messages: Option<u64>,
    /// Seconds to measure [5]
    #[arg(long, value_name = "S", allow_negative_numbers = true)]
    duration: Option<f64>,
    /// Seconds before them [1]
    #[arg(long, value_name = "S", allow_negative_numbers = true)]
    warmup: Option<f64>,
    /// Messages of one write; 1: each is flushed
    #[arg(long, value_name = "N", default_value_t = 64)]
    flush: usize,
    /// Messages of a producer that may be unconfirmed; 0: nobody waits for confirms
    #[arg(long, value_name = "N", default_value_t = 0)]
    confirms: u64,
    /// Messages that may be on their way to a consumer; 0: any number
    #[arg(long, value_name = "N", default_value_t = 0)]
    window: u32,
    /// Messages that one accept is for; 0: none is accepted
    #[arg(long, value_name = "N", default_value_t = 0)]
    ack: u32,
    /// Show latency without a rate too
    #[arg(long)]
    latency: bool,
    /// Threads of the bench [two, or one a core if there are more]
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// Rounds, of which the median is shown [1; with --compare 5]
    #[arg(long, value_name = "N")]
    repeat: Option<usize>,
    /// Write the figures as JSON to a file; -: to standard output, instead of the table
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

impl BrokerArguments {
    /// The plan for the first broker.
    ///
    /// # Errors
    /// A value that means nothing.
    pub(crate) fn plan(&self, load: &LoadArguments) -> Result<BrokerPlan, BenchError> {
        let version = self.version()?;
        if version == Version::V0_9_1 {
            self.check_for_0_9_1(load)?;
        }
        at_least_one("--queues", self.queues)?;
        at_least_one("--subscriptions", self.subscriptions)?;
        if self.producers == 0 && self.fill == 0 {
            return Err(argument("--producers", "without --fill there would be no message".into()));
        }
        Ok(BrokerPlan {
            target: target("URL", &self.url)?,
            version,
            pid: self.pid,
            producers: self.producers,
            consumers: if self.no_consume { 0 } else { self.consumers },
            subscriptions: self.subscriptions,
            is_browsing: self.browse,
            queues: self.queues,
            exchange: self.exchange.clone().filter(|name| name != "default"),
            bindings: self.bindings,
            is_durable: self.durable,
            queue_limit: (self.queue_limit > 0).then_some(self.queue_limit),
            fill: self.fill,
            only_fill: self.fill > 0 && !load.has_end(),
        })
    }

    fn version(&self) -> Result<Version, BenchError> {
        match self.protocol.as_str() {
            "0-10" => Ok(Version::V0_10),
            "0-9-1" => Ok(Version::V0_9_1),
            other => {
                let fault =
                    if other == "1.0" { "is not there yet" } else { "is no version of AMQP" };
                Err(argument("--protocol", format!("{other} {fault}; 0-10 and 0-9-1 are")))
            }
        }
    }

    /// What 0-9-1 has no words for.
    fn check_for_0_9_1(&self, load: &LoadArguments) -> Result<(), BenchError> {
        if self.browse {
            return Err(argument("--browse", "0-9-1 can't look without taking".into()));
        }
        if load.window > u32::from(u16::MAX) {
            let fault = format!("0-9-1 has at most {}", u16::MAX);
            return Err(argument("--window", fault));
        }
        if load.window > 0 && load.ack > load.window {
            let fault =
                format!("a broker that stops at --window {} never sends so many", load.window);
            return Err(argument("--ack", fault));
        }
        Ok(())
    }

    /// How often, and beside what.
    ///
    /// # Errors
    /// A value that means nothing.
    pub(crate) fn rounds(&self, load: &LoadArguments) -> Result<Rounds, BenchError> {
        let compare = self.compare.as_ref().map(|url| target("--compare", url)).transpose()?;
        let repeat = load.repeat.unwrap_or(if compare.is_some() { COMPARED_ROUNDS } else { 1 });
        at_least_one("--repeat", repeat)?;
        if self.floor && self.pid.is_none() {
            return Err(argument("--floor", "the ratio is of CPU time: name a --pid".into()));
        }
        let compare = compare.map(|target| (target, self.compare_pid));
        Ok(Rounds { repeat, compare, with_floor: self.floor })
    }
}

impl LoadArguments {
    /// The load on an exchange: its name or type, where one was asked for.
    ///
    /// # Errors
    /// A value that means nothing, or that does not go together with another.
    pub(crate) fn load(&self, exchange: Option<&str>) -> Result<Load, BenchError> {
        let usual = if exchange == Some("xml") { DOCUMENT_BYTES } else { BODY_BYTES };
        let body_bytes = self.size.unwrap_or(usual);
        at_least_one("--flush", self.flush)?;
        if self.rate.is_some_and(|rate| !(rate.is_finite() && rate > 0.0)) {
            return Err(argument("--rate", "a number above 0 is needed".into()));
        }
        let shows_latency = self.rate.is_some() || self.latency;
        if shows_latency && body_bytes < STAMP_BYTES {
            let fault = format!("latency needs bodies of at least {STAMP_BYTES} bytes");
            return Err(argument("--size", fault));
        }
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let threads = self.threads.unwrap_or(cores.max(2));
        at_least_one("--threads", threads)?;
        Ok(Load {
            body_bytes,
            flush: self.flush,
            confirms: self.confirms,
            window: self.window,
            ack: self.ack,
            rate: self.rate,
            shows_latency,
            messages: self.messages,
            end: self.end()?,
            threads,
        })
    }

    /// Where the figures go as JSON.
    pub(crate) fn json(&self) -> Option<&PathBuf> {
        self.json.as_ref()
    }

    /// Rounds of the floor alone.
    ///
    /// # Errors
    /// None is none.
    pub(crate) fn repeat(&self) -> Result<usize, BenchError> {
        let repeat = self.repeat.unwrap_or(1);
        at_least_one("--repeat", repeat)?;
        Ok(repeat)
    }

    /// Whether somebody said how long to go on.
    fn has_end(&self) -> bool {
        self.messages.is_some() || self.duration.is_some()
    }

    fn end(&self) -> Result<End, BenchError> {
        if self.messages.is_some() {
            return Ok(End::Quota);
        }
        Ok(End::Time {
            warmup: seconds("--warmup", self.warmup.unwrap_or(WARMUP_S))?,
            measured: seconds("--duration", self.duration.unwrap_or(MEASURED_S))?,
        })
    }
}

fn seconds(option: &'static str, seconds: f64) -> Result<Duration, BenchError> {
    let fault = |_| argument(option, format!("{seconds} is no number of seconds"));
    Duration::try_from_secs_f64(seconds).map_err(fault)
}

fn target(option: &'static str, url: &str) -> Result<Target, BenchError> {
    url.parse().map_err(|fault| argument(option, format!("{url}: {fault}")))
}

fn at_least_one(option: &'static str, count: usize) -> Result<(), BenchError> {
    if count == 0 { Err(argument(option, "at least 1 is needed".into())) } else { Ok(()) }
}

fn argument(option: &'static str, fault: String) -> BenchError {
    BenchError::Argument { option, fault }
}

#[cfg(test)]
pub(super) mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, clap::Parser)]
    struct Line {
        #[command(flatten)]
        arguments: BenchArguments,
    }

    fn parsed(words: &[&str]) -> BenchArguments {
        let words = ["bench"].iter().chain(words);
        Line::try_parse_from(words).unwrap_or_else(|error| panic!("{error}")).arguments
    }

    /// The plan of these words.
    pub(crate) fn plan(words: &[&str]) -> BrokerPlan {
        let arguments = parsed(words);
        arguments.broker.plan(&arguments.load).unwrap()
    }

    fn load(words: &[&str]) -> Result<Load, BenchError> {
        let arguments = parsed(words);
        arguments.load.load(arguments.broker.exchange.as_deref())
    }

    #[test]
    fn without_words_there_is_one_of_each_for_some_seconds() {
        let plan = plan(&[]);
        assert_eq!(plan.target.to_string(), "amqp://127.0.0.1:5672");
        assert_eq!((plan.producers, plan.consumers, plan.queues), (1, 1, 1));
        assert_eq!((plan.exchange, plan.queue_limit, plan.only_fill), (None, None, false));
        let load = load(&[]).unwrap();
        assert!(matches!(load.end, End::Time { measured, .. } if measured.as_secs() == 5));
        assert!(!load.shows_latency);
    }

    #[test]
    fn a_fill_alone_is_all_and_with_an_end_it_is_not() {
        assert!(plan(&["--fill", "10"]).only_fill);
        assert!(!plan(&["--fill", "10", "--messages", "5"]).only_fill);
        assert_eq!(plan(&["--fill", "10", "--no-consume"]).consumers, 0);
    }

    #[test]
    fn a_version_is_told_what_it_has_no_words_for() {
        assert_eq!(plan(&["--protocol", "0-9-1"]).version, Version::V0_9_1);
        for (words, part) in [
            (&["--protocol", "1.0"][..], "not there yet"),
            (&["--protocol", "0-8"], "no version"),
            (&["--protocol", "0-9-1", "--browse"], "--browse"),
            (&["--protocol", "0-9-1", "--window", "65536"], "--window"),
            (&["--protocol", "0-9-1", "--window", "10", "--ack", "11"], "--ack"),
        ] {
            let arguments = parsed(words);
            let error = arguments.broker.plan(&arguments.load).unwrap_err().to_string();
            assert!(error.contains(part), "{words:?}: {error}");
        }
        assert_eq!(plan(&["--window", "10", "--ack", "11"]).version, Version::V0_10);
    }

    #[test]
    fn latency_needs_room_in_the_body() {
        assert!(load(&["--rate", "10"]).unwrap().shows_latency);
        let error = load(&["--rate", "10", "--size", "19"]).unwrap_err().to_string();
        assert!(error.contains("--size") && error.contains("20"), "{error}");
        assert!(load(&["--size", "0"]).is_ok());
    }

    #[test]
    fn a_document_is_larger_than_another_body_unless_told() {
        for (words, bytes) in [
            (&[][..], 100),
            (&["--exchange", "topic"], 100),
            (&["--exchange", "xml"], 2_048),
            (&["--exchange", "xml", "--size", "500"], 500),
        ] {
            assert_eq!(load(words).unwrap().body_bytes, bytes, "{words:?}");
        }
    }

    #[test]
    fn a_comparison_has_five_rounds_unless_told() {
        let rounds = |words: &[&str]| {
            let arguments = parsed(words);
            arguments.broker.rounds(&arguments.load).map(|rounds| rounds.repeat)
        };
        assert_eq!(rounds(&[]).unwrap(), 1);
        assert_eq!(rounds(&["--compare", "h"]).unwrap(), 5);
        assert_eq!(rounds(&["--compare", "h", "--repeat", "7"]).unwrap(), 7);
        let error = rounds(&["--floor"]).unwrap_err().to_string();
        assert!(error.contains("--pid"), "{error}");
    }

    #[test]
    fn what_means_nothing_is_named() {
        for (words, part) in [
            (&["--flush", "0"][..], "--flush"),
            (&["--rate", "0"], "--rate"),
            (&["--rate", "inf"], "--rate"),
            (&["--duration", "-1"], "--duration"),
            (&["--threads", "0"], "--threads"),
        ] {
            let error = load(words).unwrap_err().to_string();
            assert!(error.contains(part), "{words:?}: {error}");
        }
    }
}
