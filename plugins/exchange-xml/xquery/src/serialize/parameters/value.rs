//! Values of parameters as text.

use std::sync::Arc;

use super::{Encoding, Kind, Method, Normalization, Parameters, error, parameter};
use crate::atomic::quoted;
use crate::error::Result;
use crate::name::QName;

/// Gives the namespace of a prefix; of the empty one for names without.
pub(in crate::serialize) type Prefixes<'n> = &'n dyn Fn(&str) -> Option<Arc<str>>;

impl Parameters {
    /// Sets a parameter from text; names are resolved by `prefixes`.
    ///
    /// # Errors
    ///
    /// `SEPM0016` where the value is not one of the parameter's, `SESU0007`, `SESU0011` and
    /// `SESU0013` where it is, but nothing that this engine does.
    pub(in crate::serialize) fn set(
        &mut self,
        name: &str,
        value: &str,
        prefixes: Prefixes<'_>,
    ) -> Result<()> {
        match parameter(name) {
            Some((name, Kind::Boolean)) => {
                let truth = boolean(value)
                    .ok_or_else(|| invalid(name, value, "yes, no, true, false, 1 or 0"))?;
                self.set_boolean(name, truth);
                Ok(())
            }
            Some((name, Kind::Standalone)) => {
                self.standalone = match boolean(value) {
                    None if value.trim() == "omit" => None,
                    None => return Err(invalid(name, value, "yes, no or omit")),
                    truth => truth,
                };
                Ok(())
            }
            Some((name, Kind::Names)) => {
                let names = names(value, prefixes)
                    .ok_or_else(|| invalid(name, value, "names with known prefixes"))?;
                self.set_names(name, names);
                Ok(())
            }
            Some((name, Kind::Method)) => self.set_method(name, value),
            Some((name, Kind::Number)) => {
                let number = value.trim().parse().ok();
                self.html_version = Some(number.ok_or_else(|| invalid(name, value, "a number"))?);
                Ok(())
            }
            Some((name, Kind::Text)) => self.set_text(name, value),
            Some((_, Kind::CharacterMap)) | None => {
                Err(error("SEPM0017", format!("{name} is no parameter with such a value")))
            }
        }
    }

    pub(super) fn set_boolean(&mut self, name: &str, truth: bool) {
        match name {
            "allow-duplicate-names" => self.allow_duplicate_names = truth,
            "escape-uri-attributes" => self.escape_uri_attributes = truth,
            "include-content-type" => self.include_content_type = truth,
            "indent" => self.indent = truth,
            "omit-xml-declaration" => self.omit_xml_declaration = Some(truth),
            "undeclare-prefixes" => self.undeclare_prefixes = truth,
            // Text has no byte order mark.
            _ => {}
        }
    }

    pub(super) fn set_names(&mut self, name: &str, mut names: Vec<QName>) {
        // They are looked up for each element.
        names.sort_unstable();
        if name == "cdata-section-elements" {
            self.cdata_section_elements = names;
        } else {
            self.suppress_indentation = names;
        }
    }

    fn set_method(&mut self, name: &str, value: &str) -> Result<()> {
        let is_inner = name == "json-node-output-method";
        let method = match value.trim() {
            "xml" => Method::Xml,
            "xhtml" => Method::Xhtml,
            "html" => Method::Html,
            "text" => Method::Text,
            "json" if !is_inner => Method::Json,
            "adaptive" if !is_inner => Method::Adaptive,
            _ if is_inner => return Err(invalid(name, value, "xml, xhtml, html or text")),
            _ => {
                let expected = "xml, xhtml, html, text, json or adaptive";
                return Err(invalid(name, value, expected));
            }
        };
        if is_inner {
            self.json_node_output_method = method;
        } else {
            self.method = method;
        }
        Ok(())
    }

