//! The rules of precedence and of refusal, by example.

use std::ffi::OsString;
use std::io::Write;

use super::*;

mod documents;
mod origins;
mod qpidd;
mod wasm;

/// A configuration from options, variables and the text of a TOML file.
fn load(
    options: &[(Name, &str)],
    variables: &[(&str, &str)],
    file: Option<&str>,
) -> Result<Config, String> {
    load_file(options, variables, file.map(|text| ("philter.toml", text)))
}

/// The same with a file of any name.
fn load_file(
    options: &[(Name, &str)],
    variables: &[(&str, &str)],
    file: Option<(&str, &str)>,
) -> Result<Config, String> {
    let mut layer = Layer::default();
    let given = |name: Name, value: &str| Given {
        name,
        value: value.to_owned(),
        origin: Origin::option(name.as_str()),
    };
    for (name, value) in options {
        layer.push(given(*name, value)).map_err(|error| error.to_string())?;
    }
    let folder = tempfile::tempdir().unwrap();
    if let Some((name, text)) = file {
        let path = folder.path().join(name);
        std::fs::File::create(&path).unwrap().write_all(text.as_bytes()).unwrap();
        layer.push(given(Name::Config, path.to_str().unwrap())).unwrap();
    }
    let variables: Vec<(OsString, OsString)> = [("HOME", "/srv/jo")]
        .iter()
        .chain(variables)
        .map(|(name, value)| (name.into(), value.into()))
        .collect();
    let folder = format!("{}/", folder.path().display());
    Config::load(layer, variables).map_err(|error| error.to_string().replace(&folder, ""))
}

#[test]
fn defaults_are_those_of_the_documents() {
    let config = load(&[], &[], None).unwrap();
    assert_eq!(config.port, 5672);
    assert!(config.interfaces.is_empty());
    assert_eq!(config.data_dir.unwrap(), PathBuf::from("/srv/jo/.philter"));
    assert_eq!(config.auth, AuthMode::Required);
    assert_eq!(config.auth_providers, ["file", "anonymous"]);
    assert_eq!((config.realm.as_str(), config.allows_plain), ("QPID", false));
    assert_eq!(config.log.filter, "info");
    assert_eq!(config.connections_max, 500);
    assert_eq!(config.negotiate_time_ms, 10_000);
    assert_eq!(config.default_queue_limit_bytes, 104_857_600);
    assert_eq!(config.plugins.directory, PluginDirectory::Default);
}

#[test]
fn publishers_go_on_at_or_below_the_mark_at_which_they_stop() {
    let marks = load(&[], &[], None).unwrap().queue_marks;
    assert_eq!((marks.flow_stop_percent, marks.flow_resume_percent), (80, 70));
    assert_eq!((marks.alert_percent, &*marks.group_id), (80, "qpid.no-group"));
    let stop = (Name::DefaultFlowStopThreshold, "50");
    let marks = load(&[stop], &[], None).unwrap().queue_marks;
    assert_eq!((marks.flow_stop_percent, marks.flow_resume_percent), (50, 50));
    let resume = (Name::DefaultFlowResumeThreshold, "51");
    let error = load(&[stop, resume], &[], None).unwrap_err();
    assert!(error.contains("a number from 0 to 50"), "{error}");
    let error = load(&[(Name::DefaultMessageGroup, "")], &[], None).unwrap_err();
    assert!(error.contains("1 to 255 bytes"), "{error}");
}

#[test]
fn command_line_wins_over_environment_and_environment_over_file() {
    let file = Some("port = 1\nrealm = \"FILE\"\nmax-connections = 7");
    let environment = [("PHILTER_PORT", "2"), ("PHILTER_REALM", "ENV"), ("OTHER", "x")];
    let config = load(&[(Name::Port, "3")], &environment, file).unwrap();
    assert_eq!((config.port, config.realm.as_str(), config.connections_max), (3, "ENV", 7));
}

#[test]
fn a_higher_layers_list_replaces_a_lower_ones() {
    let file = Some("interface = [\"127.0.0.1\", \"127.0.0.2\"]");
    let config = load(&[], &[], file).unwrap();
    assert_eq!(config.interfaces.len(), 2);
    let config = load(&[], &[("PHILTER_INTERFACE", "::1, 127.0.0.3")], file).unwrap();
    let texts: Vec<String> = config.interfaces.iter().map(ToString::to_string).collect();
    assert_eq!(texts, ["::1", "127.0.0.3"]);
}

#[test]
fn no_data_dir_above_undoes_a_data_dir_below() {
    let file = Some("data-dir = \"/somewhere\"");
    assert_eq!(load(&[(Name::NoDataDir, "yes")], &[], file).unwrap().data_dir, None);
    let error = load(&[(Name::NoDataDir, "yes"), (Name::DataDir, "/x")], &[], None).unwrap_err();
    assert_eq!(error, "--data-dir does not go together with --no-data-dir");
}

