//! Syntax trees as text, for tests: `(operator operand …)`, names as they were written, steps of
//! the axis `child` as their test alone.

mod types;

use super::ast::{
    Argument, Arithmetic, ArrowFunction, AttributePart, Axis, BinaryOperator, Clause, ComputedName,
    DeclarationKind, DirectContent, Expr, ExprKind, ForBinding, LookupKey, Module, Name, NameTest,
    NodeTest, Parameter, PathStart, StringPart, WindowCondition,
};
use crate::atomic::Atomic;
use types::{as_type, kind_test, sequence};

/// A module: its declarations and its body, one a line.
pub(super) fn module(module: &Module) -> String {
    let mut lines = Vec::new();
    if let Some(library) = &module.library {
        lines.push(format!("library {}={}", library.prefix, library.namespace));
    }
    lines.extend(module.prolog.iter().map(|declaration| declaration_text(&declaration.kind)));
    lines.extend(module.body.iter().map(expr));
    lines.join("\n")
}

fn declaration_text(kind: &DeclarationKind) -> String {
    use DeclarationKind as D;
    match kind {
        D::Variable(it) => {
            let external = if it.external { " external" } else { "" };
            let (notes, kind) = (annotations(&it.annotations), as_type(&it.kind));
            format!("{notes}${}{kind}{external}{}", name(&it.name), optional(&it.value))
        }
        D::Function(it) => {
            let parameters = parameters(&it.parameters);
            let result = as_type(&it.result);
            let (notes, name) = (annotations(&it.annotations), name(&it.name));
            format!("{notes}{name}({parameters}){result}{}", optional(&it.body))
        }
        D::ContextItem { kind, external, value } => {
            let external = if *external { " external" } else { "" };
            format!("context{}{external}{}", as_type(kind), optional(value))
        }
        D::Option { name: it, value } => format!("option {} {value:?}", name(it)),
        D::DecimalFormat { name: it, properties } => {
            format!("format {:?} {properties:?}", it.as_ref().map(name))
        }
        other => format!("{other:?}"),
    }
}

/// An expression.
pub(super) fn expr(it: &Expr) -> String {
    use ExprKind as E;
    match &*it.kind {
        E::Literal(value) => literal(value),
        E::Variable(it) => format!("${}", name(it)),
        E::ContextItem => ".".to_owned(),
        E::Sequence(members) => list(",", members),
        E::Call { name: it, arguments: args } => form(&name(it), arguments(args)),
        E::NamedFunction { name: it, arity } => format!("{}#{arity}", name(it)),
        E::InlineFunction { annotations: notes, parameters: args, result, body } => {
            let (notes, args) = (annotations(notes), parameters(args));
            format!("({notes}fn [{args}]{} {})", as_type(result), expr(body))
        }
        E::Map(entries) => {
            form("map", entries.iter().flat_map(|(key, value)| [expr(key), expr(value)]))
        }
        E::SquareArray(members) => list("array", members),
        E::CurlyArray(body) => list("array{}", [body]),
        E::Filter { base, predicate } => list("[]", [base, predicate]),
        E::DynamicCall { base, arguments: args } => {
            form("call", std::iter::once(expr(base)).chain(arguments(args)))
        }
        E::Lookup { base, key } => format!("(? {} {})", expr(base), lookup(key)),
        E::UnaryLookup(key) => format!("(? {})", lookup(key)),
        E::Path { start: PathStart::Root, steps } if steps.is_empty() => "/".to_owned(),
        E::Path { start: PathStart::Root, steps } => list("/", steps),
        E::Path { start: PathStart::Relative, steps } => list("./", steps),
        E::Step { axis, test, predicates } => {
            let axis = if *axis == Axis::Child { String::new() } else { format!("{axis:?}::") };
            let step = format!("{axis}{}", node_test(test));
            if predicates.is_empty() { step } else { list(&step, predicates) }
        }
        _ => operation(it),
    }
}

/// An expression with an operator, or in braces.
fn operation(it: &Expr) -> String {
    use ExprKind as E;
    match &*it.kind {
        E::Binary { operator, left, right } => list(&operator_text(*operator), [left, right]),
        E::Unary { negative, operand } => list(if *negative { "neg" } else { "pos" }, [operand]),
        E::InstanceOf { operand, kind } => format!("(is {} {})", expr(operand), sequence(kind)),
        E::TreatAs { operand, kind } => format!("(treat {} {})", expr(operand), sequence(kind)),
        E::Cast { operand, kind, optional } => {
            format!("(cast {} {}{})", expr(operand), name(kind), mark(*optional))
        }
        E::Castable { operand, kind, optional } => {
            format!("(castable {} {}{})", expr(operand), name(kind), mark(*optional))
        }
        E::Arrow { base, function, arguments: args } => {
            let function = match function {
                ArrowFunction::Name(it) => name(it),
                ArrowFunction::Expr(it) => expr(it),
            };
            form("=>", [expr(base), function].into_iter().chain(arguments(args)))
        }
        E::Validate(body) => list("validate", [body]),
        E::Extension { pragmas, body } => {
            let pragmas = pragmas.iter().map(|(it, text)| format!("(#{} {text:?})", name(it)));
            form("extension", pragmas.chain(body.iter().map(expr)))
        }
        E::Ordered(body) => list("ordered", [body]),
        _ => statement(it),
    }
}

