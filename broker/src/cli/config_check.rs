//! `philter config check`: everything is read as the broker would read it, and all that is wrong is
//! said.
//!
//! Exit codes are those of a broker that is started so: 2 for what is wrong with what was said, 1
//! for plugins that are missing.

use std::ffi::OsString;

use super::options::given;
use super::{DONE, FAILED, MISUSED, Terminal};
use crate::config::{Config, ConfigErrors, Layer, Name};
use crate::plugin::Catalog;

/// Checks the configuration with each of `files` in the place of `--config`; without one, as the
/// broker would be started.
pub(crate) fn run(
    files: &[String],
    layer: &Layer,
    environment: &[(OsString, OsString)],
    terminal: &mut Terminal<'_>,
) -> i32 {
    if files.is_empty() {
        return check(layer.clone(), environment, "", terminal);
    }
    let codes = files.iter().map(|file| {
        let mut layer = layer.clone();
        layer.replace(given(Name::Config, file));
        check(layer, environment, &format!("{file}: "), terminal)
    });
    // All of them, and not up to the first that fails.
    codes.collect::<Vec<i32>>().into_iter().max().unwrap_or(DONE)
}

fn check(
    layer: Layer,
    environment: &[(OsString, OsString)],
    place: &str,
    terminal: &mut Terminal<'_>,
) -> i32 {
    let config = match load(layer, environment) {
        Ok(config) => config,
        Err(errors) => {
            errors.iter().for_each(|error| terminal.complain(error));
            return MISUSED;
        }
    };
    for variable in config.left_alone() {
        terminal.say(&format!("left alone: {variable}, no option of this broker\n"));
    }
    let catalog = Catalog::load(&config);
    let (mut code, mut lines) = (DONE, Vec::new());
    if let Err(missing) = catalog.require(&config) {
        (code, lines) = (FAILED, missing.lines);
    }
    let tables = catalog.check_tables(&config, |line| terminal.say(&format!("{line}\n")));
    if let Err(wrong) = tables {
        code = MISUSED;
        lines.extend(wrong.lines);
    }
    if code != DONE {
        lines.iter().for_each(|line| terminal.complain(line));
        return code;
    }
    terminal.say(&format!("{place}OK: {}\n", config.sources()));
    DONE
}

fn load(layer: Layer, environment: &[(OsString, OsString)]) -> Result<Config, ConfigErrors> {
    let config = Config::load(layer, environment.iter().cloned())?;
    config.check_data_dir()?;
    Ok(config)
}
