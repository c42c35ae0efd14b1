//! The command line.

use std::io;
use std::path::PathBuf;

use clap::Parser;
use philter_plugin_conformance::{
    DEADLINE_MS_DEFAULT, Login, Options, Report, SampleBinding, SampleMessage, Samples,
    check_plugin, write_until_killed,
};

/// Runs a Philter plugin, a library or a WASM component, through the rules of its kinds: one line
/// a rule.
///
/// Exit codes: 0 where no rule failed, 1 where one did, 2 where the kit could not run.
#[derive(Debug, Parser)]
#[command(name = "philter-plugin-conformance", version)]
pub(crate) struct Arguments {
    /// The library, or the component where its name ends in .wasm
    plugin: PathBuf,
    /// Look at this type alone
    #[arg(long = "type", value_name = "NAME")]
    type_name: Option<String>,
    /// The configuration of every instance
    #[arg(long, value_name = "JSON", default_value = "{}")]
    config: String,
    /// The data directory of every instance; each has a new one of its own otherwise. Stores have a
    /// new one of their own in it
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// The configuration of a store that is soon full
    #[arg(long, value_name = "JSON")]
    full_config: Option<String>,
    /// A binding that the exchange takes: a key, and arguments as a JSON object
    #[arg(long, value_name = "KEY [JSON]")]
    binding: Vec<SampleBinding>,
    /// A binding that the exchange must refuse
    #[arg(long, value_name = "KEY [JSON]")]
    bad_binding: Vec<SampleBinding>,
    /// A message: a key, and {"headers": {}, "properties": {}, "body": ""}
    #[arg(long, value_name = "KEY [JSON]")]
    message: Vec<SampleMessage>,
    /// An expression that the filter takes
    #[arg(long, value_name = "TEXT")]
    expression: Vec<String>,
    /// An expression that the filter must refuse
    #[arg(long, value_name = "TEXT")]
    bad_expression: Vec<String>,
    /// A login that must succeed: a mechanism, and its first message with \0 for a NUL
    #[arg(long, value_name = "MECHANISM MESSAGE")]
    login: Vec<Login>,
    /// The limits of a component and what it is granted, as the table [wasm.NAME] has them
    #[arg(long, value_name = "JSON", default_value = "{}")]
    settings: String,
    /// Milliseconds that a call may take
    #[arg(long, value_name = "N", default_value_t = DEADLINE_MS_DEFAULT)]
    pub(crate) deadline_ms: u64,
    /// Run the rules in this process, as under a debugger; a crash then ends the kit
    #[arg(long)]
    pub(crate) here: bool,
    /// Announce every rule before it runs
    #[arg(long, hide = true)]
    announce: bool,
    /// Write to the store of the type, in the data directory itself, until this process is killed
    #[arg(long, hide = true, requires_all = ["type_name", "data_dir"])]
    pub(crate) write_until_killed: bool,
}

impl Arguments {
    /// Runs the rules in this process; whether none failed.
    ///
    /// # Errors
    /// The kit cannot run.
    pub(crate) fn check_here(self) -> io::Result<bool> {
        let mut output = io::stdout().lock();
        let mut report = Report::new(&mut output, self.announce);
        check_plugin(&self.plugin, self.options(), &mut report)?;
        Ok(report.end().failed == 0)
    }

    /// Writes to a store until this process is killed.
    ///
    /// # Errors
    /// The store cannot be written to.
    pub(crate) fn write(&self) -> io::Result<bool> {
        let mut output = io::stdout().lock();
        write_until_killed(&self.plugin, &self.options(), &mut output)?;
        Ok(true)
    }

    fn options(&self) -> Options {
        let mut samples = Samples::default();
        // One's own first: where rules look for the first of something, it is one's own.
        samples.bindings.splice(..0, self.binding.iter().cloned());
        samples.messages.splice(..0, self.message.iter().cloned());
        samples.expressions.splice(..0, self.expression.iter().cloned());
        samples.bad_bindings.extend(self.bad_binding.iter().cloned());
        samples.bad_expressions.extend(self.bad_expression.iter().cloned());
        samples.logins.extend(self.login.iter().cloned());
        Options {
            type_name: self.type_name.clone(),
            configuration: self.config.clone(),
            data_dir: self.data_dir.clone(),
            full_configuration: self.full_config.clone(),
            program: std::env::current_exe().ok(),
            settings: self.settings.clone(),
            samples,
            deadline_ms: self.deadline_ms,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn own_samples_come_first() {
        let line = ["kit", "lib.so", "--binding", r#"k {"a": 1}"#, "--login", r"PLAIN \0a\0b"];
        let options = Arguments::try_parse_from(line).unwrap().options();
        assert_eq!(options.samples.bindings[0].key, "k");
        assert_eq!(options.samples.logins[0].mechanism, "PLAIN");
    }
}