fn statement(it: &Expr) -> String {
    use ExprKind as E;
    match &*it.kind {
        E::Flwor { clauses, result } => {
            form("flwor", clauses.iter().map(clause).chain([expr(result)]))
        }
        E::Quantified { every, bindings, condition } => {
            let word = if *every { "every" } else { "some" };
            form(word, bindings.iter().map(binding).chain([expr(condition)]))
        }
        E::Switch { operand, cases, default } => {
            let cases = cases
                .iter()
                .map(|(keys, result)| form("case", keys.iter().chain([result]).map(expr)));
            form("switch", [expr(operand)].into_iter().chain(cases).chain([expr(default)]))
        }
        E::Typeswitch { operand, cases, default } => {
            let cases = cases.iter().chain([default]).map(|case| {
                let variable = case.variable.iter().map(|it| format!("${}", name(it)));
                let kinds = case.kinds.iter().map(sequence);
                form("case", variable.chain(kinds).chain([expr(&case.result)]))
            });
            form("typeswitch", [expr(operand)].into_iter().chain(cases))
        }
        E::If { condition, then, otherwise } => list("if", [condition, then, otherwise]),
        E::TryCatch { body, catches } => {
            let catches = catches.iter().map(|it| {
                let errors = it.errors.iter().map(name_test);
                form("catch", errors.chain([expr(&it.body)]))
            });
            form("try", [expr(body)].into_iter().chain(catches))
        }
        E::DirectElement(element) => {
            let attributes = element.attributes.iter().map(|it| {
                let parts = it.value.iter().map(|part| match part {
                    AttributePart::Text(text) => format!("{text:?}"),
                    AttributePart::Expr(it) => format!("{{{}}}", expr(it)),
                });
                format!("{}={}", name(&it.name), parts.collect::<String>())
            });
            let content = element.content.iter().map(|it| match it {
                DirectContent::Text { text, boundary: true } => format!("boundary{text:?}"),
                DirectContent::Text { text, .. } => format!("{text:?}"),
                DirectContent::Expr { expr: it, enclosed: true } => format!("{{{}}}", expr(it)),
                DirectContent::Expr { expr: it, .. } => expr(it),
            });
            form(&format!("<{}>", name(&element.name)), attributes.chain(content))
        }
        E::DirectComment(text) => format!("(<!-- {text:?})"),
        E::DirectInstruction { target, content } => format!("(<? {target} {content:?})"),
        E::ComputedDocument(it) => list("document", [it]),
        E::ComputedElement { name, content } => computed("element", name, content),
        E::ComputedAttribute { name, content } => computed("attribute", name, content),
        E::ComputedNamespace { prefix, uri } => computed("namespace", prefix, uri),
        E::ComputedInstruction { target, content } => {
            computed("processing-instruction", target, content)
        }
        E::ComputedText(it) => list("text", [it]),
        E::ComputedComment(it) => list("comment", [it]),
        E::StringConstructor(parts) => form(
            "``",
            parts.iter().map(|part| match part {
                StringPart::Text(text) => format!("{text:?}"),
                StringPart::Expr(it) => expr(it),
            }),
        ),
        other => format!("{other:?}"),
    }
}

fn form(head: &str, parts: impl IntoIterator<Item = String>) -> String {
    let parts: Vec<String> = std::iter::once(head.to_owned()).chain(parts).collect();
    format!("({})", parts.join(" "))
}

fn list<'e>(head: &str, parts: impl IntoIterator<Item = &'e Expr>) -> String {
    form(head, parts.into_iter().map(expr))
}

fn mark(optional: bool) -> &'static str {
    if optional { "?" } else { "" }
}

fn optional(value: &Option<Expr>) -> String {
    value.as_ref().map_or(String::new(), |value| format!(" := {}", expr(value)))
}

fn name(it: &Name) -> String {
    match (&it.prefix, &it.namespace) {
        (Some(prefix), _) => format!("{prefix}:{}", it.local),
        (None, Some(uri)) => format!("Q{{{uri}}}{}", it.local),
        (None, None) => it.local.to_string(),
    }
}

fn literal(value: &Atomic) -> String {
    match value {
        Atomic::String(text, _) => format!("{text:?}"),
        Atomic::Integer(number, _) => number.to_string(),
        Atomic::Decimal(number) => format!("{number}d"),
        Atomic::Double(number) => format!("{number}e"),
        other => format!("{other:?}"),
    }
}

fn annotations(list: &[Name]) -> String {
    list.iter().map(|it| format!("%{} ", name(it))).collect()
}

