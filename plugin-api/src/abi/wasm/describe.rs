//! What a component says of itself, as JSON.

use crate::factory::Factory;

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

/// The object that `describe` answers, with these optional functions.
pub(super) fn describe<T: Factory>(package: &Package, entries: &[&str]) -> String {
    let [name, version, licence] = [package.name, package.version, package.licence].map(quoted);
    let type_name = quoted(T::TYPE_NAME);
    let mut json =
        format!(r#"{{"name":{name},"version":{version},"licence":{licence},"type":{type_name}"#);
    // Of a type that takes none as well, as a library says it.
    json.extend([r#","configuration-schema":"#, T::CONFIGURATION_SCHEMA]);
    if let Some(subcommand) = T::SUBCOMMAND {
        json.extend([r#","subcommand":"#, &quoted(subcommand)]);
    }
    let transform = T::TRANSFORMS.then_some("transform");
    let entries = transform.iter().chain(entries).copied().map(quoted);
    let entries = entries.collect::<Vec<_>>().join(",");
    json.extend([r#","entries":["#, &entries, "]}"]);
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
        const ENTRIES: &'static [&'static str] = &["explain"];
        fn create(_: &Context<'_>) -> Result<Self> {
            Ok(Rich)
        }
    }

    #[test]
    fn a_component_says_what_its_package_and_its_factory_say() {
        let package = Package { name: "a\"b\\\n", version: "1.2.3", licence: "MIT" };
        let plain = [
            r#"{"name":"a\"b\\\u000a","version":"1.2.3","licence":"MIT","type":"plain","#,
            r#""configuration-schema":{"type":"object","additionalProperties":false},"#,
            r#""entries":["inspect","explain","try"]}"#,
        ];
        assert_eq!(describe::<Plain>(&package, Plain::ENTRIES), plain.concat());
        let rich = [
            r#"{"name":"a\"b\\\u000a","version":"1.2.3","licence":"MIT","type":"rich","#,
            r#""configuration-schema":{"type":"object"},"subcommand":"rich","#,
            r#""entries":["transform","explain"]}"#,
        ];
        assert_eq!(describe::<Rich>(&package, Rich::ENTRIES), rich.concat());
        let auth = describe::<Plain>(&package, &["inspect"]);
        assert!(auth.ends_with(r#""entries":["inspect"]}"#), "{auth}");
    }
}
