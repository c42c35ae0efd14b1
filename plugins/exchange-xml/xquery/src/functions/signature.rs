//! Reads the signatures of the library's functions, as the specification writes them.
//!
//! Invariant: this knows no more of sequence types than those signatures use; a test reads every
//! row of every table, so that a mistake in one is found there.

use std::sync::Arc;

use crate::atomic::AtomicType;
use crate::name::{QName, namespace};
use crate::tree::NodeKind;
use crate::types::{FunctionType, ItemType, NameTest, NodeTest, Occurrence, SequenceType};

/// A signature that was read.
pub(super) struct Signature {
    /// `fn:substring`.
    pub(super) name: &'static str,
    pub(super) namespace: &'static str,
    pub(super) local: &'static str,
    pub(super) kind: FunctionType,
    pub(super) is_variadic: bool,
}

/// The signature in a row; none where it does not read.
pub(super) fn read(text: &'static str) -> Option<Signature> {
    let (name, rest) = text.split_once('(')?;
    let (prefix, local) = name.split_once(':')?;
    let mut reader = Reader { rest };
    let mut parameters = Vec::new();
    let mut is_variadic = false;
    while !reader.take(")") {
        if reader.take("...") {
            is_variadic = true;
        } else {
            parameters.push(reader.parameter()?);
        }
        reader.take(",");
    }
    let result = if reader.take_word("as") { reader.sequence_type()? } else { SequenceType::ANY };
    let kind = FunctionType { parameters, result };
    let is_whole = reader.rest.trim().is_empty();
    is_whole.then_some(Signature { name, namespace: uri(prefix)?, local, kind, is_variadic })
}

/// The namespace of a prefix as the specification uses it.
fn uri(prefix: &str) -> Option<&'static str> {
    Some(match prefix {
        "fn" => namespace::FN,
        "math" => namespace::MATH,
        "map" => namespace::MAP,
        "array" => namespace::ARRAY,
        "xs" => namespace::XS,
        "err" => namespace::ERR,
        "output" => namespace::OUTPUT,
        _ => return None,
    })
}

/// A sequence type alone.
#[cfg(test)]
pub(crate) fn sequence_type(text: &'static str) -> Option<SequenceType> {
    Reader { rest: text }.sequence_type()
}

struct Reader {
    rest: &'static str,
}

impl Reader {
    /// `$name as type`; without a type anything goes.
    fn parameter(&mut self) -> Option<SequenceType> {
        if !self.take("$") {
            return None;
        }
        self.name()?;
        if self.take_word("as") { self.sequence_type() } else { Some(SequenceType::ANY) }
    }

    fn sequence_type(&mut self) -> Option<SequenceType> {
        if self.take("(") {
            let inner = self.sequence_type()?;
            let item = inner.item.filter(|_| self.take(")"))?;
            return Some(SequenceType { item: Some(item), occurrence: self.occurrence() });
        }
        let name = self.name()?;
        match name {
            "none" => return Some(SequenceType::one(ItemType::Error)),
            "empty-sequence" => return self.no_arguments(SequenceType::EMPTY),
            _ => {}
        }
        let item = self.item_type(name)?;
        Some(SequenceType { item: Some(item), occurrence: self.occurrence() })
    }

    fn item_type(&mut self, name: &str) -> Option<ItemType> {
        let kind = |kind| ItemType::Node(NodeTest::Kind(kind));
        match name {
            "item" => self.no_arguments(ItemType::Any),
            "node" => self.no_arguments(ItemType::Node(NodeTest::Any)),
            "text" => self.no_arguments(kind(NodeKind::Text)),
            "comment" => self.no_arguments(kind(NodeKind::Comment)),
            "element" => self.named_node(NodeKind::Element),
            "attribute" => self.named_node(NodeKind::Attribute),
            "document-node" => self.document_node(),
            "function" => self.function(),
            "map" => self.map(),
            "array" => self.array(),
            "xs:numeric" => Some(ItemType::Numeric),
            "xs:error" => Some(ItemType::Error),
            _ => AtomicType::named(name.strip_prefix("xs:")?).map(ItemType::Atomic),
        }
    }

    fn no_arguments<T>(&mut self, kind: T) -> Option<T> {
        (self.take("(") && self.take(")")).then_some(kind)
    }

    fn named_node(&mut self, kind: NodeKind) -> Option<ItemType> {
        if !self.take("(") {
            return None;
        }
        if self.take("*") || self.rest.trim_start().starts_with(')') {
            return self.take(")").then_some(ItemType::Node(NodeTest::Kind(kind)));
        }
        let name = self.name()?;
        let (prefix, local) = name.split_once(':')?;
        let name = NameTest::Name(QName::prefixed(prefix, uri(prefix)?, local));
        self.take(")").then_some(ItemType::Node(NodeTest::Named(kind, name)))
    }

