//! The catalogue over carriers that live in this process: order, duplicates, needs, configurations.

use std::ffi::OsString;
use std::io::Read;
use std::sync::Mutex;
use std::time::Duration;

use philter_plugin_api::{Auth, CommandOutput, Error, Exchange, Filter, Store};

use super::*;
use crate::config::{Given, Layer, Name, PluginDirectory, PluginFile};
use crate::plugin::description::Version;

mod reload;

/// A carrier that only says what it is, and tells what its subcommand was called with.
struct Told(Description);

impl Carrier for Told {
    fn description(&self) -> &Description {
        &self.0
    }

    fn create_exchange(
        &self,
        name: &str,
        context: &Context<'_>,
    ) -> philter_plugin_api::Result<Box<dyn Exchange>> {
        Err(Error::invalid(format!("{name} {} {}", context.name, context.configuration)))
    }

    fn create_filter(
        &self,
        name: &str,
        _: &Context<'_>,
    ) -> philter_plugin_api::Result<Box<dyn Filter>> {
        Err(Error::unsupported(name))
    }

    fn create_auth(
        &self,
        name: &str,
        context: &Context<'_>,
    ) -> philter_plugin_api::Result<Box<dyn Auth>> {
        Err(Error::invalid(format!("{name} {}", context.configuration)))
    }

    fn create_store(
        &self,
        name: &str,
        _: &Context<'_>,
    ) -> philter_plugin_api::Result<Box<dyn Store>> {
        Err(Error::unsupported(name))
    }

    fn command(
        &self,
        subcommand: &str,
        context: &Context<'_>,
        arguments: &[&str],
        input: &mut dyn Read,
    ) -> philter_plugin_api::Result<CommandOutput> {
        let mut read = String::new();
        input.read_to_string(&mut read).unwrap();
        let output =
            format!("{subcommand} {} {arguments:?} {read}", context.data_dir.unwrap_or("-"));
        Ok(CommandOutput { output, errors: String::new(), exit_code: 3 })
    }
}

fn offer(kind: Kind, type_name: &str, subcommand: Option<&str>) -> FactoryDescription {
    FactoryDescription {
        kind,
        kind_version: Version { major: 0, minor: 1 },
        is_draft: true,
        type_name: type_name.to_owned(),
        may_block: false,
        subcommand: subcommand.map(str::to_owned),
        entries: vec![],
        configuration_schema: r#"{"properties":{"realm":{}}}"#.to_owned(),
    }
}

/// A folder of empty files that stand for libraries.
struct Folder {
    folder: tempfile::TempDir,
    offers: Mutex<Vec<(String, Vec<FactoryDescription>)>>,
}

impl Folder {
    fn new(files: &[(&str, &[FactoryDescription])]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, _) in files {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        let offers = files.iter().map(|(name, offers)| ((*name).to_owned(), offers.to_vec()));
        Self { folder, offers: Mutex::new(offers.collect()) }
    }

    fn config(&self, options: &[(Name, &str)], file: &str) -> Config {
        let path = self.folder.path().join("philter.toml");
        std::fs::write(&path, file).unwrap();
        let mut layer = Layer::default();
        let folder = self.folder.path().to_str().unwrap();
        let base = [(Name::PluginDir, folder), (Name::Config, path.to_str().unwrap())];
        for (name, value) in base.iter().chain(options) {
            let origin = Origin::option(name.as_str());
            layer.push(Given { name: *name, value: (*value).to_owned(), origin }).unwrap();
        }
        Config::load(layer, Vec::<(OsString, OsString)>::new()).unwrap()
    }

    fn load(&self, config: &Config) -> Catalog {
        let open = |file: &Admitted| self.carry(&file_name(&file.named));
        Catalog::assemble(config, search::find(&config.plugins), open)
    }

    fn carry(&self, name: &str) -> Result<Arc<dyn Carrier>, LoadFailure> {
        let offers = self.offers.lock().unwrap();
        let Some((_, factories)) = offers.iter().find(|(file, _)| *file == name) else {
            return Err(LoadFailure { reason: "broken".to_owned(), is_no_plugin: false });
        };
        let description = Description {
            name: name.to_owned(),
            version: "1.2.3".to_owned(),
            licence: "MIT".to_owned(),
            abi: Version { major: 1, minor: 0 },
            factories: factories.clone(),
            refused: vec![],
        };
        Ok(Arc::new(Told(description)))
    }
}

const EXCHANGES: [&str; 4] = ["direct", "topic", "fanout", "headers"];

