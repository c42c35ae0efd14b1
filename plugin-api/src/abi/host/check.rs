//! Checks what a library shows, before anything of it is used.
//!
//! Invariants: magic and major come first, for they say whether the rest means anything; a field is
//! read only where the struct's size covers it; every refusal names plugin, field, found and
//! wanted.

use std::ffi::c_void;

use super::{FactoryInfo, LoadError, PluginInfo};
use crate::abi::layout::{Field, Layout, read_versioned, said_size};
use crate::abi::magic::{ABI_MAJOR, KindVersion, MAGIC};
use crate::abi::types::number::FACTORY_MAY_BLOCK;
use crate::abi::types::{
    PhAuthVtable, PhExchangeVtable, PhFactory, PhFilterVtable, PhPlugin, PhSlice, PhStoreVtable,
    PhVtable,
};
use crate::factory::Kind;
use crate::limits::{FACTORIES_MAX, NAME_BYTES_MAX, SCHEMA_BYTES_MAX};

type Result<T> = std::result::Result<T, LoadError>;

/// What a host knows of a kind.
#[derive(Clone, Copy, Debug)]
pub(super) struct KindSpec {
    /// Its number.
    pub(super) number: u32,
    /// Its name, for people.
    pub(super) name: &'static str,
    /// The version that the host was built with.
    pub(super) version: KindVersion,
    /// The name of its table in the header.
    pub(super) vtable: &'static str,
    /// The fields of its table.
    pub(super) fields: &'static [Field],
    /// The fields that may be NULL or past the table's end.
    pub(super) optional: &'static [&'static str],
}

impl KindSpec {
    const fn of<V: Layout>(kind: Kind, optional: &'static [&'static str]) -> Self {
        Self {
            number: kind.number(),
            name: kind.name(),
            version: kind.version(),
            vtable: V::C_NAME,
            fields: V::FIELDS,
            optional,
        }
    }
}

/// The kinds of this release.
pub(super) const KINDS: &[KindSpec] = &[
    KindSpec::of::<PhExchangeVtable>(
        Kind::Exchange,
        &["command", "inspect", "explain", "try_binding"],
    ),
    KindSpec::of::<PhFilterVtable>(
        Kind::Filter,
        &["command", "transform", "inspect", "explain", "try_expression"],
    ),
    KindSpec::of::<PhAuthVtable>(
        Kind::Auth,
        &["command", "abandon", "authorize", "limits", "inspect"],
    ),
    KindSpec::of::<PhStoreVtable>(
        Kind::Store,
        &[
            "command",
            "inspect",
            "meta_list",
            "meta_watch",
            "meta_remove",
            "append_here",
            "entries",
            "append_lazily",
        ],
    ),
];

/// A factory that was checked.
#[derive(Clone, Debug)]
pub(super) struct CheckedFactory {
    pub(super) kind: u32,
    pub(super) kind_version: KindVersion,
    pub(super) type_name: String,
    pub(super) configuration_schema: String,
    pub(super) subcommand: Option<String>,
    pub(super) may_block: bool,
    pub(super) optional_entries: Vec<&'static str>,
    pub(super) vtable: *const c_void,
}

/// A library's record that was checked.
#[derive(Clone, Debug)]
pub(super) struct Checked {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) licence: String,
    pub(super) abi: (u16, u16),
    pub(super) factories: Vec<CheckedFactory>,
    pub(super) refused: Vec<LoadError>,
}

impl Checked {
    /// What the plugin says of itself.
    pub(super) fn info(&self) -> PluginInfo {
        let factories = self.factories.iter().filter_map(CheckedFactory::info).collect();
        PluginInfo {
            name: self.name.clone(),
            version: self.version.clone(),
            licence: self.licence.clone(),
            abi: self.abi,
            factories,
            refused: self.refused.clone(),
        }
    }
}

