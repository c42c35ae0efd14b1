//! What stands before the first element: the XML declaration and the document type.

use super::element::local_name;
use super::{Markup, Top, error, html};
use crate::error::Result;
use crate::serialize::parameters::Method;
use crate::tree::Node;

impl<'a> Markup<'_, 'a, '_, '_> {
    /// Whether parameters and document fit (sections 5.1.2 to 5.1.7).
    pub(super) fn check(&self, tops: &[Top<'a>]) -> Result<()> {
        let parameters = self.parameters;
        if parameters.method == Method::Html {
            return Ok(());
        }
        let is_xml_1_1 = &*parameters.version == "1.1";
        if parameters.omits_declaration() {
            if parameters.standalone.is_some() {
                let text = "standalone needs the XML declaration that omit-xml-declaration omits";
                return Err(error("SEPM0009", text));
            }
            if is_xml_1_1 && parameters.doctype_system.is_some() {
                let text = "version 1.1 with a document type needs the XML declaration";
                return Err(error("SEPM0009", text));
            }
        }
        if parameters.undeclare_prefixes && !is_xml_1_1 {
            return Err(error("SEPM0010", "undeclare-prefixes needs version 1.1"));
        }
        let needs_document = parameters.standalone.is_some() || parameters.doctype_system.is_some();
        let elements = tops.iter().filter(|top| top.element().is_some()).count();
        if needs_document && (elements != 1 || tops.iter().any(Top::is_text)) {
            let text = format!(
                "standalone and doctype-system need a document of one element without text beside \
                 it; this one has {elements}"
            );
            return Err(error("SEPM0004", text));
        }
        Ok(())
    }

    pub(super) fn declaration(&mut self) -> Result<()> {
        let parameters = self.parameters;
        if parameters.method == Method::Html || parameters.omits_declaration() {
            return Ok(());
        }
        self.output.push("<?xml version=\"")?;
        self.output.push(&parameters.version)?;
        self.output.push("\" encoding=\"")?;
        self.output.push(&parameters.encoding.name)?;
        self.output.push("\"")?;
        match parameters.standalone {
            Some(true) => self.output.push(" standalone=\"yes\"")?,
            Some(false) => self.output.push(" standalone=\"no\"")?,
            None => {}
        }
        self.output.push("?>")?;
        if parameters.indent { self.output.line(0) } else { Ok(()) }
    }

    /// The document type, before the first element (sections 5.1.7, 6.1.7 and 7.4.7).
    pub(super) fn doctype(&mut self, element: Node<'_>) -> Result<()> {
        let parameters = self.parameters;
        let is_html = parameters.method == Method::Html;
        let (public, system) = (&parameters.doctype_public, &parameters.doctype_system);
        let is_html_root = local_name(element).eq_ignore_ascii_case("html")
            && element
                .expanded_name()
                .is_some_and(|name| name.namespace.is_empty() || *name.namespace == *html::XHTML);
        let is_html_5 =
            parameters.method != Method::Xml && self.is_html_5 && public.is_none() && is_html_root;
        if system.is_none() && is_html_5 {
            return self.output.push(if is_html { "<!DOCTYPE HTML>" } else { "<!DOCTYPE html>" });
        }
        if system.is_none() && !(is_html && public.is_some()) {
            return Ok(());
        }
        self.output.push("<!DOCTYPE ")?;
        let prefix = element.prefix().map_or("", |prefix| prefix);
        self.name(if is_html { "" } else { prefix }, local_name(element))?;
        if let Some(public) = public {
            self.output.push(" PUBLIC \"")?;
            self.output.push(public)?;
            self.output.push("\"")?;
        }
        if let Some(system) = system {
            let quote = if system.contains('"') { "'" } else { "\"" };
            self.output.push(if public.is_none() { " SYSTEM " } else { " " })?;
            self.output.push(quote)?;
            self.output.push(system)?;
            self.output.push(quote)?;
        }
        self.output.push(">")?;
        if parameters.indent { self.output.line(0) } else { Ok(()) }
    }
}
