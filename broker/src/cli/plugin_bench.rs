//! `philter plugin bench FILE`.

use std::time::Duration;

use super::plugin_arguments::BenchArguments;
use super::plugin_test::{question, refuse};
use super::{DONE, Terminal};
use crate::authoring::{AuthoringError, Effort, Figures, Subject, measure, read_messages};
use crate::config::Config;

/// Measures, and says what came out.
pub(crate) fn run(config: &Config, arguments: &BenchArguments, terminal: &mut Terminal<'_>) -> i32 {
    match figures(config, arguments) {
        Ok(figures) => {
            let json = || format!("{:#}\n", serde_json::json!(figures));
            terminal.say(&if arguments.json { json() } else { figures.text() });
            DONE
        }
        Err(error) => refuse(&error, terminal),
    }
}

fn figures(config: &Config, arguments: &BenchArguments) -> Result<Figures, AuthoringError> {
    let question = question(&arguments.asked)?;
    let messages = arguments.messages.as_deref().map(read_messages).transpose()?;
    let subject = Subject::open(config, &arguments.asked.file, &question)?;
    let round = Duration::from_millis(arguments.round_ms.into());
    let effort = Effort { rounds: arguments.rounds.into(), round };
    measure(&subject, &question, messages.as_deref(), effort)
}