#[test]
fn a_broker_without_a_home_has_to_be_told_where_to_keep_its_data() {
    let nowhere = Config::load(Layer::default(), Vec::new()).unwrap();
    let error = nowhere.check_data_dir().unwrap_err().to_string();
    assert_eq!(error, "HOME is not set: say --data-dir DIR or --no-data-dir");
    assert!(load(&[], &[], None).unwrap().check_data_dir().is_ok());
    assert!(load(&[(Name::NoDataDir, "yes")], &[], None).unwrap().check_data_dir().is_ok());
}

#[test]
fn where_everyone_is_let_in_nobody_else_is_asked() {
    let options = [(Name::Auth, "no"), (Name::AuthProvider, "ldap")];
    assert_eq!(load(&options, &[], None).unwrap().auth_providers, ["anonymous"]);
    assert_eq!(load(&options[1..], &[], None).unwrap().auth_providers, ["ldap"]);
}

#[test]
fn a_files_relative_paths_stand_against_its_folder() {
    let config = load(&[], &[], Some("data-dir = \"data\"\nload-module = \"x.so\"")).unwrap();
    let data = config.data_dir.unwrap();
    assert!(data.is_absolute() && data.ends_with("data"), "{data:?}");
    let module = &config.plugins.files[0];
    assert_eq!(module.path.parent(), data.parent());
}