fn complete() -> Vec<FactoryDescription> {
    let mut offers: Vec<_> =
        EXCHANGES.iter().map(|name| offer(Kind::Exchange, name, None)).collect();
    offers.push(offer(Kind::Auth, "file", Some("user")));
    offers.push(offer(Kind::Auth, "anonymous", None));
    offers.push(offer(Kind::Store, "memory", None));
    offers
}

#[test]
fn the_later_of_two_libraries_with_one_type_is_refused_and_both_are_named() {
    let direct = [offer(Kind::Exchange, "direct", None)];
    let folder = Folder::new(&[("libb.so", &direct), ("liba.so", &direct)]);
    let catalog = folder.load(&folder.config(&[], ""));
    assert_eq!(file_name(catalog.plugins()[0].path()), "liba.so");
    let refused = catalog.refused()[0].to_string();
    assert!(refused.contains("libb.so: exchange 'direct' is offered by "), "{refused}");
    assert!(refused.ends_with("liba.so already"), "{refused}");
}

#[test]
fn the_same_name_in_another_kind_is_no_duplicate() {
    let folder = Folder::new(&[
        ("liba.so", &[offer(Kind::Exchange, "xml", None)]),
        ("libb.so", &[offer(Kind::Filter, "xml", None)]),
    ]);
    let catalog = folder.load(&folder.config(&[], ""));
    assert_eq!(catalog.plugins().len(), 2);
    assert!(catalog.filter_language("xml").is_some() && catalog.exchange_type("xml").is_some());
}

#[test]
fn a_subcommand_belongs_to_the_first_library() {
    let folder = Folder::new(&[
        ("liba.so", &[offer(Kind::Auth, "one", Some("user"))]),
        ("libb.so", &[offer(Kind::Auth, "two", Some("user"))]),
    ]);
    let catalog = folder.load(&folder.config(&[], ""));
    assert_eq!(catalog.subcommands(), [("user", "liba.so")]);
    assert!(catalog.refused()[0].to_string().contains("subcommand 'user' is offered by"));
}

#[test]
fn a_named_file_comes_first_and_once() {
    let folder = Folder::new(&[
        ("liba.so", &[offer(Kind::Exchange, "direct", None)]),
        ("libz.so", &[offer(Kind::Exchange, "direct", None)]),
    ]);
    let path = folder.folder.path().join("libz.so");
    let catalog = folder.load(&folder.config(&[(Name::LoadModule, path.to_str().unwrap())], ""));
    assert_eq!(file_name(catalog.plugins()[0].path()), "libz.so");
    assert_eq!(catalog.refused().len(), 1, "{:?}", catalog.refused());
}

#[test]
fn a_broken_library_stops_nothing_that_does_not_need_it() {
    let folder = Folder::new(&[("liba.so", &complete())]);
    std::fs::write(folder.folder.path().join("libbroken.so"), "").unwrap();
    let config = folder.config(&[], "");
    let catalog = folder.load(&config);
    assert_eq!(catalog.require(&config), Ok(()));
    assert!(catalog.refused()[0].to_string().ends_with("libbroken.so: broken"));
}

#[test]
fn a_named_file_that_does_not_load_stops_the_start() {
    let folder = Folder::new(&[("liba.so", &complete())]);
    let path = folder.folder.path().join("broken.so");
    std::fs::write(&path, "").unwrap();
    let config = folder.config(&[(Name::LoadModule, path.to_str().unwrap())], "");
    let error = folder.load(&config).require(&config).unwrap_err().to_string();
    assert!(error.starts_with(&format!("--load-module {}: broken", path.display())), "{error}");
}

#[test]
fn what_is_missing_is_said_with_who_needs_it_and_what_was_refused() {
    let mut offers = complete();
    offers.retain(|factory| factory.type_name != "topic" && factory.type_name != "file");
    let folder = Folder::new(&[("liba.so", &offers)]);
    std::fs::write(folder.folder.path().join("libbroken.so"), "").unwrap();
    let config = folder.config(&[], "[plugin.nobody]\na = 1\n[plugin.liba]\nb = 1");
    let lines = folder.load(&config).require(&config).unwrap_err().lines;
    assert_eq!(lines[0], "no plugin offers exchange 'topic', which exchange amq.topic needs");
    assert_eq!(lines[1], "no plugin offers auth 'file', which auth-provider needs");
    assert!(lines[2].ends_with(
        "philter.toml:1: plugin.nobody: no loaded plugin has a type or a file of this name"
    ));
    assert!(lines[3].starts_with("plugin directory: "), "{lines:?}");
    assert!(lines[4].ends_with("libbroken.so: broken"), "{lines:?}");
}

