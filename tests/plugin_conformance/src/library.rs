//! A library as a whole: that it loads, what it says of itself, and then its types one by one.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use philter_plugin_api::Kind;
use philter_plugin_api::abi::host::{FactoryInfo, Library};

use crate::recorder::Recorder;
use crate::report::Report;
use crate::rule::{Checked, Stop, demand, fails, skips};
use crate::subject::{Options, Subject};
use crate::{auth, exchange, filter, store};

/// Loads the library at `path` and runs its types through the rules.
///
/// # Errors
/// The kit cannot make a folder for the instances' files.
pub fn check_library(
    path: &Path,
    options: Options,
    report: &mut Report<'_>,
) -> std::io::Result<()> {
    let options = Arc::new(options);
    let scratch = tempfile::tempdir()?;
    let store_scratch = match &options.data_dir {
        Some(given) => tempfile::tempdir_in(given)?,
        None => tempfile::tempdir()?,
    };
    let recorder = Arc::new(Recorder::default());
    let mut loaded = None;
    report.check("library", "loads", &recorder, || {
        let library = Library::open(path, Arc::clone(&recorder) as _)
            .map_err(|error| Stop::Fails(error.to_string()))?;
        let info = library.info();
        let seen = format!("plugin '{}' {} under {}", info.name, info.version, info.licence);
        loaded = Some(Arc::new(library));
        Ok(seen)
    });
    let Some(library) = loaded else { return Ok(()) };
    check_record(&library, &options, &recorder, report);
    let is_wanted = |factory: &&FactoryInfo| {
        options.type_name.as_ref().is_none_or(|wanted| *wanted == factory.type_name)
    };
    for factory in library.info().factories.iter().filter(is_wanted) {
        let scratch = if factory.kind == Kind::Store { &store_scratch } else { &scratch };
        let subject = Subject {
            library: Arc::clone(&library),
            path: path.to_owned(),
            factory: factory.clone(),
            options: Arc::clone(&options),
            recorder: Arc::clone(&recorder),
            scratch: scratch.path().to_owned(),
            instances: AtomicU64::new(0),
        };
        check_factory(subject, report);
    }
    report.check("library", "leaves nothing open", &recorder, || nothing_pends(&library));
    Ok(())
}

fn check_record(
    library: &Library,
    options: &Options,
    recorder: &Recorder,
    report: &mut Report<'_>,
) {
    report.check("library", "offers kinds that this host knows", recorder, || known(library));
    if let Some(wanted) = &options.type_name {
        report.check("library", "has the type that was asked for", recorder, || {
            let has = library.info().factories.iter().any(|factory| factory.type_name == *wanted);
            demand(has, || format!("there is no type '{wanted}'; {}", types(library)))?;
            Ok(wanted.clone())
        });
    }
}

fn known(library: &Library) -> Checked {
    let refused: Vec<_> = library.info().refused.iter().map(ToString::to_string).collect();
    demand(refused.is_empty(), || refused.join("; "))?;
    Ok(types(library))
}

fn types(library: &Library) -> String {
    let factories = library.info().factories.iter();
    let types = factories.map(|factory| format!("{} '{}'", factory.kind, factory.type_name));
    types.collect::<Vec<_>>().join(", ")
}

fn check_factory(subject: Subject, report: &mut Report<'_>) {
    let name = format!("{} '{}'", subject.factory.kind, subject.factory.type_name);
    report.check(&name, "describes its configuration", &subject.recorder, || schema(&subject));
    match subject.factory.kind {
        Kind::Exchange => exchange::check(&name, subject, report),
        Kind::Filter => filter::check(&name, subject, report),
        Kind::Auth => auth::check(&name, subject, report),
        Kind::Store => store::check(&name, subject, report),
        // A kind that this kit has no rules for is no kind that its host loads.
        kind => report.check(&name, "is of a kind with rules", &subject.recorder, || {
            skips(format!("the kit has none for {kind}"))
        }),
    }
}

fn schema(subject: &Subject) -> Checked {
    let schema = &subject.factory.configuration_schema;
    if schema.is_empty() {
        return Ok("takes none".to_owned());
    }
    match serde_json::from_str::<serde_json::Map<_, _>>(schema) {
        Ok(_) => Ok(format!("a JSON Schema of {} bytes", schema.len())),
        Err(error) => fails(format!("the schema is no JSON object: {error}")),
    }
}

/// Calls that were begun and not completed, by which an instance is never destroyed.
fn nothing_pends(library: &Library) -> Checked {
    let pending = library.calls_pending();
    demand(pending == 0, || format!("{pending} calls were never completed: tokens are lost"))?;
    Ok("every call was completed, every contract kept".to_owned())
}