/// Options, variables, a file, and how the error begins.
type Case<'a> = (&'a [(Name, &'a str)], &'a [(&'a str, &'a str)], &'a str, &'a str);

#[test]
fn errors_name_the_layer_the_place_and_what_is_wanted() {
    let cases: [Case<'_>; 13] = [
        (&[(Name::Port, "99999")], &[], "", "--port 99999: wanted a number from 0 to 65535"),
        (&[], &[("PHILTER_PORT", "x")], "", "PHILTER_PORT=x: wanted a number from 0 to 65535"),
        (&[], &[("PHILTER_PROT", "1")], "", "PHILTER_PROT: no such option; did you mean port?"),
        (&[], &[("PHILTER_SSL_PORT", "1")], "", "not yet: PHILTER_SSL_PORT"),
        (&[], &[], "\n\nport = -1", "philter.toml:3: port = -1: wanted a number from 0 to 65535"),
        (&[], &[], "a = 1\nzzz = 2", "philter.toml:1: a: no such option"),
        (&[], &[], "ssl-port = 1", "philter.toml:1: ssl-port: not yet"),
        (&[], &[], "port = [1]", "philter.toml:1: port = array: wanted one value"),
        (&[], &[], "auth = 1.5", "philter.toml:1: auth = float: wanted a string"),
        (&[], &[], "port = 1\nport = 2", "philter.toml:2: "),
        (&[], &[], "[pin]\n\"a.so\" = \"12\"", "philter.toml:2: pin.a.so = 12: wanted the SHA-256"),
        (&[], &[], "config = \"x\"", "philter.toml:1: config: no such option"),
        (&[(Name::LogLevel, "loud")], &[], "", "--log-level loud: wanted off, error"),
    ];
    for (options, variables, file, wanted) in cases {
        let error = load(options, variables, Some(file)).unwrap_err();
        let wanted = wanted
            .strip_suffix(": not yet")
            .map_or(wanted.to_owned(), |origin| format!("not yet: {origin}"));
        assert!(error.starts_with(&wanted), "found {error}, wanted {wanted}");
    }
}

#[test]
fn all_that_is_wrong_is_said_at_once() {
    let file = Some("port = 99999\nsparkle = 1\nssl-port = 1\nauth = 3\n[pin]\n\"a.so\" = \"1\"");
    let variables = [("PHILTER_REALM", "a@b"), ("PHILTER_X", "1")];
    let error = load(&[(Name::MaxConnections, "0")], &variables, file).unwrap_err();
    let lines: Vec<&str> = error.lines().collect();
    let wanted = [
        "philter.toml:1: port = 99999: wanted a number from 0 to 65535",
        "philter.toml:2: sparkle: no such option",
        "not yet: philter.toml:3: ssl-port",
        "philter.toml:4: auth = 3: wanted yes or no",
        "philter.toml:6: pin.a.so = 1: wanted the SHA-256",
        "PHILTER_X: no such option",
        "PHILTER_REALM=a@b: wanted at most 255 bytes",
        "--max-connections 0: wanted a number from 1 to 1000000",
    ];
    assert_eq!(lines.len(), wanted.len(), "{error}");
    for (line, wanted) in lines.iter().zip(wanted) {
        assert!(line.starts_with(wanted), "{wanted} in\n{error}");
    }
}

#[test]
fn values_that_will_be_taken_and_are_not_yet_say_so() {
    let cases = [
        (Name::Protocols, "amqp1.0", "not yet: --protocols amqp1.0"),
        (Name::RequireEncryption, "yes", "not yet: --require-encryption yes"),
        (Name::Protocols, "mqtt", "--protocols mqtt: wanted amqp0-10 or amqp0-9-1"),
    ];
    for (name, value, wanted) in cases {
        assert_eq!(load(&[(name, value)], &[], None).unwrap_err(), wanted);
    }
    load(&[(Name::Protocols, "amqp0-10"), (Name::RequireEncryption, "no")], &[], None).unwrap();
}

#[test]
fn what_is_logged_is_said_once_a_layer() {
    let file = Some("log-level = \"warn\"");
    let filter = |options: &[(Name, &str)]| load(options, &[], file).map(|it| it.log.filter);
    assert_eq!(filter(&[]).unwrap(), "warn");
    assert_eq!(filter(&[(Name::Trace, "yes")]).unwrap(), "trace");
    assert_eq!(filter(&[(Name::Trace, "no")]).unwrap(), "info");
    let rules = [(Name::LogEnable, "notice+"), (Name::LogEnable, "debug+:Network")];
    assert_eq!(filter(&rules).unwrap(), "info,philter::net=debug");
    let error = filter(&[(Name::LogEnable, "info+"), (Name::Trace, "yes")]).unwrap_err();
    assert_eq!(error, "--trace does not go together with --log-enable");
    let error = filter(&[(Name::LogEnable, "debug-")]).unwrap_err();
    assert_eq!(error, "--log-enable debug-: debug-: levels up to one can't be chosen");
    let error = filter(&[(Name::LogEnable, "debug+:ha::")]).unwrap_err();
    assert!(error.contains("no such part of the log; there are: security, "), "{error}");
}

#[test]
fn a_daemon_logs_to_the_system_unless_it_is_told_where() {
    let log = |options: &[(Name, &str)]| load(options, &[], None).unwrap().log;
    let (daemon, file) = ((Name::Daemon, "yes"), (Name::LogToFile, "/tmp/x"));
    assert!(log(&[]).to_stderr && log(&[]).syslog.is_none());
    let quiet = log(&[daemon]);
    assert!(!quiet.to_stderr);
    let syslog = quiet.syslog.unwrap();
    assert_eq!((syslog.name.as_str(), syslog.facility.code()), ("philter", 3));
    assert_eq!((log(&[daemon, file]).syslog, log(&[daemon, file]).to_stderr), (None, false));
    let options = [
        (Name::LogToSyslog, "yes"),
        (Name::SyslogName, "mq"),
        (Name::SyslogFacility, "LOG_LOCAL3"),
    ];
    let syslog = log(&options).syslog.unwrap();
    assert_eq!((syslog.name.as_str(), syslog.facility.code()), ("mq", 19));
}

#[test]
fn process_ids_stand_in_the_data_directory_unless_somebody_says_where() {
    let dir = |options: &[(Name, &str)]| load(options, &[], None).unwrap().process.pid_dir.unwrap();
    assert_eq!(dir(&[]), PathBuf::from("/srv/jo/.philter"));
    assert_eq!(dir(&[(Name::DataDir, "/d")]), PathBuf::from("/d"));
    assert_eq!(dir(&[(Name::NoDataDir, "yes")]), PathBuf::from("/srv/jo/.philter"));
    assert_eq!(dir(&[(Name::DataDir, "/d"), (Name::PidDir, "/p")]), PathBuf::from("/p"));
}

#[test]
fn one_layer_may_not_say_one_thing_twice() {
    let environment = [("PHILTER_LOG", "info"), ("PHILTER_LOG_LEVEL", "debug")];
    let error = load(&[], &environment, None).unwrap_err();
    assert_eq!(error, "PHILTER_LOG_LEVEL does not go together with PHILTER_LOG");
}

#[test]
fn a_plugins_table_becomes_json() {
    let file = "[plugin.xml]\nlimit = 0x10\nratio = 0.5\nnames = [\"a\"]\n\
                [plugin.xml.deep]\nday = 2026-01-02";
    let config = load(&[], &[], Some(file)).unwrap();
    let table = &config.plugins.tables["xml"];
    let json = serde_json::Value::Object(table.configuration.clone());
    let wanted = serde_json::json!({
        "limit": 16, "ratio": 0.5, "names": ["a"], "deep": {"day": "2026-01-02"}
    });
    assert_eq!(json, wanted);
    assert!(table.origin.to_string().ends_with("philter.toml:1: plugin.xml"), "{}", table.origin);
}

#[test]
fn flags_can_be_said_in_every_layer() {
    assert_eq!(load(&[], &[("PHILTER_NO_DATA_DIR", "yes")], None).unwrap().data_dir, None);
    assert_eq!(load(&[], &[], Some("no-data-dir = true")).unwrap().data_dir, None);
    let config = load(&[], &[], Some("no-module-dir = true\nauth = false")).unwrap();
    assert_eq!(config.plugins.directory, PluginDirectory::None);
    assert_eq!(config.auth, AuthMode::Everyone);
}

#[test]
fn a_file_that_is_missing_or_no_toml_is_named() {
    let error = load(&[(Name::Config, "/nowhere/x.toml")], &[], None).unwrap_err();
    assert!(error.starts_with("/nowhere/x.toml: "), "{error}");
    let error = load(&[], &[], Some("port 1")).unwrap_err();
    assert!(error.starts_with("philter.toml:1: "), "{error}");
}
