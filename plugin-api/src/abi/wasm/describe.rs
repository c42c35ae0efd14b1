//! What a component says of itself, as JSON.

use crate::factory::{Factory, NO_CONFIGURATION};

/// What the plugin's `Cargo.toml` says.
#[derive(Clone, Copy, Debug)]
pub struct Package {
    /// Its name.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
    /// Its licence, an SPDX expression.
    pub licence: &'static str,
}

/// The optional functions that every trait has: one that a plugin leaves out answers
/// "unsupported", which no trait can say beforehand.
const ENTRIES: &str = r#""inspect","explain","try""#;

/// The object that `describe` answers.
pub(super) fn describe<T: Factory>(package: &Package) -> String {
    let [name, version, licence] = [package.name, package.version, package.licence].map(quoted);
    let type_name = quoted(T::TYPE_NAME);
    let mut json =
        format!(r#"{{"name":{name},"version":{version},"licence":{licence},"type":{type_name}"#);
    if T::CONFIGURATION_SCHEMA != NO_CONFIGURATION {
        json.extend([r#","configuration-schema":"#, T::CONFIGURATION_SCHEMA]);
    }
    if let Some(subcommand) = T::SUBCOMMAND {
        json.extend([r#","subcommand":"#, &quoted(subcommand)]);
    }
    let transform = if T::TRANSFORMS { r#""transform","# } else { "" };
    json.extend([r#","entries":["#, transform, ENTRIES, "]}"]);
    json
}

/// A text as JSON has it (RFC 8259, section 7).
fn quoted(text: &str) -> String {
    let escape = |character: char| match character {
        '"' | '\\' => format!("\\{character}"),
        character if character < ' ' => format!("\\u{:04x}", u32::from(character)),
        character => character.to_string(),
    };
    format!("\"{}\"", text.chars().map(escape).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Context, Result};

    struct Plain;

    impl Factory for Plain {
        const TYPE_NAME: &'static str = "plain";
        fn create(_: &Context<'_>) -> Result<Self> {
            Ok(Plain)
        }
    }

    struct Rich;

    impl Factory for Rich {
        const TYPE_NAME: &'static str = "rich";
        const CONFIGURATION_SCHEMA: &'static str = r#"{"type":"object"}"#;
        const TRANSFORMS: bool = true;
        const SUBCOMMAND: Option<&'static str> = Some("rich");
        fn create(_: &Context<'_>) -> Result<Self> {
            Ok(Rich)
        }
    }

    #[test]
    fn a_component_says_what_its_package_and_its_factory_say() {
        let package = Package { name: "a\"b\\\n", version: "1.2.3", licence: "MIT" };
        let plain = [
            r#"{"name":"a\"b\\\u000a","version":"1.2.3","licence":"MIT","type":"plain","#,
            r#""entries":["inspect","explain","try"]}"#,
        ];
        assert_eq!(describe::<Plain>(&package), plain.concat());
        let rich = [
            r#"{"name":"a\"b\\\u000a","version":"1.2.3","licence":"MIT","type":"rich","#,
            r#""configuration-schema":{"type":"object"},"subcommand":"rich","#,
            r#""entries":["transform","inspect","explain","try"]}"#,
        ];
        assert_eq!(describe::<Rich>(&package), rich.concat());
    }
}