impl CheckedFactory {
    fn info(&self) -> Option<FactoryInfo> {
        Some(FactoryInfo {
            kind: Kind::from_number(self.kind)?,
            kind_version: self.kind_version,
            is_draft: self.kind_version.is_draft(),
            type_name: self.type_name.clone(),
            configuration_schema: self.configuration_schema.clone(),
            may_block: self.may_block,
            subcommand: self.subcommand.clone(),
            optional_entries: self.optional_entries.clone(),
        })
    }
}

/// Checks what an entry answered, against these kinds.
///
/// # Safety
/// `plugin` is NULL, or leads to a `ph_plugin` of whatever version, with what that points to; all
/// of it constant and never freed.
pub(super) unsafe fn check(
    file: &str,
    plugin: *const PhPlugin,
    kinds: &[KindSpec],
) -> Result<Checked> {
    // SAFETY: the caller's promise.
    let raw = unsafe { read_plugin(file, plugin) }?;
    let name = Checker { plugin: file, of: PhPlugin::C_NAME };
    // SAFETY: the caller's promise.
    let name = unsafe { name.text("name", raw.name, 1, NAME_BYTES_MAX) }?;
    let checker = Checker { plugin: &name, of: PhPlugin::C_NAME };
    // SAFETY: the caller's promise.
    let version = unsafe { checker.text("version", raw.version, 1, NAME_BYTES_MAX) }?;
    // SAFETY: the caller's promise.
    let licence = unsafe { checker.text("licence", raw.licence, 1, NAME_BYTES_MAX) }?;
    let mut checked = Checked {
        version,
        licence,
        abi: (raw.abi_major, raw.abi_minor),
        factories: Vec::new(),
        refused: Vec::new(),
        name: name.clone(),
    };
    for place in checker.factory_places(&raw)? {
        // SAFETY: the caller's promise, within the count and stride that the plugin says.
        let factory = unsafe { checker.factory(place, raw.factory_stride, kinds) };
        match factory {
            Ok(factory) => checker.add(&mut checked.factories, factory)?,
            Err(unknown @ LoadError::UnknownKind { .. }) => checked.refused.push(unknown),
            Err(error) => return Err(error),
        }
    }
    match checked.refused.first() {
        Some(unknown) if checked.factories.is_empty() => Err(unknown.clone()),
        _ => Ok(checked),
    }
}

/// # Safety
/// As [`check`].
unsafe fn read_plugin(file: &str, plugin: *const PhPlugin) -> Result<PhPlugin> {
    let plugin_name = file.to_owned();
    if plugin.is_null() {
        return Err(LoadError::Refused { plugin: plugin_name });
    }
    let magic = plugin.cast::<u32>();
    // SAFETY: not NULL; every version begins with the magic.
    let found = unsafe { magic.read_unaligned() };
    if found != MAGIC {
        return Err(LoadError::WrongMagic { plugin: plugin_name, found, wanted: MAGIC });
    }
    let abi_major = plugin.cast::<u16>().wrapping_add(2);
    // SAFETY: the magic is right, and every version goes on with the major.
    let found = unsafe { abi_major.read_unaligned() };
    if found != ABI_MAJOR {
        return Err(LoadError::WrongAbi { plugin: plugin_name, found, wanted: ABI_MAJOR });
    }
    let checker = Checker { plugin: file, of: PhPlugin::C_NAME };
    // SAFETY: magic and major are right, so the size is there.
    checker.long_enough(unsafe { said_size(plugin) }, PhPlugin::FIELDS, &[])?;
    // SAFETY: as above, and the caller's promise.
    Ok(unsafe { read_versioned(plugin) })
}

/// Checks structs of one plugin, and names it in what it refuses.
struct Checker<'a> {
    plugin: &'a str,
    of: &'static str,
}

