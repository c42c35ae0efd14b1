//! Components in text: plugins for tests that need no toolchain, whole or with planted faults.
//!
//! A component is a filter, an exchange or both, with default entries that keep every rule. A test
//! replaces the bodies of some by core WAT of its own:
//!
//! ```
//! use philter_test_components::Component;
//!
//! let plain = Component::filter("plain").build();
//! let traps = Component::filter("traps").entry("matches", "unreachable").build();
//! # assert_ne!(plain, traps);
//! ```
//!
//! **The default filter.** An expression that begins with `t` or `T` matches everything, with `f`
//! or `F` nothing, `=KEY` messages with this routing key, `^TEXT` bodies that begin with this text
//! (and only this one reads the body). Anything else is an invalid argument at line 1, column 1.
//! `inspect` is there.
//!
//! **The default exchange.** A message matches the bindings whose key is its routing key, and those
//! whose key is `#`; `not a number` is refused, arguments are ignored, answers may be remembered.
//! `inspect` is there.
//!
//! **A body** may begin with locals and leaves the function's result. Its parameters have the WIT's
//! names: `$handle` an i64; `$batch` and `$batch-bytes` for bytes and texts; `$handles` and
//! `$handles-count` for other lists; `$has-handle` and `$handle` for an option. The function before
//! is still there: `(call $default-matches (local.get $batch) …)`.
//!
//! What a body may call, beside the default code of its interface (`src/wat/filter.wat`,
//! `src/wat/exchange.wat`: `$find`, `$decide`, `$push`):
//!
//! | | |
//! |---|---|
//! | `$ok`, `$ok-number n`, `$ok-bytes at bytes` | answers: nothing, a u32, bytes or a text |
//! | `$ok-verdict case` | of `transform`: 0 pass, 1 drop, 2 dead-letter |
//! | `$ok-replaced body bytes map bytes` | of `transform`: replace |
//! | `$ok-output out bytes err bytes code` | of `command` |
//! | `$fail kind text bytes`, `$fail-at … line column` | errors, by the WIT's kinds from 0 |
//! | `$unsupported` | that error |
//! | `$part batch message part`, `$part-bytes …` | 0 key, 1 properties, 2 headers, 3 body |
//! | `$equal at bytes at bytes` | whether bytes are equal |
//! | `$alloc bytes` | memory until the answer is read, in multiples of 8 |
//! | `$keep` | keeps everything of this call, its arguments too |
//! | `$log level text bytes`, `$now-ms`, `$random count at` | the host's |
//!
//! `describe` leaves the place of two u32 in memory, where the text stands and how long it is.
//! Memory from 2048 to 4095 is for data of a test's own, which it adds with [`Component::code`].

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod entry;
mod host_function;
mod interface;

use host_function::HostFunction;
use interface::Interface;

/// A component under construction.
#[derive(Clone, Debug)]
pub struct Component {
    interfaces: Vec<Interface>,
    declarations: String,
    host_functions: Vec<HostFunction>,
    replaced: Vec<(String, String)>,
}

impl Component {
    /// A filter; `type_name` is its language and the plugin's name.
    #[must_use]
    pub fn filter(type_name: &str) -> Self {
        Self::of(Interface::filter(type_name))
    }

    /// An exchange; `type_name` is its type and the plugin's name.
    #[must_use]
    pub fn exchange(type_name: &str) -> Self {
        Self::of(Interface::exchange(type_name))
    }

    fn of(interface: Interface) -> Self {
        Self {
            interfaces: vec![interface],
            declarations: String::new(),
            host_functions: Vec::new(),
            replaced: Vec::new(),
        }
    }

