//! What there are templates for, and what a project of each is made of.

use std::fmt;

use super::{ProjectError, ProjectFile, ProjectName, embedded, sdk};

/// Which kind of plugin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum ProjectKind {
    /// A predicate language.
    Filter,
    /// An exchange type.
    Exchange,
    /// Who a peer is.
    Auth,
    /// How messages are kept.
    Store,
}

/// What it is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Language {
    /// Rust.
    Rust,
    /// C.
    C,
    /// Python.
    Python,
    /// JavaScript.
    Js,
}

/// What carries it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CarrierKind {
    /// A WASM component.
    Component,
    /// A native library.
    Native,
}

/// What a project has a copy of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Copied {
    /// The crate `philter-plugin-api`.
    Sdk,
    /// Files of the repository, beside the project's own.
    Files(&'static [&'static str]),
    /// The same, in a contract that stands on another one: tools want that in a folder of its own.
    Beside(&'static [&'static str], &'static [(&'static str, &'static str)]),
}

const WIT: &str = "plugin-api/wit/philter-plugin.wit";
const HEADER: Copied = Copied::Files(&["plugin-api/include/philter_plugin.h"]);
const FILTER_C: Copied = Copied::Files(&[
    "examples/filter-c/philter_filter.h",
    "examples/filter-c/philter_guest.h",
    WIT,
]);
const EXCHANGE_C: Copied = Copied::Files(&[
    "plugin-api/guest/c/philter_exchange.h",
    "examples/filter-c/philter_guest.h",
    WIT,
]);
const FILTER_PYTHON: Copied = Copied::Files(&["examples/filter-python/philter_guest.py", WIT]);
const EXCHANGE_PYTHON: Copied = Copied::Files(&[
    "plugin-api/guest/python/philter_exchange.py",
    "examples/filter-python/philter_guest.py",
    WIT,
]);
const FILTER_JS: Copied = Copied::Files(&["examples/filter-js/philter_guest.js", WIT]);
const EXCHANGE_JS: Copied = Copied::Files(&[
    "plugin-api/guest/js/philter_exchange.js",
    "examples/filter-js/philter_guest.js",
    WIT,
]);

const AUTH_WIT: &[(&str, &str)] = &[
    ("plugin-api/wit/auth/philter-auth.wit", "wit/philter-auth.wit"),
    (WIT, "wit/deps/philter-plugin.wit"),
];
const AUTH_C: Copied = Copied::Beside(
    &["plugin-api/guest/c/philter_auth.h", "examples/filter-c/philter_guest.h"],
    AUTH_WIT,
);
const AUTH_PYTHON: Copied = Copied::Beside(
    &["plugin-api/guest/python/philter_auth.py", "examples/filter-python/philter_guest.py"],
    AUTH_WIT,
);
const AUTH_JS: Copied = Copied::Beside(
    &["plugin-api/guest/js/philter_auth.js", "examples/filter-js/philter_guest.js"],
    AUTH_WIT,
);

const STORE_WIT: &[(&str, &str)] = &[
    ("plugin-api/wit/store/philter-store.wit", "wit/philter-store.wit"),
    (WIT, "wit/deps/philter-plugin.wit"),
];
const STORE_C: Copied = Copied::Beside(
    &[
        "plugin-api/guest/c/philter_map_layout.h",
        "plugin-api/guest/c/philter_map_store.h",
        "plugin-api/guest/c/philter_store.h",
        "examples/filter-c/philter_guest.h",
    ],
    STORE_WIT,
);
const STORE_PYTHON: Copied = Copied::Beside(
    &[
        "plugin-api/guest/python/philter_map_store.py",
        "plugin-api/guest/python/philter_store.py",
        "examples/filter-python/philter_guest.py",
    ],
    STORE_WIT,
);
const STORE_JS: Copied = Copied::Beside(
    &[
        "plugin-api/guest/js/philter_map_store.js",
        "plugin-api/guest/js/philter_store.js",
        "examples/filter-js/philter_guest.js",
    ],
    STORE_WIT,
);

/// A template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Template {
    kind: ProjectKind,
    language: Language,
    carrier: CarrierKind,
    folder: &'static str,
    copied: Copied,
}