impl Checker<'_> {
    fn factory_places(&self, raw: &PhPlugin) -> Result<Vec<*const PhFactory>> {
        let plugin = self.plugin.to_owned();
        if raw.factory_count == 0 {
            return Err(LoadError::NoFactory { plugin });
        }
        if raw.factory_count > FACTORIES_MAX {
            let (found, max) = (raw.factory_count, FACTORIES_MAX);
            return Err(LoadError::TooManyFactories { plugin, found, max });
        }
        if raw.factories.is_null() {
            return Err(LoadError::NullPointer { plugin, of: self.of, field: "factories" });
        }
        let place = |index: usize| {
            let offset = index.wrapping_mul(raw.factory_stride);
            raw.factories.cast::<u8>().wrapping_add(offset).cast()
        };
        Ok((0..raw.factory_count).map(place).collect())
    }

    /// # Safety
    /// `place` leads to a `ph_factory` of whatever version, constant and never freed.
    unsafe fn factory(
        &self,
        place: *const PhFactory,
        stride: usize,
        kinds: &[KindSpec],
    ) -> Result<CheckedFactory> {
        let checker = Checker { plugin: self.plugin, of: PhFactory::C_NAME };
        // SAFETY: the caller's promise.
        let size = unsafe { said_size(place) };
        checker.long_enough(size, PhFactory::FIELDS, &[])?;
        if stride < size {
            return Err(LoadError::ShortStride {
                plugin: self.plugin.to_owned(),
                found_bytes: stride,
                wanted_bytes: size,
            });
        }
        // SAFETY: the caller's promise.
        let raw = unsafe { read_versioned(place) };
        // SAFETY: the caller's promise.
        let type_name = unsafe { checker.text("type_name", raw.type_name, 1, NAME_BYTES_MAX) }?;
        checker.type_name(&type_name)?;
        let spec = checker.kind(&raw, &type_name, kinds)?;
        // SAFETY: the caller's promise.
        let optional_entries = unsafe { checker.vtable(raw.vtable, spec, &type_name) }?;
        let schema = raw.configuration_schema;
        // SAFETY: the caller's promise.
        let schema = unsafe { checker.text("configuration_schema", schema, 0, SCHEMA_BYTES_MAX) }?;
        let subcommand = match raw.subcommand {
            none if none.ptr.is_null() => None,
            // SAFETY: the caller's promise.
            some => Some(unsafe { checker.text("subcommand", some, 1, NAME_BYTES_MAX) }?),
        };
        Ok(CheckedFactory {
            kind: raw.kind,
            kind_version: KindVersion { major: raw.kind_major, minor: raw.kind_minor },
            type_name,
            configuration_schema: schema,
            subcommand,
            may_block: raw.flags & FACTORY_MAY_BLOCK != 0,
            optional_entries,
            vtable: raw.vtable,
        })
    }

    fn kind<'k>(
        &self,
        raw: &PhFactory,
        type_name: &str,
        kinds: &'k [KindSpec],
    ) -> Result<&'k KindSpec> {
        let (plugin, type_name) = (self.plugin.to_owned(), type_name.to_owned());
        let Some(spec) = kinds.iter().find(|spec| spec.number == raw.kind) else {
            return Err(LoadError::UnknownKind { plugin, type_name, kind: raw.kind });
        };
        let found = KindVersion { major: raw.kind_major, minor: raw.kind_minor };
        let (kind, wanted) = (spec.name, spec.version);
        if wanted.loads(found) {
            return Ok(spec);
        }
        Err(if wanted.is_draft() || found.is_draft() {
            LoadError::DraftVersion { plugin, type_name, kind, found, wanted }
        } else {
            LoadError::KindVersion { plugin, type_name, kind, found, wanted }
        })
    }

    /// Checks a kind's table and gives the optional entries that it has.
    ///
    /// # Safety
    /// `vtable` is NULL, or leads to a table of the kind, of the size that it says, never freed.
    unsafe fn vtable(
        &self,
        vtable: *const c_void,
        spec: &KindSpec,
        type_name: &str,
    ) -> Result<Vec<&'static str>> {
        let plugin = || self.plugin.to_owned();
        if vtable.is_null() {
            return Err(LoadError::NullPointer { plugin: plugin(), of: self.of, field: "vtable" });
        }
        // SAFETY: not NULL, and every kind's table begins with its size.
        let size = unsafe { said_size(vtable.cast::<PhVtable>()) };
        let table = Checker { plugin: self.plugin, of: spec.vtable };
        table.long_enough(size, spec.fields, spec.optional)?;
        let mut present = Vec::new();
        for field in spec.fields.iter().filter(|field| field.offset > 0 && field.end() <= size) {
            let place = vtable.cast::<u8>().wrapping_add(field.offset).cast::<usize>();
            // SAFETY: the table's size covers the field, and its fields are pointers.
            let is_null = unsafe { place.read_unaligned() } == 0;
            let is_optional = spec.optional.contains(&field.name);
            if is_null && !is_optional {
                let (type_name, of, entry) = (type_name.to_owned(), spec.vtable, field.name);
                return Err(LoadError::MissingEntry { plugin: plugin(), type_name, of, entry });
            }
            if !is_null && is_optional {
                present.push(field.name);
            }
        }
        Ok(present)
    }

    /// Refuses a struct that ends before a field which is not optional.
    fn long_enough(&self, size: usize, fields: &[Field], optional: &[&str]) -> Result<()> {
        let missing = |field: &&Field| field.end() > size && !optional.contains(&field.name);
        match fields.iter().find(missing) {
            None => Ok(()),
            Some(field) => Err(LoadError::ShortStruct {
                plugin: self.plugin.to_owned(),
                of: self.of,
                field: field.name,
                found_bytes: size,
                wanted_bytes: field.end(),
            }),
        }
    }

    /// # Safety
    /// The bytes are alive.
    unsafe fn text(
        &self,
        field: &'static str,
        text: PhSlice,
        min_bytes: usize,
        max_bytes: usize,
    ) -> Result<String> {
        let (plugin, of) = (self.plugin.to_owned(), self.of);
        if text.len < min_bytes || text.len > max_bytes {
            let found_bytes = text.len;
            return Err(LoadError::TextLength { plugin, of, field, found_bytes, max_bytes });
        }
        // SAFETY: the caller's promise.
        let Some(bytes) = (unsafe { text.bytes() }) else {
            return match text.len {
                0 => Ok(String::new()),
                _ => Err(LoadError::NullPointer { plugin, of, field }),
            };
        };
        match std::str::from_utf8(bytes) {
            Ok(text) => Ok(text.to_owned()),
            Err(_) => Err(LoadError::NotUtf8 { plugin, of, field }),
        }
    }

    fn type_name(&self, type_name: &str) -> Result<()> {
        let is_good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        match type_name.chars().find(|c| !is_good(*c)) {
            None => Ok(()),
            Some(character) => Err(LoadError::BadTypeName {
                plugin: self.plugin.to_owned(),
                type_name: type_name.to_owned(),
                character,
            }),
        }
    }

    /// Adds a factory whose names are new.
    fn add(&self, factories: &mut Vec<CheckedFactory>, new: CheckedFactory) -> Result<()> {
        let plugin = self.plugin.to_owned();
        let is_twin =
            |old: &&CheckedFactory| old.kind == new.kind && old.type_name == new.type_name;
        if factories.iter().find(is_twin).is_some() {
            let kind = Kind::from_number(new.kind).map_or("unknown", Kind::name);
            return Err(LoadError::DuplicateTypeName { plugin, kind, type_name: new.type_name });
        }
        if let Some(subcommand) = &new.subcommand
            && factories.iter().any(|old| old.subcommand.as_ref() == Some(subcommand))
        {
            let subcommand = subcommand.clone();
            return Err(LoadError::DuplicateSubcommand { plugin, subcommand });
        }
        factories.push(new);
        Ok(())
    }
}
