//! What an operator brings from Qpid's broker: its file and its environment.

use super::*;

/// A file as it may have grown over the years.
const QPIDD_CONF: &str = "\
# Configuration file for qpidd. Entries are of the form:
#   name=value
#
# (Note: no spaces on either side of '=').
port=5673
interface=127.0.0.1
interface=::1
max-connections=2000
worker-threads=3
connection-backlog=64

data-dir=/var/lib/qpidd\t# journals
pid-dir=/var/run/qpidd
auth=no
realm=EXAMPLE
default-queue-limit=0
queue-purge-interval=60
dtx-default-timeout=30
dtx-max-timeout=600
tcp-nodelay=yes
enable-timestamp=yes
mgmt-pub-interval=30
  log-enable=notice+
log-enable=debug+:Network
log-to-syslog=yes
log-to-stderr=no
syslog-facility=LOCAL5
module-dir=/usr/lib/qpid/daemon
load-module=xml.so
load-module = acl.so
";

fn read(text: &str) -> Result<Config, String> {
    load_file(&[], &[], Some(("qpidd.conf", text)))
}

#[test]
fn its_file_is_read_as_it_is() {
    let config = read(QPIDD_CONF).unwrap();
    assert_eq!((config.port, config.interfaces.len(), config.connections_max), (5673, 2, 2000));
    assert_eq!((config.worker_threads, config.connection_backlog), (3, 64));
    assert_eq!(config.data_dir.unwrap(), PathBuf::from("/var/lib/qpidd"));
    assert_eq!(config.process.pid_dir.unwrap(), PathBuf::from("/var/run/qpidd"));
    assert_eq!((config.auth, config.realm.as_str()), (AuthMode::Everyone, "EXAMPLE"));
    assert_eq!((config.default_queue_limit_bytes, config.queue_purge_interval_s), (0, 60));
    let timeouts = config.branch_timeouts;
    assert_eq!((timeouts.default_s, timeouts.max_s), (30, 600));
    assert!(config.tcp_nodelay && config.stamps_received && !config.log.to_stderr);
    assert_eq!(config.management.interval_s, 30);
    assert_eq!(config.log.filter, "info,philter::net=debug");
    assert_eq!(config.log.syslog.unwrap().facility.name(), "local5");
    let PluginDirectory::Given(directory) = config.plugins.directory else { panic!("none") };
    assert_eq!(directory.path, PathBuf::from("/usr/lib/qpid/daemon"));
    assert_eq!(config.plugins.files.len(), 2);
}

#[test]
fn its_ways_to_write_a_value_are_understood() {
    let text = "auth=No\ntcp-nodelay=FALSE\nqueue-purge-interval=5s\nmgmt-pub-interval=2000ms\n";
    let config = read(text).unwrap();
    assert_eq!((config.auth, config.tcp_nodelay), (AuthMode::Everyone, false));
    assert_eq!((config.queue_purge_interval_s, config.management.interval_s), (5, 2));
    let error = read("auth=no\nmgmt-pub-interval=500ms\n").unwrap_err();
    let wanted = "qpidd.conf:2: mgmt-pub-interval = 500ms: wanted a number from 1 to 65535";
    assert_eq!(error, wanted);
    let error = read("dtx-max-timeout=4294967296\n").unwrap_err();
    let wanted = "qpidd.conf:1: dtx-max-timeout = 4294967296: wanted a number from 0 to 4294967295";
    assert_eq!(error, wanted);
}

#[test]
fn errors_name_file_line_and_key() {
    let cases = [
        ("auth=no\nsparkle=7\n", "qpidd.conf:2: sparkle: no such option"),
        ("auth=no\nPort=7\n", "qpidd.conf:2: Port: no such option; did you mean port?"),
        ("auth=no\nssl-port=7\n", "not yet: qpidd.conf:2: ssl-port"),
        ("auth=no\n\nport=x\n", "qpidd.conf:3: port = x: wanted a number from 0 to 65535"),
        ("auth=no\nport=1\nport=2", "qpidd.conf:3: port does not go together with qpidd.conf:2: "),
        ("auth=no\nport\n", "qpidd.conf:2: port: wanted name=value"),
        ("auth=no\nlog-time=yes\n", "qpidd.conf:2: log-time: no option here: a line of the log"),
        ("auth=no\nconfig=/x\n", "qpidd.conf:2: config: no such option"),
        ("auth=no\nlog-to-file=\n", "qpidd.conf:2: log-to-file = : wanted a path"),
    ];
    for (text, wanted) in cases {
        let error = read(text).unwrap_err();
        assert!(error.starts_with(wanted), "found {error}, wanted {wanted}");
    }
}

#[test]
fn a_file_is_qpids_where_toml_does_not_understand_a_pair() {
    assert_eq!(read("port=7\n").unwrap().port, 7, "the same in both");
    assert_eq!(read("port=7\nport=8\n").unwrap_err().lines().count(), 1);
    let error = read("realm = \"A\nport = 7\n").unwrap_err();
    assert!(error.starts_with("qpidd.conf:1: ") && !error.contains("wanted"), "{error}");
    let error = read("auth=no\n[pin]\n").unwrap_err();
    assert!(error.starts_with("qpidd.conf:1: ") && !error.contains("pin"), "{error}");
    let named_toml = load(&[], &[], Some("auth=no\n")).unwrap_err();
    assert!(named_toml.starts_with("philter.toml:1: "), "{named_toml}");
}

#[test]
fn its_environment_stands_below_ours_and_above_the_file() {
    let file = Some("port = 1\nrealm = \"FILE\"\nmax-connections = 7");
    let variables = [
        ("QPID_PORT", "2"),
        ("QPID_REALM", "Q"),
        ("PHILTER_REALM", "P"),
        ("QPID_LOG_ENABLE", "debug+"),
        ("PHILTER_LOG_LEVEL", "warn"),
    ];
    let config = load(&[], &variables, file).unwrap();
    assert_eq!((config.port, config.realm.as_str(), config.connections_max), (2, "P", 7));
    assert_eq!(config.log.filter, "warn");
}

#[test]
fn variables_that_other_programs_of_qpids_read_are_left_alone() {
    let others = [
        ("QPID_PLUGIN_PATH", "x"),
        ("QPID_HA", "x"),
        ("QPID_HOST", "x"),
        ("QPID_LOG_OUTPUT", "x"),
        ("QPID_LOG_LEVEL", "yes"),
        ("QPID_LOG_TO_STDOUT", "yes"),
        ("QPID_SSL_CERT_DB", "/x"),
        ("QPID_LOG", "x"),
    ];
    let config = load(&[], &others, None).unwrap();
    assert_eq!(config.left_alone().len(), others.len());
    assert_eq!(config.log.filter, "info");
}

#[test]
fn variables_that_were_meant_for_a_broker_are_refused_where_they_cannot_be_followed() {
    let cases = [
        ("QPID_PORT", "x", "QPID_PORT=x: wanted a number"),
        ("QPID_PROT", "1", "QPID_PROT: no such option; did you mean port?"),
        ("QPID_SSL_PORT", "1", "not yet: QPID_SSL_PORT"),
        ("QPID_ACL_FILE", "x", "not yet: QPID_ACL_FILE"),
        ("QPID_SASL_CONFIG", "x", "QPID_SASL_CONFIG: no option here: Cyrus SASL is not used"),
    ];
    for (variable, value, wanted) in cases {
        let error = load(&[], &[(variable, value)], None).unwrap_err();
        assert!(error.starts_with(wanted), "found {error}, wanted {wanted}");
    }
}
