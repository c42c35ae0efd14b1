//! Qpid's form of a configuration file: `name=value` a line, `#` before what is a comment, a name
//! again for one more value.
//!
//! A file has this form where TOML does not understand it and the line at which TOML gives up is
//! one of this form. What only TOML can mean, a table or a value in quotes or brackets, never is.

use std::path::Path;

use super::error::ConfigError;
use super::given::{Given, Layer, Origin};
use super::known;
use super::name::Name;

/// Whether a text that TOML gave up on in `line` (from 1) has this form.
pub(super) fn is_form_of(text: &str, line: usize) -> bool {
    let is_pair = |line: &str| {
        let Some((name, value)) = pair(line) else { return false };
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        !name.is_empty() && name.bytes().all(is_name) && !value.starts_with(['"', '\'', '[', '{'])
    };
    let has_table = text.lines().any(|line| line.trim_start().starts_with('['));
    !has_table && text.lines().nth(line.saturating_sub(1)).is_some_and(is_pair)
}

/// Reads a file's text; what is wrong is added to `errors`.
pub(super) fn parse(path: &Path, text: &str, errors: &mut Vec<ConfigError>) -> Layer {
    let mut layer = Layer::default();
    for (place, line) in text.lines().enumerate() {
        if without_comment(line).is_empty() {
            continue;
        }
        if let Err(error) = take(&mut layer, path, place + 1, line) {
            errors.push(error);
        }
    }
    layer
}

fn take(layer: &mut Layer, path: &Path, line: usize, text: &str) -> Result<(), ConfigError> {
    let origin = |key: &str| {
        let (path, key) = (path.to_owned(), key.into());
        Origin::File { path, line, column: None, key }
    };
    let Some((key, value)) = pair(text) else {
        let text = without_comment(text).to_owned();
        return Err(ConfigError::NoPair { path: path.to_owned(), line, text });
    };
    let origin = origin(key);
    let name = match known::option(key, &origin)? {
        Name::Config => return Err(ConfigError::Unknown { origin, nearest: None }),
        name => name,
    };
    layer.push(Given { name, value: value.to_owned(), origin })
}

fn pair(line: &str) -> Option<(&str, &str)> {
    without_comment(line).split_once('=').map(|(name, value)| (name.trim(), value.trim()))
}

fn without_comment(line: &str) -> &str {
    line.split('#').next().unwrap_or(line).trim()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_line_at_which_toml_gives_up_decides() {
        assert!(is_form_of("port=5672\nauth=no\n", 2));
        assert!(is_form_of("# x\nlog-to-file = /tmp/x # y\n", 2));
        assert!(!is_form_of("realm = \"A\n", 1), "a quote is TOML's");
        assert!(!is_form_of("auth=no\n[plugin.x]\n", 1), "a table is TOML's");
        assert!(!is_form_of("port 5672\n", 1));
        assert!(!is_form_of("a b=5672\n", 1));
        assert!(!is_form_of("auth=no\n", 9));
    }

    proptest! {
        #[test]
        fn whatever_stands_in_a_file_every_error_names_a_line_of_it(
            text in "([a-z=#\\[\" 0-9\\-]{0,12}\n?){0,8}",
            name in "(port|auth|interface|ssl-port|x)=?",
        ) {
            let text = format!("{text}\n{name}");
            let mut errors = Vec::new();
            let layer = parse(Path::new("/x"), &text, &mut errors);
            let significant = text.lines().filter(|line| !without_comment(line).is_empty()).count();
            prop_assert_eq!(layer.iter().count() + errors.len(), significant);
            for error in errors {
                let error = error.to_string();
                let line = error.split(':').find_map(|part| part.parse::<usize>().ok());
                let line = line.and_then(|line| text.lines().nth(line - 1)).unwrap_or_default();
                prop_assert!(!without_comment(line).is_empty(), "{}", error);
            }
        }
    }

    #[test]
    fn comments_blanks_and_empty_lines_mean_nothing() {
        let mut errors = Vec::new();
        let text = "# all\n\n   \t# of\n  port = 1 # it\nrealm=\n";
        let layer = parse(Path::new("/x"), text, &mut errors);
        assert!(errors.is_empty(), "{errors:?}");
        let given: Vec<(Name, &str)> =
            layer.iter().map(|it| (it.name, it.value.as_str())).collect();
        assert_eq!(given, [(Name::Port, "1"), (Name::Realm, "")]);
    }
}
