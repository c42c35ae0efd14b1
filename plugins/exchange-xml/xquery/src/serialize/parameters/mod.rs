//! Serialization parameters (section 3), whatever way they are given: as output declarations, as
//! an `output:serialization-parameters` element, or as a map.
//!
//! Invariant: a parameter's value is valid for it; combinations are judged by the output method.

mod declarations;
mod element;
mod map;
mod value;

use std::collections::HashMap;

use rust_decimal::Decimal;

use crate::atomic::quoted;
use crate::error::Result;
use crate::name::QName;

use super::error;

/// An output method.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Method {
    #[default]
    Xml,
    Xhtml,
    Html,
    Text,
    Json,
    Adaptive,
}

/// A normalization form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Normalization {
    Nfc,
    Nfd,
    Nfkc,
    Nfkd,
}

/// An encoding, as far as text knows of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Encoding {
    pub(super) name: Box<str>,
    /// The greatest code point it has.
    pub(super) char_max: u32,
}

/// What a query or a caller says about the output.
#[derive(Clone, Debug)]
pub(crate) struct Parameters {
    pub(super) method: Method,
    pub(super) json_node_output_method: Method,
    pub(super) version: Box<str>,
    pub(super) html_version: Option<Decimal>,
    pub(super) encoding: Encoding,
    pub(super) media_type: Option<Box<str>>,
    pub(super) doctype_public: Option<Box<str>>,
    pub(super) doctype_system: Option<Box<str>>,
    pub(super) standalone: Option<bool>,
    pub(super) omit_xml_declaration: Option<bool>,
    pub(super) indent: bool,
    pub(super) undeclare_prefixes: bool,
    pub(super) escape_uri_attributes: bool,
    pub(super) include_content_type: bool,
    pub(super) allow_duplicate_names: bool,
    pub(super) item_separator: Option<Box<str>>,
    pub(super) cdata_section_elements: Vec<QName>,
    pub(super) suppress_indentation: Vec<QName>,
    pub(super) normalization: Option<Normalization>,
    pub(super) character_map: HashMap<char, Box<str>>,
    /// Where further ones are read from.
    pub(super) parameter_document: Option<Box<str>>,
    /// Names of those that were declared.
    pub(super) declared: Vec<&'static str>,
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            method: Method::Xml,
            json_node_output_method: Method::Xml,
            version: "1.0".into(),
            html_version: None,
            encoding: Encoding { name: "UTF-8".into(), char_max: u32::from(char::MAX) },
            media_type: None,
            doctype_public: None,
            doctype_system: None,
            standalone: None,
            omit_xml_declaration: None,
            indent: false,
            undeclare_prefixes: false,
            escape_uri_attributes: true,
            include_content_type: true,
            allow_duplicate_names: false,
            item_separator: None,
            cdata_section_elements: Vec::new(),
            suppress_indentation: Vec::new(),
            normalization: None,
            character_map: HashMap::new(),
            parameter_document: None,
            declared: Vec::new(),
        }
    }
}

/// What kind of value a parameter takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Boolean,
    /// A boolean, or `omit`.
    Standalone,
    Method,
    Text,
    Number,
    Names,
    CharacterMap,
}

/// The parameters' names (section 3) with what they take.
const TABLE: [(&str, Kind); 21] = [
    ("allow-duplicate-names", Kind::Boolean),
    ("byte-order-mark", Kind::Boolean),
    ("cdata-section-elements", Kind::Names),
    ("doctype-public", Kind::Text),
    ("doctype-system", Kind::Text),
    ("encoding", Kind::Text),
    ("escape-uri-attributes", Kind::Boolean),
    ("html-version", Kind::Number),
    ("include-content-type", Kind::Boolean),
    ("indent", Kind::Boolean),
    ("item-separator", Kind::Text),
    ("json-node-output-method", Kind::Method),
    ("media-type", Kind::Text),
    ("method", Kind::Method),
    ("normalization-form", Kind::Text),
    ("omit-xml-declaration", Kind::Boolean),
    ("standalone", Kind::Standalone),
    ("suppress-indentation", Kind::Names),
    ("undeclare-prefixes", Kind::Boolean),
    ("use-character-maps", Kind::CharacterMap),
    ("version", Kind::Text),
];

/// A parameter by its name.
fn parameter(name: &str) -> Option<(&'static str, Kind)> {
    TABLE.iter().copied().find(|row| row.0 == name)
}

impl Parameters {
    /// Whether an output declaration may set the parameter of this name: all but character maps,
    /// and the name of a document with more (XQuery 3.1, section 2.2.4).
    pub(crate) fn can_declare(name: &str) -> bool {
        let is_plain = parameter(name).is_some_and(|(_, kind)| kind != Kind::CharacterMap);
        is_plain || name == "parameter-document"
    }

    /// Whether there is no XML declaration. Where nobody said so there is none, unless what only a
    /// declaration can say was asked for.
    pub(super) fn omits_declaration(&self) -> bool {
        self.omit_xml_declaration.unwrap_or(self.standalone.is_none())
    }

    /// The same without an XML declaration unless one was asked for: the default of `fn:serialize`.
    pub(crate) fn omitting_declaration(mut self) -> Self {
        self.omit_xml_declaration.get_or_insert(true);
        self
    }

    /// Whether the methods html and xhtml follow HTML 5.
    pub(super) fn is_html_5(&self) -> bool {
        // `version` is of HTML where a query said so and `html-version` is not given.
        let version = self.version.parse().ok().filter(|_| self.declared.contains(&"version"));
        let version = self.html_version.or(version.filter(|_| self.method == Method::Html));
        version.is_none_or(|version| version >= Decimal::from(5))
    }

    /// Maps a character.
    ///
    /// # Errors
    ///
    /// `SEPM0016` where it is not one character, `SEPM0018` where it is mapped already.
    fn map_character(&mut self, character: &str, text: &str) -> Result<()> {
        let mut chars = character.chars();
        let (Some(c), None) = (chars.next(), chars.next()) else {
            let found = quoted(character);
            let text = format!("a character map maps single characters, and not {found}");
            return Err(error("SEPM0016", text));
        };
        if self.character_map.insert(c, text.into()).is_some() {
            return Err(error("SEPM0018", format!("{c:?} is in the character map twice")));
        }
        Ok(())
    }
}
