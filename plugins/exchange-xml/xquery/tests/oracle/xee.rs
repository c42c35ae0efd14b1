//! The other engine.
//!
//! Invariant: its panics are errors.

use std::panic::{AssertUnwindSafe, catch_unwind};

use xee_interpreter::atomic::Atomic;
use xee_interpreter::context::StaticContextBuilder;
use xee_interpreter::function::Function;
use xee_interpreter::sequence::Item;
use xot::{Node, Value, Xot};

use crate::outcome::{Outcome, atomic, node};

/// What xee makes of a query on a document.
pub(crate) fn evaluate(query: &str, namespaces: &[(String, String)], document: &str) -> Outcome {
    let outcome = catch_unwind(AssertUnwindSafe(|| try_evaluate(query, namespaces, document)));
    match outcome {
        Ok(Ok(items)) => Outcome::Items(items),
        Ok(Err(code)) => Outcome::Error(code),
        Err(_) => Outcome::Error("panic".to_owned()),
    }
}

fn try_evaluate(
    query: &str,
    namespaces: &[(String, String)],
    document: &str,
) -> Result<Vec<String>, String> {
    let mut context = StaticContextBuilder::default();
    context.namespaces(namespaces.iter().map(|(prefix, uri)| (&**prefix, &**uri)));
    let program = xee_xpath_compiler::parse(context.build(), query);
    let program = program.map_err(|error| error.error.code())?;
    let mut arena = Xot::new();
    let mut builder = program.dynamic_context_builder();
    builder.context_node(arena.parse(document).map_err(|error| error.to_string())?);
    let context = builder.build();
    let result = program.runnable(&context).many(&mut arena);
    let result = result.map_err(|error| error.error.code())?;
    result.iter().map(|item| show(&item, &arena)).collect()
}

fn show(item: &Item, arena: &Xot) -> Result<String, String> {
    Ok(match item {
        Item::Atomic(value) => {
            let text = item.string_value(arena).map_err(|error| error.code())?;
            atomic(kind(value), &text)
        }
        Item::Node(found) => {
            let text = item.string_value(arena).map_err(|error| error.code())?;
            show_node(*found, &text, arena)
        }
        Item::Function(Function::Map(_)) => "map".to_owned(),
        Item::Function(Function::Array(_)) => "array".to_owned(),
        Item::Function(_) => "function".to_owned(),
    })
}

fn show_node(found: Node, text: &str, arena: &Xot) -> String {
    let kind = match arena.value(found) {
        Value::Document => "document",
        Value::Element(_) => "element",
        Value::Attribute(_) => "attribute",
        Value::Text(_) => "text",
        Value::Comment(_) => "comment",
        Value::ProcessingInstruction(_) => "processing-instruction",
        Value::Namespace(_) => "namespace",
    };
    let (local, namespace) =
        arena.node_name(found).map_or(("", ""), |name| arena.name_ns_str(name));
    node(kind, namespace, local, text)
}

fn kind(value: &Atomic) -> &'static str {
    match value {
        Atomic::Untyped(_) => "untypedAtomic",
        Atomic::String(kind, _) if format!("{kind:?}") == "AnyURI" => "anyURI",
        Atomic::String(..) => "string",
        Atomic::Float(_) => "float",
        Atomic::Double(_) => "double",
        Atomic::Decimal(_) => "decimal",
        Atomic::Integer(..) => "integer",
        Atomic::Duration(_) => "duration",
        Atomic::YearMonthDuration(_) => "yearMonthDuration",
        Atomic::DayTimeDuration(_) => "dayTimeDuration",
        Atomic::DateTime(_) => "dateTime",
        Atomic::DateTimeStamp(_) => "dateTimeStamp",
        Atomic::Time(_) => "time",
        Atomic::Date(_) => "date",
        Atomic::GYearMonth(_) => "gYearMonth",
        Atomic::GYear(_) => "gYear",
        Atomic::GMonthDay(_) => "gMonthDay",
        Atomic::GMonth(_) => "gMonth",
        Atomic::GDay(_) => "gDay",
        Atomic::Boolean(_) => "boolean",
        Atomic::Binary(kind, _) if format!("{kind:?}").contains("Hex") => "hexBinary",
        Atomic::Binary(..) => "base64Binary",
        Atomic::QName(_) => "QName",
    }
}
