//! A plugin's own log lines, under the target `plugin::NAME`, so that `--log-level
//! plugin::xml=debug` works.
//!
//! Tracing wants targets that live as long as the process; so do plugins, so each one's five are
//! leaked.

use philter_plugin_api::Level;
use tracing::callsite::{Callsite, Identifier};
use tracing::dispatcher::get_default;
use tracing::field::FieldSet;
use tracing::metadata::Kind;
use tracing::subscriber::Interest;
use tracing::{Event, Metadata};

/// Where a plugin's lines go.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PluginLog {
    levels: [&'static Metadata<'static>; 5],
}

impl PluginLog {
    /// A log for the plugin of this name.
    pub(crate) fn new(plugin: &str) -> Self {
        let target: &'static str = Box::leak(format!("plugin::{plugin}").into_boxed_str());
        let levels = [
            tracing::Level::TRACE,
            tracing::Level::DEBUG,
            tracing::Level::INFO,
            tracing::Level::WARN,
            tracing::Level::ERROR,
        ];
        Self { levels: levels.map(|level| &*Box::leak(Box::new(metadata(target, level)))) }
    }

    /// Writes a line.
    pub(crate) fn write(&self, level: Level, text: &str) {
        let [trace, debug, info, warn, error] = self.levels;
        let metadata = match level {
            Level::Trace => trace,
            Level::Debug => debug,
            Level::Info => info,
            Level::Warn => warn,
            Level::Error => error,
        };
        get_default(|dispatch| {
            let Some(message) = metadata.fields().field("message") else { return };
            if dispatch.enabled(metadata) {
                let text = format_args!("{text}");
                let value: &dyn tracing::Value = &text;
                let values = [(&message, Some(value))];
                dispatch.event(&Event::new(metadata, &metadata.fields().value_set(&values)));
            }
        });
    }
}

fn metadata(target: &'static str, level: tracing::Level) -> Metadata<'static> {
    Metadata::new("plugin", target, level, None, None, None, fields(), Kind::EVENT)
}

fn fields() -> FieldSet {
    FieldSet::new(&["message"], Identifier(&SITE))
}

/// The one place in the code that all plugins' lines come from.
struct Site;

static SITE: Site = Site;

static SITE_METADATA: Metadata<'static> = Metadata::new(
    "plugin",
    "plugin",
    tracing::Level::ERROR,
    None,
    None,
    None,
    FieldSet::new(&["message"], Identifier(&SITE)),
    Kind::EVENT,
);

impl Callsite for Site {
    fn set_interest(&self, _: Interest) {}

    fn metadata(&self) -> &Metadata<'_> {
        &SITE_METADATA
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use tracing_subscriber::EnvFilter;

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_line_has_its_plugins_target_and_obeys_its_filter() {
        let lines = Lines::default();
        let writer = lines.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_env_filter(EnvFilter::new("warn,plugin::xml=debug"))
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .finish();
        tracing::subscriber::with_default(subscriber, || {
            PluginLog::new("xml").write(Level::Debug, "seen {}");
            PluginLog::new("xml").write(Level::Trace, "too fine");
            PluginLog::new("other").write(Level::Info, "too fine");
        });
        let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        assert!(text.contains("DEBUG plugin::xml: seen {}\n"), "{text}");
        assert!(!text.contains("too fine"), "{text}");
    }
}
