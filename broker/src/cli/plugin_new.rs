//! `philter plugin new DIR`.

use super::plugin_arguments::NewArguments;
use super::{DONE, FAILED, MISUSED, Terminal};
use crate::authoring::{CarrierKind, ProjectError, ProjectName, Template, write_project};

/// Writes a project, and says what to do with it.
pub(crate) fn run(arguments: &NewArguments, terminal: &mut Terminal<'_>) -> i32 {
    match write(arguments) {
        Ok(text) => {
            terminal.say(&text);
            DONE
        }
        Err(error) => {
            terminal.complain(&error);
            if error.is_misuse() { MISUSED } else { FAILED }
        }
    }
}

fn write(arguments: &NewArguments) -> Result<String, ProjectError> {
    let NewArguments { kind, lang, native, name, folder } = arguments;
    let carrier = if *native { CarrierKind::Native } else { CarrierKind::Component };
    let template = Template::find(*kind, *lang, carrier)?;
    let name = ProjectName::new(name.as_deref(), folder)?;
    write_project(folder, &template.files(&name)?)?;
    Ok(format!(
        "{}: {kind} '{name}'\n  ./build  makes {}, and says what it needs\n  ./test   {}\n",
        folder.display(),
        template.product(&name),
        template.test(),
    ))
}
