//! Components in text: plugins for tests that need no toolchain, whole or with planted faults.
//!
//! A component is a filter, an exchange, an auth provider, a store or several, with default entries
//! that keep every rule. A test replaces the bodies of some by core WAT of its own:
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
//! **The default auth provider.** PLAIN is on offer to everybody. The message `\0jo\0secret`, at
//! once or after an empty challenge, lets `jo` of the group `staff` in, any other one fails. It has
//! no opinion and no quotas. `inspect` is there.
//!
//! **The default store** keeps every operation as it came in its map, under its position, and
//! replays them as they are. It offers no optional entry but `inspect`.
//!
//! **A body** may begin with locals and leaves the function's result. Its parameters have the WIT's
//! names: `$handle` an i64; `$batch` and `$batch-bytes` for bytes and texts; `$handles` and
//! `$handles-count` for other lists; `$has-handle` and `$handle` for an option, with
//! `$initial-bytes` where that has bytes; an i32 for numbers of 32 bits and truths. The function
//! before is still there: `(call $default-matches (local.get $batch) …)`.
//!
//! What a body may call, beside the default code of its interface (`src/wat/filter.wat`,
//! `src/wat/exchange.wat`, `src/wat/auth.wat`: `$find`, `$decide`, `$push`; `src/wat/store.wat`:
//! `$get`, `$scan`, `$put`, `$map-write`, `$ok-case`, `$ok-acquired`, `$fail-wide`):
//!
//! | | |
//! |---|---|
//! | `$ok`, `$ok-number n`, `$ok-bytes at bytes` | answers: nothing, a u32, bytes or a text |
//! | `$ok-verdict case` | of `transform`: 0 pass, 1 drop, 2 dead-letter |
//! | `$ok-replaced body bytes map bytes` | of `transform`: replace |
//! | `$ok-outcome case at bytes` | of logins: 0 challenge, 1 success, 2 failure, 3 not-mine |
//! | `$one-text at bytes`, `$bare at bytes` | a list of one text; bytes that are no result |
//! | `$ok-output out bytes err bytes code` | of `command` |
//! | `$fail kind text bytes`, `$fail-at … line column` | errors, by the WIT's kinds from 0 |
//! | `$unsupported` | that error |
//! | `$part batch message part`, `$part-bytes …` | 0 key, 1 properties, 2 headers, 3 body |
//! | `$equal at bytes at bytes` | whether bytes are equal |
//! | `$alloc bytes` | memory until the answer is read, in multiples of 8 |
//! | `$keep` | keeps everything of this call, its arguments too |
//! | `$read name bytes answer` | with [`Component::files`]: leaves a result at `answer` |
//! | `$request endpoint bytes … answer` | with [`Component::http`]: the same |
//! | `$log level text bytes`, `$now-ms`, `$random count at` | the host's |
//!
//! `describe` leaves the place of two u32 in memory, where the text stands and how long it is.
//! Memory from 2048 to 4095 is for data of a test's own, which it adds with [`Component::code`].

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod entry;
mod grant;
mod host_function;
mod interface;

use grant::Grant;
use host_function::HostFunction;
use interface::Interface;

/// A component under construction.
#[derive(Clone, Debug)]
pub struct Component {
    interfaces: Vec<Interface>,
    grants: Vec<Grant>,
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

    /// An auth provider; `type_name` is its name and the plugin's.
    #[must_use]
    pub fn auth(type_name: &str) -> Self {
        Self::of(Interface::auth(type_name))
    }

    /// A store; `type_name` is its name and the plugin's.
    #[must_use]
    pub fn store(type_name: &str) -> Self {
        Self::of(Interface::store(type_name))
    }

    fn of(interface: Interface) -> Self {
        Self {
            interfaces: vec![interface],
            grants: Vec::new(),
            declarations: String::new(),
            host_functions: Vec::new(),
            replaced: Vec::new(),
        }
    }

    /// Imports files, so that `$read` is there.
    #[must_use]
    pub fn files(mut self) -> Self {
        self.grants.push(Grant::Files);
        self
    }

    /// Imports endpoints, so that `$request` is there.
    #[must_use]
    pub fn http(mut self) -> Self {
        self.grants.push(Grant::Http);
        self
    }

    /// Adds what another one exports, in one component; `entry` and the like then speak of that.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.interfaces.extend(other.interfaces);
        self.grants.extend(other.grants);
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
        let granted: String = self.grants.iter().map(|grant| grant.import()).collect();
        let types = include_str!("wat/types.wat");
        let imports = [types, Grant::TYPES, &granted, &self.declarations].concat();
        let lowered: String = self.grants.iter().map(|grant| grant.lowered()).collect();
        let memory = include_str!("wat/memory.wat");
        let has_map = self.interfaces.iter().any(Interface::has_map);
        let map = if has_map { include_str!("wat/key_value.wat") } else { "" };
        let host = [memory, include_str!("wat/host.wat"), map, &lowered].concat();
        let lowered = HostFunction::lowered(&self.host_functions);
        let own = HostFunction::imports(&self.host_functions);
        let interfaces = self.interfaces.iter().enumerate();
        let interfaces: String =
            interfaces.map(|(index, i)| i.text(index, &self.grants, &own)).collect();
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
        let (mut package, _) = resolve.push_dir(wit).expect("the contract is WIT");
        for kind in ["auth", "store"] {
            if world.starts_with(kind) {
                let own = format!("{wit}/{kind}/philter-{kind}.wit");
                package = resolve.push_file(own).expect("it stands on the one before");
            }
        }
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
        assert_eq!(has_world(&Component::auth("a"), "auth-plugin-alone"), Ok(()));
        let granted = Component::auth("a").files().http();
        assert_eq!(has_world(&granted, "auth-plugin"), Ok(()));
        assert!(has_world(&granted, "auth-plugin-with-files").is_err());
        let both = Component::filter("f").and(Component::exchange("e"));
        assert_eq!(has_world(&both, "filter-plugin"), Ok(()));
        assert_eq!(has_world(&both, "exchange-plugin"), Ok(()));
        assert_eq!(has_world(&Component::store("s"), "store-plugin"), Ok(()));
    }

    /// What the SDK's modules carry of the contract. Behind it stands who wrote it.
    #[test]
    fn what_the_sdk_embeds_is_the_contract() {
        let until_producers = |bytes: &[u8]| {
            let at = bytes.windows(9).position(|window| window == b"producers");
            bytes[..at.expect("it says who wrote it") - 3].to_vec()
        };
        for name in ["filter-plugin", "exchange-plugin", "auth-plugin", "store-plugin"] {
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
                 --only-custom --world {name} WIT -o {file}`; WIT is plugin-api/wit, or a folder \
                 with the kind's own and deps/philter-plugin.wit"
            );
        }
    }

    #[test]
    fn another_type_is_noticed() {
        let other = Component::filter("f").replace("\"exit-code\" s32", "\"exit-code\" u32");
        assert!(has_world(&other, "filter-plugin").is_err());
        assert!(has_world(&Component::filter("f"), "exchange-plugin").is_err());
        let other = Component::store("s").replace("(case \"full\")", "(case \"fullest\")");
        assert!(has_world(&other, "store-plugin").is_err());
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