#[test]
fn a_table_is_held_against_the_schema_of_each_type_that_it_is_for() {
    let with_schema = |kind, type_name: &'static str, schema: &str| {
        let configuration_schema = schema.to_owned();
        FactoryDescription { configuration_schema, ..offer(kind, type_name, None) }
    };
    let steps = r#"{"properties": {"steps": {"type": "integer", "minimum": 1},
        "at": {"items": {"pattern": "^[a-z]+$"}}}, "required": ["at"]}"#;
    let mut offers = complete();
    offers.extend([
        with_schema(Kind::Exchange, "geo", steps),
        with_schema(Kind::Filter, "geo", steps),
        with_schema(Kind::Exchange, "plain", ""),
        with_schema(Kind::Exchange, "odd", r#"{"type": "objekt"}"#),
        // Nobody said anything of it, so it may wait until somebody does.
        with_schema(Kind::Exchange, "unset", steps),
    ]);
    let folder = Folder::new(&[("liba.so", &offers)]);
    let checked = |tables: &str| {
        let (config, mut unchecked) = (folder.config(&[], tables), Vec::new());
        let wrong = folder.load(&config).check_tables(&config, |line| unchecked.push(line));
        let lines = wrong.map_or_else(|wrong| wrong.lines, |()| unchecked);
        let told = lines.iter().filter_map(|line| line.split_once("philter.toml:"));
        told.map(|(_, told)| told.to_owned()).collect::<Vec<String>>()
    };
    let right = "[plugin.geo]\nsteps = 1\nat = ['a']\n[plugin.plain]\n[plugin.odd]\nx = 1";
    let told = checked(right);
    assert_eq!(told.len(), 1);
    assert!(told[0].starts_with("5: plugin.odd: not checked: the schema of exchange 'odd': "));
    let wrong = "[plugin.geo]\nsteps = 0\nat = ['a', 'SECRET']\n[plugin.plain]\nx = 1\ny = 2";
    let pattern = "value does not match \"^[a-z]+$\"";
    let wanted = [
        format!("1: plugin.geo.at.1: {pattern} (exchange 'geo', filter 'geo')"),
        "1: plugin.geo.steps: value is less than the minimum of 1 (exchange 'geo', filter 'geo')"
            .to_owned(),
        "4: plugin.plain: takes no 'x' and no 'y' (exchange 'plain')".to_owned(),
    ];
    assert_eq!(checked(wrong), wanted);
    let told = checked("[plugin.geo]");
    assert!(told[0].starts_with("1: plugin.geo: \"at\" is a required property"), "{told:?}");
}

