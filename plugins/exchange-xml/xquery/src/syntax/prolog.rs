//! Modules and their prologs (XQuery 3.1, section 4).
//!
//! Invariant: what a declaration says twice, or wrongly, is found later; only its place and its
//! words are checked here.

use super::ast::{
    Declaration, DeclarationKind, Expr, FunctionDeclaration, ItemType, LibraryDeclaration, Module,
    Occurrence, SequenceType, VariableDeclaration,
};
use super::parser::Parser;
use crate::atomic::quoted;
use crate::error::Result;

/// What stands behind `declare`.
const DECLARED: [&str; 12] = [
    "namespace",
    "variable",
    "function",
    "default",
    "option",
    "context",
    "boundary-space",
    "base-uri",
    "construction",
    "ordering",
    "copy-namespaces",
    "decimal-format",
];

/// `DFPropertyName`.
const DECIMAL_FORMAT: [&str; 11] = [
    "decimal-separator",
    "grouping-separator",
    "infinity",
    "minus-sign",
    "NaN",
    "percent",
    "per-mille",
    "zero-digit",
    "digit",
    "pattern-separator",
    "exponent-separator",
];

impl Parser<'_> {
    /// `Module`.
    pub(super) fn module(&mut self) -> Result<Module> {
        self.version()?;
        let library = self.library()?;
        let prolog = self.prolog()?;
        let body = if library.is_some() { None } else { Some(self.expr()?) };
        if !self.is_at_end() {
            let what = match body {
                Some(_) => "an operator or the end of the query",
                None => "a declaration or the end of the module",
            };
            return Err(self.expected(what));
        }
        Ok(Module { library, prolog, body })
    }

    /// `VersionDecl`.
    fn version(&mut self) -> Result<()> {
        let ahead = self.after_word();
        let is_version = self.is_word("xquery")
            && matches!(ahead.word(), "version" | "encoding")
            && ahead.after_word().is_string();
        if !is_version {
            return Ok(());
        }
        self.advance("xquery".len());
        if self.eat_word("version") {
            self.xquery_version()?;
        }
        if self.eat_word("encoding") {
            self.encoding()?;
        }
        self.expect_semicolon()
    }

    fn xquery_version(&mut self) -> Result<()> {
        let start = self.at;
        let version = self.string("the version in quotes")?;
        if !matches!(&*version, "1.0" | "3.0" | "3.1") {
            let message = format!("expected version 1.0, 3.0 or 3.1, found {}", quoted(&version));
            return Err(self.error_of("XQST0031", message, self.span(start)));
        }
        Ok(())
    }

    fn encoding(&mut self) -> Result<()> {
        let start = self.at;
        let encoding = self.string("the encoding in quotes")?;
        let is_name_char = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        let begins = encoding.starts_with(|c: char| c.is_ascii_alphabetic());
        if !begins || !encoding.chars().all(is_name_char) {
            let message = format!("expected the name of an encoding, found {}", quoted(&encoding));
            return Err(self.error_of("XQST0087", message, self.span(start)));
        }
        Ok(())
    }

    /// `ModuleDecl`.
    fn library(&mut self) -> Result<Option<LibraryDeclaration>> {
        if !self.is_word("module") || !self.after_word().is_word("namespace") {
            return Ok(None);
        }
        let start = self.at;
        self.advance("module".len());
        self.advance("namespace".len());
        let (prefix, namespace) = self.prefix_and_uri()?;
        let span = self.span(start);
        self.expect_semicolon()?;
        Ok(Some(LibraryDeclaration { prefix, namespace, span }))
    }

    /// `NCName "=" URILiteral`.
    fn prefix_and_uri(&mut self) -> Result<(Box<str>, Box<str>)> {
        let prefix = self.ncname("a prefix")?.into();
        self.expect("=")?;
        Ok((prefix, self.uri()?))
    }

    /// `Separator`.
    fn expect_semicolon(&mut self) -> Result<()> {
        if self.eat(";") { Ok(()) } else { Err(self.expected("`;` behind the declaration")) }
    }

    /// `Prolog`.
    fn prolog(&mut self) -> Result<Vec<Declaration>> {
        let mut prolog: Vec<Declaration> = Vec::new();
        let mut in_second_part = false;
        while let Some(declaration) = self.declaration()? {
            let second = is_second_part(&declaration.kind);
            if in_second_part && !second {
                let message = "namespaces, imports and settings come before variables, functions, \
                               options and the context item";
                return Err(self.error(message, declaration.span));
            }
            in_second_part = second;
            self.expect_semicolon()?;
            prolog.push(declaration);
        }
        Ok(prolog)
    }

    fn declaration(&mut self) -> Result<Option<Declaration>> {
        let start = self.at;
        let ahead = self.after_word();
        let kind = match self.word() {
            "declare" if ahead.is("%") || (!ahead.word().is_empty() && !ahead.is_operator()) => {
                self.advance("declare".len());
                self.declared()?
            }
            "import" if matches!(ahead.word(), "schema" | "module") => {
                self.advance("import".len());
                if self.is_word("schema") { self.schema_import()? } else { self.module_import()? }
            }
            _ => return Ok(None),
        };
        Ok(Some(Declaration { kind, span: self.span(start) }))
    }

    /// What stands behind `declare`.
    fn declared(&mut self) -> Result<DeclarationKind> {
        let word = self.word();
        if matches!(word, "variable" | "function" | "") {
            return self.annotated();
        }
        if !DECLARED.contains(&word) {
            return Err(self.expected_word(&DECLARED));
        }
        self.advance(word.len());
        match word {
            "namespace" => {
                let (prefix, uri) = self.prefix_and_uri()?;
                Ok(DeclarationKind::Namespace { prefix, uri })
            }
            "default" => self.default(),
            "option" => {
                let name = self.eqname("the name of an option")?;
                let value = self.string("the option's value in quotes")?.into();
                Ok(DeclarationKind::Option { name, value })
            }
            "context" => self.context_item(),
            "decimal-format" => {
                let name = Some(self.eqname("the name of a decimal format")?);
                self.decimal_format(name)
            }
            _ => self.setting(word),
        }
    }

    /// The `Setter`s that are one or two words.
    fn setting(&mut self, word: &str) -> Result<DeclarationKind> {
        match word {
            "boundary-space" => {
                let preserve = self.one_of("preserve", "strip")?;
                Ok(DeclarationKind::BoundarySpace { preserve })
            }
            "construction" => {
                let preserve = self.one_of("preserve", "strip")?;
                Ok(DeclarationKind::Construction { preserve })
            }
            "ordering" => {
                self.one_of("ordered", "unordered")?;
                Ok(DeclarationKind::Ordering)
            }
            "copy-namespaces" => {
                let preserve = self.one_of("preserve", "no-preserve")?;
                self.expect(",")?;
                let inherit = self.one_of("inherit", "no-inherit")?;
                Ok(DeclarationKind::CopyNamespaces { preserve, inherit })
            }
            _ => self.uri().map(DeclarationKind::BaseUri),
        }
    }

    /// What stands behind `declare default`.
    fn default(&mut self) -> Result<DeclarationKind> {
        match self.word() {
            "collation" => {
                self.advance("collation".len());
                self.uri().map(DeclarationKind::DefaultCollation)
            }
            "order" => {
                self.advance("order".len());
                self.expect_word("empty")?;
                Ok(DeclarationKind::EmptyOrder { greatest: self.is_greatest()? })
            }
            "decimal-format" => {
                self.advance("decimal-format".len());
                self.decimal_format(None)
            }
            word @ ("element" | "function") => {
                self.advance(word.len());
                self.expect_word("namespace")?;
                let uri = self.uri()?;
                Ok(match word {
                    "element" => DeclarationKind::DefaultElementNamespace(uri),
                    _ => DeclarationKind::DefaultFunctionNamespace(uri),
                })
            }
            _ => {
                let words = ["element", "function", "collation", "order", "decimal-format"];
                Err(self.expected_word(&words))
            }
        }
    }

    /// `DecimalFormatDecl` behind its name.
    fn decimal_format(&mut self, name: Option<super::ast::Name>) -> Result<DeclarationKind> {
        let mut properties = Vec::new();
        while !self.word().is_empty() {
            let word = self.word();
            if !DECIMAL_FORMAT.contains(&word) {
                return Err(self.expected_word(&DECIMAL_FORMAT));
            }
            self.advance(word.len());
            self.expect("=")?;
            properties.push((word.into(), self.string("the property's value in quotes")?.into()));
        }
        Ok(DeclarationKind::DecimalFormat { name, properties })
    }

    /// `ContextItemDecl` behind `declare context`.
    fn context_item(&mut self) -> Result<DeclarationKind> {
        self.expect_word("item")?;
        let start = self.at;
        let mut kind = None;
        if self.eat_word("as") {
            let item: Option<ItemType> = Some(self.item_type()?);
            kind = Some(SequenceType { item, occurrence: Occurrence::One, span: self.span(start) });
        }
        let (external, value) = self.value()?;
        Ok(DeclarationKind::ContextItem { kind, external, value })
    }

    /// `":=" VarValue | "external" (":=" VarDefaultValue)?`.
    fn value(&mut self) -> Result<(bool, Option<Expr>)> {
        let external = self.eat_word("external");
        if !external && !self.is(":=") {
            let hint = self.is("=").then_some("a declaration binds with `:=`");
            return Err(self.expected_with("`:=` or `external`", hint));
        }
        let value = if self.eat(":=") { Some(self.expr_single()?) } else { None };
        Ok((external, value))
    }

    /// `AnnotatedDecl` behind `declare`.
    fn annotated(&mut self) -> Result<DeclarationKind> {
        let annotations = self.annotations()?;
        if self.eat_word("variable") {
            let name = self.variable()?;
            let kind = self.type_declaration()?;
            let (external, value) = self.value()?;
            let declaration = VariableDeclaration { annotations, name, kind, external, value };
            return Ok(DeclarationKind::Variable(Box::new(declaration)));
        }
        if !self.eat_word("function") {
            return Err(self.expected_word(&["function", "variable"]));
        }
        let name = self.function_name()?;
        let (parameters, result) = self.signature()?;
        let body = if self.eat_word("external") {
            None
        } else if self.is("{") {
            Some(self.enclosed()?)
        } else {
            return Err(self.expected("`{` and the function's body, or `external`"));
        };
        let declaration = FunctionDeclaration { annotations, name, parameters, result, body };
        Ok(DeclarationKind::Function(Box::new(declaration)))
    }

    /// `SchemaImport` behind `import`.
    fn schema_import(&mut self) -> Result<DeclarationKind> {
        self.advance("schema".len());
        if self.eat_word("namespace") {
            self.ncname("a prefix")?;
            self.expect("=")?;
        } else if self.eat_word("default") {
            self.expect_word("element")?;
            self.expect_word("namespace")?;
        }
        let namespace = self.uri()?;
        self.locations()?;
        Ok(DeclarationKind::SchemaImport { namespace })
    }

    /// `ModuleImport` behind `import`.
    fn module_import(&mut self) -> Result<DeclarationKind> {
        self.advance("module".len());
        let mut prefix = None;
        if self.eat_word("namespace") {
            prefix = Some(self.ncname("a prefix")?.into());
            self.expect("=")?;
        }
        let namespace = self.uri()?;
        let locations = self.locations()?;
        Ok(DeclarationKind::ModuleImport { prefix, namespace, locations })
    }

    /// `("at" URILiteral ("," URILiteral)*)?`.
    fn locations(&mut self) -> Result<Vec<Box<str>>> {
        let mut locations = Vec::new();
        if self.eat_word("at") {
            locations.push(self.uri()?);
            while self.eat(",") {
                locations.push(self.uri()?);
            }
        }
        Ok(locations)
    }
}

/// Whether a declaration belongs behind the settings, imports and namespaces.
fn is_second_part(kind: &DeclarationKind) -> bool {
    matches!(
        kind,
        DeclarationKind::Variable(_)
            | DeclarationKind::Function(_)
            | DeclarationKind::ContextItem { .. }
            | DeclarationKind::Option { .. }
    )
}
