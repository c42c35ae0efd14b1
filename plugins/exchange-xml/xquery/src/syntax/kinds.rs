//! Sequence types and kind tests (XQuery 3.1, section 2.5.4).
//!
//! Invariant: `?`, `*` and `+` behind a type belong to it (appendix A.1.2, occurrence-indicators).

use super::ast::{ItemType, KindTest, Name, Occurrence, SequenceType};
use super::parser::Parser;
use crate::atomic::quoted;
use crate::characters::{is_ncname, is_space};
use crate::error::Result;

impl Parser<'_> {
    /// `SequenceType`.
    pub(super) fn sequence_type(&mut self) -> Result<SequenceType> {
        let start = self.at;
        if self.is_word("empty-sequence") && self.after_word().is("(") {
            self.empty_brackets()?;
            let span = self.span(start);
            return Ok(SequenceType { item: None, occurrence: Occurrence::One, span });
        }
        let item = Some(self.item_type()?);
        let occurrence = match self.symbol() {
            "?" => Occurrence::Optional,
            "*" => Occurrence::Any,
            "+" => Occurrence::AtLeastOne,
            _ => Occurrence::One,
        };
        if occurrence != Occurrence::One {
            self.advance(1);
        }
        Ok(SequenceType { item, occurrence, span: self.span(start) })
    }

    /// `TypeDeclaration`, if there is one.
    pub(super) fn type_declaration(&mut self) -> Result<Option<SequenceType>> {
        if self.eat_word("as") { self.sequence_type().map(Some) } else { Ok(None) }
    }

    /// `SingleType`.
    pub(super) fn single_type(&mut self) -> Result<(Name, bool)> {
        let name = self.eqname("the name of an atomic type")?;
        Ok((name, self.eat("?")))
    }

    /// `ItemType`.
    pub(super) fn item_type(&mut self) -> Result<ItemType> {
        self.nested(Self::item_type_here)
    }

    fn item_type_here(&mut self) -> Result<ItemType> {
        let annotations = self.annotations()?;
        if !annotations.is_empty() && !self.is_word("function") {
            return Err(self.expected("`function` behind an annotation"));
        }
        let open = self.at;
        if self.eat("(") {
            let item = self.item_type()?;
            self.close(")", open)?;
            return Ok(ItemType::Parenthesized(Box::new(item)));
        }
        if !self.is_braced() && self.after_word().is("(") {
            if let Some(kind) = self.kind_test()? {
                return Ok(ItemType::Kind(kind));
            }
            match self.word() {
                "item" => return self.empty_brackets().map(|()| ItemType::Any),
                "function" => return self.function_test(annotations),
                "map" => return self.map_test(),
                "array" => return self.array_test(),
                _ => {}
            }
        }
        self.eqname("a type").map(ItemType::Named)
    }

    /// `MapTest`.
    fn map_test(&mut self) -> Result<ItemType> {
        let open = self.open_brackets();
        let types = if self.eat("*") {
            None
        } else {
            let key = self.eqname("`*` or the atomic type of keys")?;
            self.expect(",")?;
            Some((key, Box::new(self.sequence_type()?)))
        };
        self.close(")", open)?;
        Ok(ItemType::Map(types))
    }

    /// `ArrayTest`.
    fn array_test(&mut self) -> Result<ItemType> {
        let open = self.open_brackets();
        let member = if self.eat("*") { None } else { Some(Box::new(self.sequence_type()?)) };
        self.close(")", open)?;
        Ok(ItemType::Array(member))
    }

    /// `FunctionTest`, its annotations read.
    fn function_test(&mut self, annotations: Vec<Name>) -> Result<ItemType> {
        let open = self.open_brackets();
        if self.eat("*") {
            self.close(")", open)?;
            return Ok(ItemType::Function(annotations, None));
        }
        let mut parameters = Vec::new();
        if !self.is(")") {
            parameters.push(self.sequence_type()?);
            while self.eat(",") {
                parameters.push(self.sequence_type()?);
            }
        }
        self.close(")", open)?;
        self.expect_word("as")?;
        let result = Box::new(self.sequence_type()?);
        Ok(ItemType::Function(annotations, Some((parameters, result))))
    }

    /// `KindTest`, whose word has been seen to stand before a bracket; none for another word.
    pub(super) fn kind_test(&mut self) -> Result<Option<KindTest>> {
        let simple = match self.word() {
            "node" => KindTest::Any,
            "text" => KindTest::Text,
            "comment" => KindTest::Comment,
            "namespace-node" => KindTest::NamespaceNode,
            "document-node" => return self.document_test().map(Some),
            "element" => return self.element_test().map(Some),
            "attribute" => return self.attribute_test().map(Some),
            "schema-element" => {
                return self.declared_test().map(|name| Some(KindTest::SchemaElement(name)));
            }
            "schema-attribute" => {
                return self.declared_test().map(|name| Some(KindTest::SchemaAttribute(name)));
            }
            "processing-instruction" => return self.instruction_test().map(Some),
            _ => return Ok(None),
        };
        self.empty_brackets()?;
        Ok(Some(simple))
    }

    /// Reads a word and the bracket behind it, and says where that stood.
    fn open_brackets(&mut self) -> usize {
        self.advance(self.word().len());
        let open = self.at;
        self.advance(1);
        open
    }

    fn empty_brackets(&mut self) -> Result<()> {
        let open = self.open_brackets();
        self.close(")", open)
    }

    /// `DocumentTest`.
    fn document_test(&mut self) -> Result<KindTest> {
        let open = self.open_brackets();
        let element = match self.word() {
            "element" | "schema-element" if self.after_word().is("(") => {
                self.kind_test()?.map(Box::new)
            }
            _ if self.is(")") => None,
            _ => return Err(self.expected("`element(`, `schema-element(` or `)`")),
        };
        self.close(")", open)?;
        Ok(KindTest::Document(element))
    }

    /// `ElementTest`.
    fn element_test(&mut self) -> Result<KindTest> {
        let open = self.open_brackets();
        let name = self.name_or_wildcard("an element")?;
        let mut kind = None;
        if self.eat(",") {
            kind = Some((self.eqname("the name of a type")?, self.eat("?")));
        }
        self.close(")", open)?;
        Ok(KindTest::Element(name, kind))
    }

    /// `AttributeTest`.
    fn attribute_test(&mut self) -> Result<KindTest> {
        let open = self.open_brackets();
        let name = self.name_or_wildcard("an attribute")?;
        let mut kind = None;
        if self.eat(",") {
            kind = Some(self.eqname("the name of a type")?);
        }
        self.close(")", open)?;
        Ok(KindTest::Attribute(name, kind))
    }

    /// `ElementNameOrWildcard`, `AttribNameOrWildcard`, or nothing.
    fn name_or_wildcard(&mut self, what: &str) -> Result<Option<Name>> {
        if self.is(")") || self.eat("*") {
            return Ok(None);
        }
        self.eqname(&format!("`)`, `*` or the name of {what}")).map(Some)
    }

    /// The name in a `SchemaElementTest` or a `SchemaAttributeTest`.
    fn declared_test(&mut self) -> Result<Name> {
        let open = self.open_brackets();
        let name = self.eqname("the name of a declaration")?;
        self.close(")", open)?;
        Ok(name)
    }

    /// `PITest`.
    fn instruction_test(&mut self) -> Result<KindTest> {
        let open = self.open_brackets();
        let target = if self.is(")") {
            None
        } else if self.is_string() {
            let start = self.at;
            let text = self.string("a string")?;
            let name = text.trim_matches(is_space);
            if !is_ncname(name) {
                let message = format!("expected a name without a colon, found {}", quoted(name));
                return Err(self.error_of("XPTY0004", message, self.span(start)));
            }
            Some(name.into())
        } else {
            Some(self.ncname("`)`, or a name or a string for the target")?.into())
        };
        self.close(")", open)?;
        Ok(KindTest::ProcessingInstruction(target))
    }
}