    fn set_text(&mut self, name: &'static str, value: &str) -> Result<()> {
        let some = || (!value.is_empty()).then(|| Box::from(value));
        match name {
            "item-separator" => self.item_separator = Some(value.into()),
            "media-type" => self.media_type = some(),
            "encoding" => self.encoding = encoding(value.trim())?,
            "normalization-form" => self.normalization = normalization(value.trim())?,
            "version" => {
                self.version = value.trim().into();
                if !self.declared.contains(&name) {
                    self.declared.push(name);
                }
            }
            "doctype-public" if !value.chars().all(is_public_id) => {
                return Err(invalid(name, value, "the characters of a public identifier"));
            }
            "doctype-public" => self.doctype_public = some(),
            "doctype-system" if value.contains('"') && value.contains('\'') => {
                return Err(invalid(name, value, "only one kind of quotes"));
            }
            _ => self.doctype_system = some(),
        }
        Ok(())
    }

    /// Whether the XML version is one that there is.
    ///
    /// # Errors
    ///
    /// `SESU0013`.
    pub(super) fn check_version(&self) -> Result<()> {
        let is_xml = matches!(self.method, Method::Xml | Method::Xhtml);
        if is_xml && !matches!(&*self.version, "1.0" | "1.1") {
            let version = quoted(&self.version);
            let text = format!("the XML version is 1.0 or 1.1, and not {version}");
            return Err(error("SESU0013", text));
        }
        Ok(())
    }
}

fn invalid(name: &str, value: &str, expected: &str) -> crate::error::Error {
    let found = quoted(value);
    error("SEPM0016", format!("the parameter {name} takes {expected}, and not {found}"))
}

fn boolean(value: &str) -> Option<bool> {
    match value.trim() {
        "yes" | "true" | "1" => Some(true),
        "no" | "false" | "0" => Some(false),
        _ => None,
    }
}

fn encoding(name: &str) -> Result<Encoding> {
    let char_max = match name.to_ascii_uppercase().as_str() {
        "UTF-8" | "UTF8" | "UTF-16" | "UTF16" | "UTF-16LE" | "UTF-16BE" | "UTF-32" => {
            u32::from(char::MAX)
        }
        "ISO-8859-1" | "ISO8859-1" | "LATIN1" | "ISO_8859-1" => 0xFF,
        "US-ASCII" | "ASCII" => 0x7F,
        _ => {
            let text = format!("the encoding {} is not known", quoted(name));
            return Err(error("SESU0007", text));
        }
    };
    Ok(Encoding { name: name.into(), char_max })
}

fn normalization(form: &str) -> Result<Option<Normalization>> {
    Ok(Some(match form {
        "none" | "" => return Ok(None),
        "NFC" => Normalization::Nfc,
        "NFD" => Normalization::Nfd,
        "NFKC" => Normalization::Nfkc,
        "NFKD" => Normalization::Nfkd,
        _ => {
            let text = format!("the normalization form {} is not known", quoted(form));
            return Err(error("SESU0011", text));
        }
    }))
}

/// `PubidChar` of XML.
fn is_public_id(c: char) -> bool {
    c.is_ascii_alphanumeric() || " \r\n-'()+,./:=?;!*#@$_%".contains(c)
}

fn names(value: &str, prefixes: Prefixes<'_>) -> Option<Vec<QName>> {
    value.split_ascii_whitespace().map(|name| resolve(name, prefixes)).collect()
}

fn resolve(name: &str, prefixes: Prefixes<'_>) -> Option<QName> {
    let (prefix, namespace, local) = if let Some(braced) = name.strip_prefix("Q{") {
        let (uri, local) = braced.split_once('}')?;
        ("", Arc::from(uri), local)
    } else {
        let (prefix, local) = name.split_once(':').unwrap_or(("", name));
        let is_missing = prefix.is_empty() && name.starts_with(':');
        let namespace = prefixes(prefix).or_else(|| prefix.is_empty().then(|| Arc::from("")));
        (prefix, namespace.filter(|_| !is_missing)?, local)
    };
    let is_name = |name: &str| {
        !name.is_empty()
            && !name.starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '.')
            && name.chars().all(|c| c.is_alphanumeric() || "-._\u{B7}".contains(c))
    };
    let is_valid = is_name(local) && (prefix.is_empty() || is_name(prefix));
    is_valid.then(|| QName {
        prefix: (!prefix.is_empty()).then(|| prefix.into()),
        namespace,
        local: local.into(),
    })
}
