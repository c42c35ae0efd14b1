//! Interfaces that a component imports where it is granted something: files, endpoints.

/// An interface that is granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Grant {
    Files,
    Http,
}

impl Grant {
    /// The types of all of them.
    pub(crate) const TYPES: &'static str = include_str!("wat/granted_types.wat");

    fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Files => ("files", "read"),
            Self::Http => ("http", "request"),
        }
    }

    /// The import of the component.
    pub(crate) fn import(self) -> String {
        let (name, function) = self.names();
        format!(
            "  (import \"philter:auth/{name}@0.1.0\" (instance ${name} (type ${name}-type)))\
             \n  (alias export ${name} \"{function}\" (func ${function}))\n"
        )
    }

    /// The function for core code, by an instance of its own.
    pub(crate) fn lowered(self) -> String {
        let (name, function) = self.names();
        format!(
            "  (core func $core-{function} (canon lower (func ${function})\
             \n    (memory $linear) (realloc $realloc) string-encoding=utf8))\
             \n  (core instance $core-{name} (export \"{function}\" (func $core-{function})))\n"
        )
    }

    /// The import of a core module.
    pub(crate) fn core_import(self) -> String {
        let (name, function) = self.names();
        let parameters = match self {
            Self::Files => "i32 i32 i32".to_owned(),
            Self::Http => ["i32"; 11].join(" "),
        };
        format!("    (import \"{name}\" \"{function}\" (func ${function} (param {parameters})))\n")
    }

    /// Where that comes from.
    pub(crate) fn with(self) -> String {
        let (name, _) = self.names();
        format!("\n    (with \"{name}\" (instance $core-{name}))")
    }
}
