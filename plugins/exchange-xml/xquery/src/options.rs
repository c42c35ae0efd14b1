//! What a query is compiled with: the part of the static context that its host gives (XQuery 3.1,
//! section 2.1.1), and where library modules are found.

use std::sync::Arc;

use crate::error::Result;
use crate::limits::Limits;
use crate::name::QName;

/// How a query is compiled. The default is that of the specification: no variables, no modules, the
/// usual prefixes.
#[derive(Clone, Default)]
pub struct Options {
    /// What compiling and evaluating may cost.
    pub limits: Limits,
    /// Prefixes and URIs that the query knows without declaring them, besides `xml`, `xs`, `xsi`,
    /// `fn`, `math`, `map`, `array`, `err`, `output` and `local`.
    pub namespaces: Vec<(String, String)>,
    /// The namespace of elements and types without a prefix; empty for none.
    pub default_element_namespace: String,
    /// The URI of the collation that strings are compared by; code points for none.
    pub default_collation: Option<String>,
    /// The URI that relative ones are resolved against, unless the query declares one.
    pub base_uri: Option<String>,
    /// Variables that the query may use without declaring them. Their values come with the
    /// evaluation, as those of declared external variables do.
    pub variables: Vec<StaticVariable>,
    /// Functions of the library that this host does not offer; a call is `XPST0017`.
    pub refused_functions: Vec<QName>,
    /// Where imported modules come from; without it nothing can be imported.
    pub modules: Option<Arc<dyn Modules>>,
}

impl std::fmt::Debug for Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Options")
            .field("limits", &self.limits)
            .field("namespaces", &self.namespaces)
            .field("default_element_namespace", &self.default_element_namespace)
            .field("default_collation", &self.default_collation)
            .field("base_uri", &self.base_uri)
            .field("variables", &self.variables)
            .field("refused_functions", &self.refused_functions)
            .finish_non_exhaustive()
    }
}

/// A variable that is known without a declaration in the query.
#[derive(Clone, Debug)]
pub struct StaticVariable {
    /// Its name.
    pub name: QName,
    /// Its type as a query would write it, such as `xs:string?`; `item()*` for none.
    pub kind: Option<String>,
}

/// Finds library modules (XQuery 3.1, section 4.12).
pub trait Modules: Send + Sync {
    /// The modules of a target namespace: one, or several that make it up together. The locations
    /// are what the import says behind `at`, resolved against the importing module's base URI where
    /// there is one.
    ///
    /// # Errors
    ///
    /// What the query's author sees, usually `XQST0059`, as for no module at all.
    fn modules(&self, namespace: &str, locations: &[String]) -> Result<Vec<ModuleSource>>;
}

/// The text of a library module.
#[derive(Clone, Debug)]
pub struct ModuleSource {
    /// Where it was found; the same module has the same URI. It is the module's base URI and stands
    /// in messages.
    pub uri: String,
    /// The module.
    pub text: String,
}
