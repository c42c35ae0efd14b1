//! A plugin as a whole: that it loads, what it says of itself, and then its types one by one.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use jsonschema::PatternOptions;
use philter_plugin_api::abi::host::FactoryInfo;
use philter_plugin_api::{Kind, NO_CONFIGURATION};

use crate::plugin::{Plugin, names_component};
use crate::recorder::Recorder;
use crate::report::Report;
use crate::rule::{Checked, demand, fails, skips};
use crate::subject::{Options, Subject};
use crate::{auth, exchange, filter, store};

/// Loads the library or component at `path` and runs its types through the rules.
///
/// # Errors
/// The kit cannot make a folder for the instances' files, or the options' settings are none.
pub fn check_plugin(path: &Path, options: Options, report: &mut Report<'_>) -> io::Result<()> {
    let options = Arc::new(options);
    let settings = options.component_settings().map_err(io::Error::other)?;
    let carrier = if names_component(path) { "component" } else { "library" };
    let scratch = tempfile::tempdir()?;
    let store_scratch = match &options.data_dir {
        Some(given) => tempfile::tempdir_in(given)?,
        None => tempfile::tempdir()?,
    };
    let recorder = Arc::new(Recorder::default());
    let mut loaded = None;
    report.check(carrier, "loads", &recorder, || {
        let plugin = Plugin::open(path, settings, scratch.path(), Arc::clone(&recorder) as _)?;
        let info = plugin.info();
        let seen = format!("plugin '{}' {} under {}", info.name, info.version, info.licence);
        loaded = Some(Arc::new(plugin));
        Ok(seen)
    });
    let Some(plugin) = loaded else { return Ok(()) };
    let watched = Arc::clone(&plugin);
    recorder.watch(move || watched.failures());
    check_record(carrier, &plugin, &options, &recorder, report);
    let is_wanted = |factory: &&FactoryInfo| {
        options.type_name.as_ref().is_none_or(|wanted| *wanted == factory.type_name)
    };
    for factory in plugin.info().factories.iter().filter(is_wanted) {
        let scratch = if factory.kind == Kind::Store { &store_scratch } else { &scratch };
        let subject = Subject {
            plugin: Arc::clone(&plugin),
            path: path.to_owned(),
            factory: factory.clone(),
            options: Arc::clone(&options),
            recorder: Arc::clone(&recorder),
            scratch: scratch.path().to_owned(),
            instances: AtomicU64::new(0),
        };
        check_factory(subject, report);
    }
    report.check(carrier, "leaves nothing open", &recorder, || nothing_pends(&plugin));
    recorder.watch(Default::default);
    Ok(())
}

fn check_record(
    carrier: &str,
    plugin: &Plugin,
    options: &Options,
    recorder: &Recorder,
    report: &mut Report<'_>,
) {
    report.check(carrier, "offers kinds that this host knows", recorder, || known(plugin));
    report.check(carrier, "describes itself the same each time", recorder, || steady(plugin));
    if let Some(wanted) = &options.type_name {
        report.check(carrier, "has the type that was asked for", recorder, || {
            let has = plugin.info().factories.iter().any(|factory| factory.type_name == *wanted);
            demand(has, || format!("there is no type '{wanted}'; {}", types(plugin)))?;
            Ok(wanted.clone())
        });
    }
}

fn known(plugin: &Plugin) -> Checked {
    let refused: Vec<_> = plugin.info().refused.iter().map(ToString::to_string).collect();
    demand(refused.is_empty(), || refused.join("; "))?;
    Ok(types(plugin))
}

fn steady(plugin: &Plugin) -> Checked {
    let (first, again) = (plugin.info(), plugin.info_again()?);
    demand(first == again, || format!("first it is {first:?}, then {again:?}"))?;
    Ok("opened twice".to_owned())
}

fn types(plugin: &Plugin) -> String {
    let info = plugin.info();
    let types =
        info.factories.iter().map(|factory| format!("{} '{}'", factory.kind, factory.type_name));
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
    let described = &subject.factory.configuration_schema;
    let text = if described.is_empty() { NO_CONFIGURATION } else { described };
    let schema = match serde_json::from_str::<serde_json::Map<_, _>>(text) {
        Ok(schema) => schema.into(),
        Err(error) => return fails(format!("the schema is no JSON object: {error}")),
    };
    // As a broker does it: patterns take linear time, and nothing is fetched.
    let options = jsonschema::options().with_pattern_options(PatternOptions::regex());
    let validator = match options.build(&schema) {
        Ok(validator) => validator,
        Err(error) => {
            return fails(format!(
                "a broker can hold no configuration against the schema: {error}"
            ));
        }
    };
    // What is given as no JSON is another rule's.
    if let Ok(given) = serde_json::from_str(&subject.options.configuration)
        && let Err(error) = validator.validate(&given)
    {
        let (place, text) = (error.instance_path(), error.masked());
        return fails(format!("the schema refuses the kit's own configuration: {place}: {text}"));
    }
    Ok(match described.len() {
        0 => "takes none".to_owned(),
        bytes => format!("a JSON Schema of {bytes} bytes"),
    })
}

/// Calls that were begun and not completed, by which an instance is never destroyed.
fn nothing_pends(plugin: &Plugin) -> Checked {
    let pending = plugin.calls_pending();
    demand(pending == 0, || format!("{pending} calls were never completed: tokens are lost"))?;
    Ok("every call was completed, every contract kept".to_owned())
}
