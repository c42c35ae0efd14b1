//! Serialization (XSLT and XQuery Serialization 3.1): a sequence as text.
//!
//! Invariants: output goes to one string, and each byte is counted before it is appended; nothing
//! recurses by the depth of a tree; the same sequence gives the same text.

mod adaptive;
mod character_data;
mod html;
mod json;
mod markup;
mod namespaces;
mod normalization;
mod parameters;

use crate::error::{Error, ErrorCode, Result};
use crate::meter::Meter;
use crate::value::Sequence;

use character_data::{Escape, Output};
use markup::Markup;
use normalization::Top;
pub(crate) use parameters::{Method, Parameters};

/// The text of a sequence.
///
/// # Errors
///
/// Those of the specification: `SENR0001`, `SEPM0004`, `SERE0020` and their kin.
pub(crate) fn serialize<'a>(
    sequence: &Sequence<'a>,
    parameters: &Parameters,
    meter: &Meter<'_>,
) -> Result<String> {
    let mut output = Output::new(parameters, meter);
    write(sequence, parameters, &mut output)?;
    Ok(output.finish())
}

fn write<'p>(
    sequence: &Sequence<'_>,
    parameters: &'p Parameters,
    output: &mut Output<'p, '_>,
) -> Result<()> {
    match parameters.method {
        Method::Json => return json::write(sequence, parameters, output),
        Method::Adaptive => return adaptive::write(sequence, parameters, output),
        Method::Xml | Method::Xhtml | Method::Html | Method::Text => {}
    }
    let separator = parameters.item_separator.as_deref();
    let tops = normalization::normalize(sequence, separator, output.meter())?;
    if parameters.method == Method::Text {
        return text(&tops, output);
    }
    Markup::new(parameters, output).document(&tops)
}

/// The text method (section 8): string values.
fn text(tops: &[Top<'_>], output: &mut Output<'_, '_>) -> Result<()> {
    for top in tops {
        output.characters(top.text(), Escape::Plain)?;
    }
    Ok(())
}

/// An error of serialization.
fn error(code: &'static str, text: impl Into<String>) -> Error {
    Error::new(ErrorCode::Standard(code), text)
}

#[cfg(test)]
mod tests;
