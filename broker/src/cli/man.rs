//! `philter man [DIR]`: the manual pages, made of the command line's own help.

use std::io;
use std::path::{Path, PathBuf};

use clap::{Command, CommandFactory};
use clap_mangen::Man;

use super::arguments::Arguments;
use super::{DONE, FAILED, Terminal};

/// A page that could not be written.
#[derive(Debug, thiserror::Error)]
#[error("{}: {source}", path.display())]
struct PageError {
    path: PathBuf,
    source: io::Error,
}

/// Prints the program's page; with a folder, writes one page a command into it instead.
pub(crate) fn run(folder: Option<&Path>, terminal: &mut Terminal<'_>) -> i32 {
    let mut command = Arguments::command();
    command.build();
    let done = match folder {
        Some(folder) => write_all(folder, &command),
        None => page(command).map(|page| terminal.say(&page)).map_err(|source| {
            let path = PathBuf::from("philter.1");
            PageError { path, source }
        }),
    };
    match done {
        Ok(()) => DONE,
        Err(error) => {
            terminal.complain(error);
            FAILED
        }
    }
}

/// Pages by the commands' whole names, as `philter-plugin-list.1`.
fn write_all(folder: &Path, command: &Command) -> Result<(), PageError> {
    let failed = |path: PathBuf| move |source| PageError { path, source };
    std::fs::create_dir_all(folder).map_err(failed(folder.to_owned()))?;
    let name = command.get_display_name().unwrap_or_else(|| command.get_name());
    let path = folder.join(format!("{name}.1"));
    let page = page(command.clone()).map_err(failed(path.clone()))?;
    std::fs::write(&path, page).map_err(failed(path))?;
    let shown = command.get_subcommands().filter(|below| !below.is_hide_set());
    shown.into_iter().try_for_each(|below| write_all(folder, below))
}

fn page(command: Command) -> io::Result<String> {
    let mut page = Vec::new();
    Man::new(command).render(&mut page)?;
    Ok(String::from_utf8_lossy(&page).into_owned())
}
