//! A program under construction: what all modules of a query share while it is compiled.
//!
//! Invariant: a function's index is given before its body is compiled, so that functions may call
//! each other in any order.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::in_scope::InScope;
use super::registry::Registry;
use crate::atomic::AtomicType;
use crate::error::Span;
use crate::expression::{CastTarget, Expr, FunctionDeclaration, Global, Kind, StaticContext};
use crate::name::{QName, namespace};
use crate::options::Options;
use crate::types::{FunctionType, ItemType, Occurrence, SequenceType};

/// What a body, a variable or a function refers to.
#[derive(Clone, Debug, Default)]
pub(super) struct Uses {
    pub(super) globals: HashSet<usize>,
    pub(super) functions: HashSet<usize>,
    /// The context item of the evaluation.
    pub(super) context_item: bool,
    /// Any function that the module knows: it calls `fn:function-lookup`.
    pub(super) all_functions: bool,
}

/// The program so far.
#[derive(Debug)]
pub(super) struct Draft<'o> {
    pub(super) options: &'o Options,
    pub(super) registry: Registry,
    pub(super) functions: Vec<Option<Arc<FunctionDeclaration>>>,
    pub(super) globals: Vec<Global>,
    pub(super) global_uses: HashMap<usize, Uses>,
    pub(super) function_uses: HashMap<usize, Uses>,
    /// Constructor functions that are items already, by type.
    constructors: HashMap<String, usize>,
}

impl<'o> Draft<'o> {
    pub(super) fn new(options: &'o Options) -> Self {
        Self {
            options,
            registry: Registry::default(),
            functions: Vec::new(),
            globals: Vec::new(),
            global_uses: HashMap::new(),
            function_uses: HashMap::new(),
            constructors: HashMap::new(),
        }
    }

    /// An index for a function that is not compiled yet.
    pub(super) fn reserve_function(&mut self) -> usize {
        self.functions.push(None);
        self.functions.len() - 1
    }

    /// Puts a function where its index says.
    pub(super) fn set_function(&mut self, index: usize, function: FunctionDeclaration) {
        if let Some(place) = self.functions.get_mut(index) {
            *place = Some(Arc::new(function));
        }
    }

    /// Adds a function.
    pub(super) fn add_function(&mut self, function: FunctionDeclaration) -> usize {
        let index = self.reserve_function();
        self.set_function(index, function);
        index
    }

    /// The constructor function of a type as a declared function (XPath Functions 3.1, section
    /// 18.1): it casts its only parameter.
    pub(super) fn constructor(
        &mut self,
        local: &str,
        scope: &InScope,
        context: &Arc<StaticContext>,
    ) -> Option<usize> {
        if let Some(index) = self.constructors.get(local) {
            return Some(*index);
        }
        let to = scope.constructed_type(local)?;
        let depends_on_scope = matches!(to, CastTarget::QName(_));
        let index = self.add_function(constructor(local, to, context));
        if !depends_on_scope {
            self.constructors.insert(local.to_owned(), index);
        }
        Some(index)
    }
}

fn constructor(local: &str, to: CastTarget, context: &Arc<StaticContext>) -> FunctionDeclaration {
    let optional = |item| SequenceType { item: Some(item), occurrence: Occurrence::Optional };
    let result = match &to {
        CastTarget::Atomic(kind) => optional(ItemType::Atomic(*kind)),
        CastTarget::Numeric => optional(ItemType::Numeric),
        CastTarget::Error => optional(ItemType::Error),
        CastTarget::QName(_) => optional(ItemType::Atomic(AtomicType::QName)),
        CastTarget::List(kind) => {
            SequenceType { item: Some(ItemType::Atomic(*kind)), occurrence: Occurrence::Any }
        }
    };
    let span = Span::default();
    let operand = Box::new(Expr { kind: Kind::Local(0), span });
    FunctionDeclaration {
        name: Some(QName::prefixed("xs", namespace::XS, local)),
        signature: Arc::new(FunctionType {
            parameters: vec![optional(ItemType::Atomic(AtomicType::AnyAtomic))],
            result,
        }),
        body: Expr { kind: Kind::Cast { operand, to, optional: true }, span },
        slots: 1,
        captured: Vec::new(),
        context: Arc::clone(context),
        module: None,
    }
}