const TEMPLATES: [Template; 22] = [
    Template::component(ProjectKind::Filter, Language::Rust, "filter-rust", Copied::Sdk),
    Template::component(ProjectKind::Filter, Language::C, "filter-c", FILTER_C),
    Template::component(ProjectKind::Filter, Language::Python, "filter-python", FILTER_PYTHON),
    Template::component(ProjectKind::Filter, Language::Js, "filter-js", FILTER_JS),
    Template::native(ProjectKind::Filter, Language::Rust, "filter-rust", Copied::Sdk),
    Template::native(ProjectKind::Filter, Language::C, "filter-c-native", HEADER),
    Template::component(ProjectKind::Exchange, Language::Rust, "exchange-rust", Copied::Sdk),
    Template::component(ProjectKind::Exchange, Language::C, "exchange-c", EXCHANGE_C),
    Template::component(
        ProjectKind::Exchange,
        Language::Python,
        "exchange-python",
        EXCHANGE_PYTHON,
    ),
    Template::component(ProjectKind::Exchange, Language::Js, "exchange-js", EXCHANGE_JS),
    Template::native(ProjectKind::Exchange, Language::Rust, "exchange-rust", Copied::Sdk),
    Template::native(ProjectKind::Exchange, Language::C, "exchange-c-native", HEADER),
    Template::component(ProjectKind::Auth, Language::Rust, "auth-rust", Copied::Sdk),
    Template::component(ProjectKind::Auth, Language::C, "auth-c", AUTH_C),
    Template::component(ProjectKind::Auth, Language::Python, "auth-python", AUTH_PYTHON),
    Template::component(ProjectKind::Auth, Language::Js, "auth-js", AUTH_JS),
    Template::native(ProjectKind::Auth, Language::Rust, "auth-rust", Copied::Sdk),
    Template::component(ProjectKind::Store, Language::Rust, "store-rust", Copied::Sdk),
    Template::component(ProjectKind::Store, Language::C, "store-c", STORE_C),
    Template::component(ProjectKind::Store, Language::Python, "store-python", STORE_PYTHON),
    Template::component(ProjectKind::Store, Language::Js, "store-js", STORE_JS),
    Template::native(ProjectKind::Store, Language::Rust, "store-rust", Copied::Sdk),
];

impl Template {
    const fn component(
        kind: ProjectKind,
        language: Language,
        folder: &'static str,
        copied: Copied,
    ) -> Self {
        Self { kind, language, carrier: CarrierKind::Component, folder, copied }
    }

    const fn native(
        kind: ProjectKind,
        language: Language,
        folder: &'static str,
        copied: Copied,
    ) -> Self {
        Self { kind, language, carrier: CarrierKind::Native, folder, copied }
    }

    /// The template for this choice.
    ///
    /// # Errors
    /// None, and those that there are for this kind of plugin.
    pub(crate) fn find(
        kind: ProjectKind,
        language: Language,
        carrier: CarrierKind,
    ) -> Result<Self, ProjectError> {
        let is_it =
            |it: &&Self| it.kind == kind && (it.language, it.carrier) == (language, carrier);
        TEMPLATES.iter().find(is_it).copied().ok_or_else(|| {
            let of_kind = TEMPLATES.iter().filter(|it| it.kind == kind);
            let wanted = options(kind, language, carrier);
            let there_are = of_kind.map(|it| options(it.kind, it.language, it.carrier)).collect();
            ProjectError::NoTemplate { wanted, there_are }
        })
    }

    /// Everything that a project of this name has in it.
    ///
    /// # Errors
    /// A fault of this program's.
    pub(crate) fn files(&self, name: &ProjectName) -> Result<Vec<ProjectFile>, ProjectError> {
        let folder = format!("plugin-api/templates/{}", self.folder);
        let own = embedded::folder(&folder).map(|(path, bytes)| ProjectFile {
            path: path.to_owned(),
            bytes: self.named(bytes, name),
            is_executable: matches!(path, "build" | "test"),
        });
        let mut files: Vec<ProjectFile> = own.collect();
        let copy = |from: &str, to: &str| ProjectFile {
            path: to.to_owned(),
            bytes: embedded::file(from).to_owned(),
            is_executable: false,
        };
        let named = |path: &&'static str| copy(path, path.rsplit('/').next().unwrap_or(path));
        match self.copied {
            Copied::Sdk => files.extend(sdk::files()?),
            Copied::Files(paths) => files.extend(paths.iter().map(named)),
            Copied::Beside(paths, placed) => {
                files.extend(paths.iter().map(named));
                files.extend(placed.iter().map(|(from, to)| copy(from, to)));
            }
        }
        Ok(files)
    }

    fn named(&self, bytes: &[u8], name: &ProjectName) -> Vec<u8> {
        let text = String::from_utf8_lossy(bytes);
        let text = text.replace("my-plugin", &name.to_string());
        let text = text.replace("my_plugin", &name.with_underscores());
        text.replace("my-carrier", self.carrier.name()).into_bytes()
    }

    /// What `test` does.
    pub(crate) fn test(&self) -> &'static str {
        match self.kind {
            ProjectKind::Filter | ProjectKind::Exchange => "asks it about messages.jsonl",
            ProjectKind::Auth | ProjectKind::Store => "runs its tests, and checks what it is",
        }
    }

    /// What `build` makes.
    pub(crate) fn product(&self, name: &ProjectName) -> String {
        match self.carrier {
            CarrierKind::Component => "plugin.wasm".to_owned(),
            CarrierKind::Native => format!("lib{}.so", name.with_underscores()),
        }
    }
}

impl CarrierKind {
    fn name(self) -> &'static str {
        match self {
            Self::Component => "component",
            Self::Native => "native",
        }
    }
}

/// The options of a choice.
fn options(kind: ProjectKind, language: Language, carrier: CarrierKind) -> String {
    let native = if carrier == CarrierKind::Native { " --native" } else { "" };
    format!("--kind {kind} --lang {language}{native}")
}

impl fmt::Display for ProjectKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Filter => "filter",
            Self::Exchange => "exchange",
            Self::Auth => "auth",
            Self::Store => "store",
        })
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Rust => "rust",
            Self::C => "c",
            Self::Python => "python",
            Self::Js => "js",
        })
    }
}

/// Every template, for a test of each.
#[cfg(test)]
pub(super) fn all() -> &'static [Template] {
    &TEMPLATES
}