#[test]
fn where_something_is_wrong_is_said_in_the_operators_own_words() {
    let schema = r#"{"properties": {"users": {"additionalProperties": {"type": "integer"}}}}"#;
    let faults = configuration::faults(r#"{"users": {"a/b~c": "1"}}"#, schema).unwrap();
    assert_eq!(faults[0].place, ".users.a/b~c");
}

#[test]
fn a_schema_that_takes_too_long_is_given_up() {
    let time_max = Duration::from_millis(20);
    assert_eq!(configuration::faults_in_time("{}", "{}", Duration::from_secs(600)), Ok(vec![]));
    // Twice as long a level, so that this one never ends.
    let level = |at: usize| {
        let next = format!(r##"{{"$ref": "#/$defs/{}"}}"##, at + 1);
        format!(r#""{at}": {{"allOf": [{next}, {next}]}}"#)
    };
    let levels: Vec<String> = (0..60).map(level).collect();
    let levels = format!(r#"{}, "60": {{}}"#, levels.join(", "));
    let schema = format!(r##"{{"$ref": "#/$defs/0", "$defs": {{{levels}}}}}"##);
    let faults = configuration::faults_in_time("{}", &schema, time_max).unwrap();
    assert_eq!(faults[0].text, "its schema took longer than 20ms");
}

#[test]
fn a_pin_that_does_not_fit_refuses_its_file() {
    let folder = Folder::new(&[("liba.so", &complete())]);
    let pin = format!("[pin]\n\"liba.so\" = \"{}\"", "ab".repeat(32));
    let catalog = folder.load(&folder.config(&[], &pin));
    let reasons = &catalog.refused()[0].reasons;
    assert!(reasons[0].starts_with("SHA-256: found e3b0c442"), "{reasons:?}");
    assert!(reasons[0].ends_with(&format!("wanted {}", "ab".repeat(32))), "{reasons:?}");
}

/// A file is meant by the name that it was found by, whatever that leads to.
#[test]
fn a_link_is_pinned_configured_and_carried_by_its_own_name() {
    let types = [offer(Kind::Exchange, "one", None)];
    let folder = Folder::new(&[("release-1", &[]), ("geo.wasm", &types)]);
    let link = folder.folder.path().join("geo.wasm");
    std::fs::remove_file(&link).unwrap();
    std::os::unix::fs::symlink("release-1", &link).unwrap();
    let pin = |digest: Digest| {
        folder.config(&[], &format!("[pin]\n\"geo.wasm\" = \"{digest}\"\n[plugin.geo]\na = 1"))
    };
    let config = pin(Digest::of(b""));
    let catalog = Catalog::assemble(&config, search::find(&config.plugins), |file| {
        assert!(file.code.is_some());
        folder.carry(&file_name(&file.named))
    });
    let plugin = &catalog.plugins()[0];
    assert_eq!((plugin.path(), *plugin.digest.lock()), (&*link, Some(Digest::of(b""))));
    assert!(catalog.unknown_tables(&config).next().is_none());
    let context = philter_plugin_api::testing::context("x");
    let created = catalog.exchange_type("one").unwrap().create(&context);
    assert_eq!(created.err().unwrap().to_string(), r#"one x {"a":1}"#);
    let refused = folder.load(&pin(Digest::of(b"other")));
    assert!(refused.plugins().is_empty() && refused.refused().len() == 1);
}

#[test]
fn a_type_gets_its_own_table_before_its_files() {
    let offers = [offer(Kind::Exchange, "one", None), offer(Kind::Exchange, "two", None)];
    let folder = Folder::new(&[("liba.so", &offers)]);
    let config = folder.config(&[], "[plugin.one]\na = 1\n[plugin.liba]\nb = 2");
    let catalog = folder.load(&config);
    let configured = |name: &str| {
        let context = philter_plugin_api::testing::context("x");
        let created = catalog.exchange_type(name).unwrap().create(&context);
        created.err().unwrap().to_string()
    };
    assert_eq!(configured("one"), r#"one x {"a":1}"#);
    assert_eq!(configured("two"), r#"two x {"b":2}"#);
}

#[test]
fn auth_providers_learn_the_realm_and_auth_no_opens_anonymous_alone() {
    let folder = Folder::new(&[("liba.so", &complete())]);
    let error = |auth: &str| {
        let config = folder.config(&[(Name::Auth, auth), (Name::Realm, "R")], "");
        folder.load(&config).auth_providers(&config).err().unwrap().to_string()
    };
    assert_eq!(error("yes"), r#"auth 'file': file {"realm":"R"}"#);
    let wanted = r#"auth 'anonymous': anonymous {"accept":"everyone","realm":"R"}"#;
    assert_eq!(error("no"), wanted);
}

#[test]
fn a_guest_is_added_where_the_provider_knows_one_and_nobody_spoke_of_it() {
    let mut factory = offer(Kind::Auth, "anonymous", None);
    assert_eq!(configuration::with_guest("{}", &factory), None);
    factory.configuration_schema = r#"{"properties":{"guest":{}}}"#.to_owned();
    let with_guest = |configuration| configuration::with_guest(configuration, &factory);
    let wanted = r#"{"accept":"nobody","guest":true}"#;
    assert_eq!(with_guest(r#"{"accept":"nobody"}"#).as_deref(), Some(wanted));
    assert_eq!(with_guest(r#"{"guest":false}"#), None);
}

#[test]
fn a_named_folder_that_cannot_be_read_stops_the_start() {
    let folder = Folder::new(&[("liba.so", &complete())]);
    let mut config = folder.config(&[], "");
    let file = PluginFile { path: "/nowhere".into(), origin: Origin::option("plugin-dir") };
    let module = PluginFile { path: folder.folder.path().join("liba.so"), ..file.clone() };
    config.plugins.directory = PluginDirectory::Given(file);
    config.plugins.files = vec![module];
    let error = folder.load(&config).require(&config).unwrap_err().to_string();
    assert!(error.starts_with("--plugin-dir /nowhere: No such file"), "{error}");
}

#[test]
fn a_subcommand_gets_arguments_input_and_the_data_directory() {
    let folder = Folder::new(&[("liba.so", &complete())]);
    let catalog = folder.load(&folder.config(&[(Name::DataDir, "/data")], ""));
    let output = catalog.command("user", &["add", "jo"], &mut "secret".as_bytes()).unwrap();
    let output = output.unwrap();
    assert_eq!(output.output, r#"user /data ["add", "jo"] secret"#);
    assert_eq!(output.exit_code, 3);
    assert!(catalog.command("nobody", &[], &mut "".as_bytes()).is_none());
}
