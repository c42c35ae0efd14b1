//! The command line from arguments to exit code, in this process.

use std::ffi::OsString;

use super::*;

/// Exit code, standard output, standard error.
fn philter(arguments: &[&str]) -> (i32, String, String) {
    let arguments = ["philter"].iter().chain(arguments).map(OsString::from).collect();
    let (mut output, mut errors) = (Vec::new(), Vec::new());
    let mut terminal =
        Terminal { input: &mut std::io::empty(), output: &mut output, errors: &mut errors };
    let code = run(arguments, Vec::new(), &mut terminal);
    (code, String::from_utf8(output).unwrap(), String::from_utf8(errors).unwrap())
}

#[test]
fn an_unknown_option_is_named_with_the_nearest() {
    let (code, _, errors) = philter(&["--prot", "1"]);
    assert_eq!(
        (code, errors.as_str()),
        (2, "philter: --prot: no such option; did you mean port?\n")
    );
}

#[test]
fn qpids_options_that_are_not_there_yet_are_refused_by_name() {
    for (given, named) in
        [("--ssl-port", "--ssl-port"), ("--ssl-port=1", "--ssl-port"), ("-k", "--kill")]
    {
        let (code, _, errors) = philter(&[given]);
        assert_eq!((code, errors), (2, format!("philter: not yet: {named}\n")));
    }
}

#[test]
fn a_bad_value_is_named_with_its_option() {
    let (code, _, errors) = philter(&["--port", "99999"]);
    assert_eq!(code, 2);
    assert_eq!(errors, "philter: --port 99999: wanted a number from 0 to 65535\n");
}

#[test]
fn an_unknown_word_lists_what_there_is() {
    let (code, _, errors) = philter(&["--no-module-dir", "--no-data-dir", "usr", "add"]);
    assert_eq!(
        (code, errors.as_str()),
        (
            2,
            "philter: no such command: usr; there are: plugin, config, completions, man, bench, \
             vhost\n"
        )
    );
}

#[test]
fn help_and_version_are_answers_and_no_errors() {
    let (code, help, errors) = philter(&["--help", "--no-module-dir"]);
    assert_eq!((code, errors.as_str()), (0, ""));
    assert!(help.contains("--data-dir") && help.contains("plugin"), "{help}");
    let (code, version, _) = philter(&["--version"]);
    assert_eq!((code, version), (0, format!("philter {}\n", env!("CARGO_PKG_VERSION"))));
}

#[test]
fn the_brokers_options_are_taken_out_of_a_subcommands_arguments() {
    let words =
        ["user", "add", "--data-dir", "/d", "jo", "--realm=R", "--x", "--", "--config", "y"];
    let mut layer = Layer::default();
    let words = words.map(str::to_owned).to_vec();
    let (word, left) = given_options::take_out(words, &mut layer).unwrap();
    assert_eq!(word, "user");
    assert_eq!(left, ["add", "jo", "--x", "--", "--config", "y"]);
    let config = Config::load(layer, Vec::new()).unwrap();
    assert_eq!((config.data_dir.unwrap(), config.realm), ("/d".into(), "R".to_owned()));
}

#[test]
fn every_option_that_subcommands_take_is_taken_out_by_all_its_names() {
    let words = ["user", "--module-dir", "/p", "--no-data-dir", "--log-level=warn", "--port", "1"];
    let mut layer = Layer::default();
    let words = words.map(str::to_owned).to_vec();
    let (_, left) = given_options::take_out(words, &mut layer).unwrap();
    assert_eq!(left, ["--port", "1"]);
    let config = Config::load(layer, Vec::new()).unwrap();
    assert_eq!((config.data_dir, config.log.filter.as_str()), (None, "warn"));
    assert!(matches!(config.plugins.directory, crate::config::PluginDirectory::Given(_)));
}

#[test]
fn what_the_broker_goes_by_is_said_as_json() {
    let words = ["config", "show", "--json", "--no-data-dir", "-p", "7", "--interface", "::1"];
    let (code, json, errors) = philter(&words);
    assert_eq!((code, errors.as_str()), (0, ""));
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let port = serde_json::json!({ "value": 7, "origins": [{ "option": "--port" }] });
    assert_eq!(json["port"], port);
    assert_eq!(json["interface"]["value"], serde_json::json!(["::1"]));
    assert_eq!(json["realm"], serde_json::json!({ "value": "QPID", "origins": [] }));
    assert!(json["memory-limit"]["note"].as_str().unwrap().starts_with("60 % of "), "{json}");
}

#[test]
fn an_option_before_and_behind_config_show_stands_twice() {
    let (code, _, errors) = philter(&["-p", "7", "config", "show", "-p", "8"]);
    let wanted = "philter: --port does not go together with --port\n";
    assert_eq!((code, errors.as_str()), (2, wanted));
}

#[test]
fn a_question_about_a_running_broker_stands_before_no_command() {
    for question in ["--check", "--quit"] {
        for command in [&["config", "show"][..], &["plugin", "list"], &["man"], &["user", "list"]] {
            let words: Vec<&str> = [question].iter().chain(command).copied().collect();
            let (code, output, errors) = philter(&words);
            let wanted = format!("philter: {question} does not go together with a command\n");
            assert_eq!((code, output.as_str(), errors), (2, "", wanted));
        }
    }
}

#[test]
fn an_option_without_its_value_is_named() {
    let (code, _, errors) = philter(&["user", "list", "--data-dir"]);
    assert_eq!((code, errors.as_str()), (2, "philter: --data-dir : wanted a value\n"));
}

#[test]
fn check_says_everything_that_is_wrong_with_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let (code, output, _) = philter(&["plugin", "check", folder.path().to_str().unwrap()]);
    assert_eq!(code, 1);
    assert!(output.ends_with("refused: file type: found a folder, wanted a regular file\n"));
}

#[test]
fn list_says_what_was_refused() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("libx.so"), "no library").unwrap();
    let folder = folder.path().to_str().unwrap();
    let (code, output, _) = philter(&["plugin", "list", "--plugin-dir", folder]);
    assert_eq!(code, 0);
    assert!(output.contains("libx.so: "), "{output}");
    let (_, json, _) = philter(&["plugin", "list", "--json", "--plugin-dir", folder]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["plugins"], serde_json::json!([]));
    assert!(json["refused"][0]["file"].as_str().unwrap().ends_with("libx.so"));
}
