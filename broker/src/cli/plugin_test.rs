//! `philter plugin test FILE`, and what `philter plugin bench FILE` shares with it.

use super::plugin_arguments::{Asked, TestArguments};
use super::{DONE, FAILED, MISUSED, Terminal};
use crate::authoring::{AuthoringError, Question, Subject, read_messages, try_out};
use crate::config::Config;

/// Asks the plugin about recorded messages, and says what it answered.
pub(crate) fn run(config: &Config, arguments: &TestArguments, terminal: &mut Terminal<'_>) -> i32 {
    match try_it(config, arguments) {
        Ok((text, is_good)) => {
            terminal.say(&text);
            if is_good { DONE } else { FAILED }
        }
        Err(error) => refuse(&error, terminal),
    }
}

fn try_it(config: &Config, arguments: &TestArguments) -> Result<(String, bool), AuthoringError> {
    let question = question(&arguments.asked)?;
    let messages = read_messages(&arguments.messages)?;
    let subject = Subject::open(config, &arguments.asked.file, &question)?;
    let trial = try_out(&subject, &question, &messages)?;
    let json = || format!("{:#}\n", serde_json::json!(trial));
    Ok((if arguments.json { json() } else { trial.text() }, trial.is_good()))
}

/// What the options ask.
///
/// # Errors
/// JSON that is none, or has a field that nobody knows.
pub(super) fn question(asked: &Asked) -> Result<Question, AuthoringError> {
    let Asked { type_name, configuration, expression, bind, declare, file: _ } = asked;
    let (type_name, configuration) = (type_name.clone(), configuration.clone());
    Question::read(type_name, configuration, expression.clone(), bind, declare.as_deref())
}

/// Says why nothing was asked; the exit code.
pub(super) fn refuse(error: &AuthoringError, terminal: &mut Terminal<'_>) -> i32 {
    terminal.complain(error);
    if error.is_the_plugins() { FAILED } else { MISUSED }
}