    fn document_node(&mut self) -> Option<ItemType> {
        if !self.take("(") {
            return None;
        }
        if self.take(")") {
            return Some(ItemType::Node(NodeTest::Kind(NodeKind::Document)));
        }
        if self.name()? != "element" {
            return None;
        }
        match self.named_node(NodeKind::Element)? {
            ItemType::Node(test) if self.take(")") => {
                Some(ItemType::Node(NodeTest::Document(Box::new(test))))
            }
            _ => None,
        }
    }

    fn function(&mut self) -> Option<ItemType> {
        if !self.take("(") {
            return None;
        }
        if self.take("*") {
            return self.take(")").then_some(ItemType::Function(None));
        }
        let mut parameters = Vec::new();
        while !self.take(")") {
            parameters.push(self.sequence_type()?);
            self.take(",");
        }
        if !self.take_word("as") {
            return None;
        }
        let result = self.sequence_type()?;
        Some(ItemType::Function(Some(Arc::new(FunctionType { parameters, result }))))
    }

    fn map(&mut self) -> Option<ItemType> {
        if !self.take("(") {
            return None;
        }
        if self.take("*") {
            return self.take(")").then_some(ItemType::Map(None));
        }
        let name = self.name()?;
        let key = self.item_type(name)?;
        let value = if self.take(",") { self.sequence_type()? } else { return None };
        self.take(")").then(|| ItemType::Map(Some(Box::new((key, value)))))
    }

    fn array(&mut self) -> Option<ItemType> {
        if !self.take("(") {
            return None;
        }
        if self.take("*") {
            return self.take(")").then_some(ItemType::Array(None));
        }
        let member = self.sequence_type()?;
        self.take(")").then(|| ItemType::Array(Some(Box::new(member))))
    }

    fn occurrence(&mut self) -> Occurrence {
        if self.take("?") {
            Occurrence::Optional
        } else if self.take("*") {
            Occurrence::Any
        } else if self.take("+") {
            Occurrence::AtLeastOne
        } else {
            Occurrence::One
        }
    }

    fn take(&mut self, symbol: &str) -> bool {
        let rest = self.rest.trim_start().strip_prefix(symbol);
        rest.map(|rest| self.rest = rest).is_some()
    }

    fn take_word(&mut self, word: &str) -> bool {
        let rest = self.rest.trim_start().strip_prefix(word);
        let rest = rest.filter(|rest| rest.starts_with(char::is_whitespace));
        rest.map(|rest| self.rest = rest).is_some()
    }

    fn name(&mut self) -> Option<&'static str> {
        let text = self.rest.trim_start();
        let is_part = |c: char| c.is_alphanumeric() || matches!(c, '-' | ':' | '_');
        let end = text.find(|c| !is_part(c)).unwrap_or(text.len());
        let (name, rest) = text.split_at_checked(end)?;
        self.rest = rest;
        (!name.is_empty()).then_some(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_specification_writes() {
        for (text, printed) in [
            ("fn:true() as xs:boolean", "function() as xs:boolean"),
            (
                "fn:substring($source as xs:string?, $start as xs:double) as xs:string",
                "function(xs:string?, xs:double) as xs:string",
            ),
            (
                "fn:fold-left($seq as item()*, $zero as item()*, \
                 $f as function(item()*, item()) as item()*) as item()*",
                "function(item()*, item()*, function(item()*, item()) as item()*) as item()*",
            ),
            ("array:join($arrays as array(*)*) as array(*)", "function(array(*)*) as array(*)"),
            (
                "fn:parse-json($json-text as xs:string?, $options as map(*)) as item()?",
                "function(xs:string?, map(*)) as item()?",
            ),
            (
                "fn:random-number-generator() as map(xs:string, item())",
                "function() as map(xs:string, item())",
            ),
            (
                "fn:parse-xml($arg as xs:string?) as document-node(element(*))?",
                "function(xs:string?) as document-node(element())?",
            ),
            (
                "fn:analyze-string($i as xs:string?) as element(fn:analyze-string-result)",
                "function(xs:string?) as element(fn:analyze-string-result)",
            ),
            ("fn:error() as none", "function() as xs:error"),
            ("fn:x($a as (function(*))?) as empty-sequence()", {
                "function(function(*)?) as empty-sequence()"
            }),
        ] {
            let signature = read(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(signature.kind.to_string(), printed, "{text}");
        }
    }

    #[test]
    fn dots_stand_for_more_of_the_last_parameter() {
        for text in [
            "fn:concat($a as xs:anyAtomicType?, $b as xs:anyAtomicType?, ...) as xs:string",
            "fn:concat($a as xs:anyAtomicType?, $b as xs:anyAtomicType?...) as xs:string",
        ] {
            let signature = read(text).unwrap();
            assert!(signature.is_variadic && signature.kind.parameters.len() == 2);
        }
    }

    #[test]
    fn refuses_what_it_does_not_know() {
        for text in ["substring()", "fn:a($b as xs:unknown)", "fn:a($b as item()", "zz:a()"] {
            assert!(read(text).is_none(), "{text}");
        }
    }
}