fn parameters(list: &[Parameter]) -> String {
    let list: Vec<_> =
        list.iter().map(|it| format!("${}{}", name(&it.name), as_type(&it.kind))).collect();
    list.join(" ")
}

fn arguments(list: &[Argument]) -> impl Iterator<Item = String> {
    list.iter().map(|argument| match argument {
        Argument::Expr(it) => expr(it),
        Argument::Placeholder => "?".to_owned(),
    })
}

fn lookup(key: &LookupKey) -> String {
    match key {
        LookupKey::Name(it) => it.to_string(),
        LookupKey::Integer(it) => it.to_string(),
        LookupKey::Expr(it) => expr(it),
        LookupKey::Wildcard => "*".to_owned(),
    }
}

fn node_test(test: &NodeTest) -> String {
    match test {
        NodeTest::Name(it) => name_test(it),
        NodeTest::Kind(it) => kind_test(it),
    }
}

fn name_test(test: &NameTest) -> String {
    match test {
        NameTest::Name(it) => name(it),
        NameTest::Any => "*".to_owned(),
        NameTest::AnyNamespace(local) => format!("*:{local}"),
        NameTest::Prefix(prefix, _) => format!("{prefix}:*"),
        NameTest::Namespace(uri) => format!("Q{{{uri}}}*"),
    }
}

fn operator_text(operator: BinaryOperator) -> String {
    use BinaryOperator as B;
    match operator {
        B::Value(comparison) => format!("{comparison:?}").to_lowercase(),
        B::General(comparison) => comparison.sign().to_owned(),
        B::Arithmetic(Arithmetic::Add) => "+".to_owned(),
        B::Arithmetic(Arithmetic::Subtract) => "-".to_owned(),
        B::Arithmetic(Arithmetic::Multiply) => "*".to_owned(),
        B::Arithmetic(other) => format!("{other:?}").to_lowercase(),
        B::Concat => "||".to_owned(),
        B::SimpleMap => "!".to_owned(),
        other => format!("{other:?}").to_lowercase(),
    }
}

fn binding(it: &ForBinding) -> String {
    let empty = if it.allowing_empty { " allowing empty" } else { "" };
    let position = it.position.as_ref().map(|it| format!(" at ${}", name(it)));
    let (variable, kind) = (name(&it.variable), as_type(&it.kind));
    let position = position.unwrap_or_default();
    format!("[${variable}{kind}{empty}{position} {}]", expr(&it.sequence))
}

fn clause(it: &Clause) -> String {
    match it {
        Clause::For(it) => format!("for{}", binding(it)),
        Clause::Let { variable, kind, value } => {
            format!("let[${}{} {}]", name(variable), as_type(kind), expr(value))
        }
        Clause::Window(it) => {
            let word = if it.sliding { "sliding" } else { "tumbling" };
            let (variable, kind) = (name(&it.variable), as_type(&it.kind));
            let end = it.end.as_ref().map(|(it, only)| {
                format!(" {}end{}", if *only { "only " } else { "" }, condition(it))
            });
            let (start, end) = (condition(&it.start), end.unwrap_or_default());
            format!("{word}[${variable}{kind} {} start{start}{end}]", expr(&it.sequence))
        }
        Clause::Where(it) => format!("where[{}]", expr(it)),
        Clause::GroupBy(specs) => {
            let specs = specs.iter().map(|it| {
                let value = optional(&it.value);
                let collation = collation(&it.collation);
                format!("[${}{}{value}{collation}]", name(&it.variable), as_type(&it.kind))
            });
            format!("group{}", specs.collect::<String>())
        }
        Clause::OrderBy(specs) => {
            let specs = specs.iter().map(|it| {
                let down = if it.descending { " descending" } else { "" };
                let empty = match it.empty_greatest {
                    None => "",
                    Some(true) => " greatest",
                    Some(false) => " least",
                };
                format!("[{}{down}{empty}{}]", expr(&it.key), collation(&it.collation))
            });
            format!("order{}", specs.collect::<String>())
        }
        Clause::Count(it) => format!("count[${}]", name(it)),
    }
}

fn collation(uri: &Option<Box<str>>) -> String {
    uri.as_ref().map_or(String::new(), |uri| format!(" {uri}"))
}

fn condition(it: &WindowCondition) -> String {
    let part = |word: &str, it: &Option<Name>| {
        it.as_ref().map_or(String::new(), |it| format!("{word}${} ", name(it)))
    };
    let (current, at) = (part("", &it.current), part("at", &it.position));
    let (previous, next) = (part("previous", &it.previous), part("next", &it.next));
    format!("[{current}{at}{previous}{next}{}]", expr(&it.when))
}

fn computed(word: &str, it: &ComputedName, content: &Expr) -> String {
    let it = match it {
        ComputedName::Name(it) => name(it),
        ComputedName::Expr(it) => format!("{{{}}}", expr(it)),
    };
    form(word, [it, expr(content)])
}
