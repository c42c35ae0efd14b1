//! A broker that is not ours, to run the same suites against: what RabbitMQ does is what they say.
//!
//! `PHILTER_TEST_OTHER_BROKER` is its address, `PHILTER_TEST_OTHER_BROKER_RESTART` the program that
//! restarts it on the same port and ends when it listens.

use std::env;
use std::process::Command;

use crate::program::Program;

const URL: &str = "PHILTER_TEST_OTHER_BROKER";
const RESTART: &str = "PHILTER_TEST_OTHER_BROKER_RESTART";

/// A broker that runs already.
#[derive(Clone, Debug)]
pub struct OtherBroker {
    url: String,
}

impl OtherBroker {
    /// The one that the environment names, if any.
    pub fn from_environment() -> Option<Self> {
        env::var(URL).ok().map(|url| Self { url })
    }

    /// `amqp://…`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Runs the program that restarts it.
    ///
    /// # Panics
    /// Where none is named, or it fails.
    pub fn restart(&self) {
        let program = env::var(RESTART).unwrap_or_else(|_| panic!("{URL} without {RESTART}"));
        Program::run(&mut Command::new(program), "").expect_success();
    }
}