    /// Adds what another one exports, in one component; `entry` and the like then speak of that.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.interfaces.extend(other.interfaces);
        self.declarations.push_str(&other.declarations);
        self.host_functions.extend(other.host_functions);
        self.replaced.extend(other.replaced);
        self
    }

    /// Gives an entry this body. An optional entry is described as there.
    ///
    /// # Panics
    /// The interface has no such entry.
    #[must_use]
    pub fn entry(mut self, name: &str, body: impl AsRef<str>) -> Self {
        self.last().set_body(name, body.as_ref());
        self
    }

    /// Adds core code: functions, globals, data.
    #[must_use]
    pub fn code(mut self, code: &str) -> Self {
        self.last().code.push_str(code);
        self
    }

    /// What `describe` answers with, whatever it is.
    #[must_use]
    pub fn description(mut self, description: impl AsRef<[u8]>) -> Self {
        self.last().description = Some(description.as_ref().to_vec());
        self
    }

    /// Exports the interface under this name instead of `philter:plugin/filter@1.0.0`, say.
    #[must_use]
    pub fn exported_as(mut self, name: &str) -> Self {
        name.clone_into(&mut self.last().export);
        self
    }

    /// Adds declarations of the component's own, such as imports.
    #[must_use]
    pub fn declaration(mut self, declaration: &str) -> Self {
        self.declarations.push_str(declaration);
        self.declarations.push('\n');
        self
    }

    /// Makes a function of an imported instance one that bodies call by `name`. A declaration
    /// imports the instance; `core_type` is what the canonical ABI makes of the function's
    /// type.
    ///
    /// ```
    /// # use philter_test_components::Component;
    /// let random = "(import \"wasi:random/random@0.2.0\" (instance $random
    ///     (export \"get-random-u64\" (func (result u64)))))";
    /// let _ = Component::filter("lucky")
    ///     .declaration(random)
    ///     .host_function("$random", "get-random-u64", "$any", "(result i64)")
    ///     .entry("inspect", "(drop (call $any)) (call $unsupported)")
    ///     .build();
    /// ```
    #[must_use]
    pub fn host_function(
        mut self,
        instance: &str,
        function: &str,
        name: &str,
        core_type: &str,
    ) -> Self {
        self.host_functions.push(HostFunction::new(instance, function, name, core_type));
        self
    }

    /// Replaces `from` by `to` everywhere in the text, for what nothing else makes.
    #[must_use]
    pub fn replace(mut self, from: &str, to: &str) -> Self {
        self.replaced.push((from.to_owned(), to.to_owned()));
        self
    }

    /// The component in text.
    ///
    /// # Panics
    /// What is to be replaced is not there.
    #[must_use]
    pub fn text(&self) -> String {
        let imports = [include_str!("wat/types.wat"), &self.declarations];
        let host = [include_str!("wat/memory.wat"), include_str!("wat/host.wat")];
        let lowered = HostFunction::lowered(&self.host_functions);
        let own = HostFunction::imports(&self.host_functions);
        let interfaces = self.interfaces.iter().enumerate().map(|(index, i)| i.text(index, &own));
        let interfaces: String = interfaces.collect();
        let (imports, host) = (imports.concat(), host.concat());
        let text = format!("(component\n{imports}{host}{lowered}{interfaces})\n");
        self.replaced.iter().fold(text, |text, (from, to)| {
            assert!(text.contains(from), "there is no '{from}' in the component");
            text.replace(from, to)
        })
    }

    /// The component as the bytes of a `.wasm` file.
    ///
    /// # Panics
    /// The text is no WAT; the message shows where.
    #[must_use]
    pub fn build(&self) -> Vec<u8> {
        wat::parse_str(self.text()).unwrap_or_else(|error| panic!("{error}"))
    }

    fn last(&mut self) -> &mut Interface {
        self.interfaces.last_mut().expect("a component begins with an interface")
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use wit_parser::{Resolve, WorldId};

    use super::*;

    /// The contract, and its world of this name.
    fn contract(world: &str) -> (Resolve, WorldId) {
        let mut resolve = Resolve::default();
        let wit = concat!(env!("CARGO_MANIFEST_DIR"), "/../../plugin-api/wit");
        let (package, _) = resolve.push_dir(wit).expect("the contract is WIT");
        let world = resolve.select_world(&[package], Some(world)).expect("it has the world");
        (resolve, world)
    }

    fn has_world(component: &Component, world: &str) -> Result<(), String> {
        let (resolve, world) = contract(world);
        wit_component::targets(&resolve, world, &component.build())
            .map_err(|error| format!("{error:?}"))
    }

    #[test]
    fn components_have_the_types_of_the_contract() {
        assert_eq!(has_world(&Component::filter("f"), "filter-plugin"), Ok(()));
        assert_eq!(has_world(&Component::exchange("e"), "exchange-plugin"), Ok(()));
        let both = Component::filter("f").and(Component::exchange("e"));
        assert_eq!(has_world(&both, "filter-plugin"), Ok(()));
        assert_eq!(has_world(&both, "exchange-plugin"), Ok(()));
    }

    /// What the SDK's modules carry of the contract. Behind it stands who wrote it.
    #[test]
    fn what_the_sdk_embeds_is_the_contract() {
        let until_producers = |bytes: &[u8]| {
            let at = bytes.windows(9).position(|window| window == b"producers");
            bytes[..at.expect("it says who wrote it") - 3].to_vec()
        };
        for name in ["filter-plugin", "exchange-plugin"] {
            let (resolve, world) = contract(name);
            let made = wit_component::metadata::encode(
                &resolve,
                world,
                wit_component::StringEncoding::UTF8,
                None,
            );
            let made = made.unwrap_or_else(|error| panic!("{name}: {error}"));
            let file = format!("plugin-api/src/abi/wasm/{name}.component-type");
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(&file);
            let kept = std::fs::read(path).expect("the SDK's file");
            assert!(
                until_producers(&made) == until_producers(&kept),
                "{file} is of another contract: make it anew with `wasm-tools component embed \
                 --only-custom --world {name} plugin-api/wit -o {file}`"
            );
        }
    }

    #[test]
    fn another_type_is_noticed() {
        let other = Component::filter("f").replace("\"exit-code\" s32", "\"exit-code\" u32");
        assert!(has_world(&other, "filter-plugin").is_err());
        assert!(has_world(&Component::filter("f"), "exchange-plugin").is_err());
    }

    #[test]
    fn entries_are_described_where_they_are_there() {
        let plain = Component::filter("f").text();
        assert!(plain.contains(r#"\"entries\":[\"inspect\"]"#), "{plain}");
        let more = Component::filter("f").entry("transform", "call $unsupported").text();
        assert!(more.contains(r#"\"entries\":[\"inspect\",\"transform\"]"#), "{more}");
        let tries = Component::exchange("e").entry("try-binding", "call $unsupported").text();
        assert!(tries.contains(r#"\"entries\":[\"inspect\",\"try\"]"#), "{tries}");
        let word = Component::exchange("e").entry("command", "call $unsupported").text();
        assert!(word.contains(r#"\"subcommand\":\"e\""#), "{word}");
    }

    #[test]
    #[should_panic(expected = "has no entry 'match'")]
    fn an_entry_that_is_none_is_noticed() {
        let _ = Component::filter("f").entry("match", "unreachable");
    }
}
