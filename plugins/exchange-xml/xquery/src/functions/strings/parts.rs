//! Functions on parts of strings that match in a collation (XPath Functions 3.1, section 5.5).

use super::{boolean, scan, string};
use crate::collation::Collation;
use crate::error::Result;
use crate::functions::Call;
use crate::value::Sequence;

/// What the functions on parts of strings are given.
fn parts<'s, 'a>(
    call: &Call<'_, 'a>,
    arguments: &'s [Sequence<'a>],
) -> Result<(&'s str, &'s str, Collation)> {
    let (text, part) = (call.text(arguments, 0)?, call.text(arguments, 1)?);
    scan(call, text)?;
    Ok((text, part, call.collation(arguments.get(2))?))
}

pub(super) fn contains<'a>(
    call: &Call<'_, 'a>,
    arguments: &[Sequence<'a>],
) -> Result<Sequence<'a>> {
    let (text, part, collation) = parts(call, arguments)?;
    Ok(boolean(collation.find(call.meter(), text, part)?.is_some()))
}

pub(super) fn starts_with<'a>(
    call: &Call<'_, 'a>,
    arguments: &[Sequence<'a>],
) -> Result<Sequence<'a>> {
    let (text, part, collation) = parts(call, arguments)?;
    Ok(boolean(collation.starts_with(call.meter(), text, part)?))
}

pub(super) fn ends_with<'a>(
    call: &Call<'_, 'a>,
    arguments: &[Sequence<'a>],
) -> Result<Sequence<'a>> {
    let (text, part, collation) = parts(call, arguments)?;
    Ok(boolean(collation.ends_with(call.meter(), text, part)?))
}

pub(super) fn substring_before<'a>(
    call: &Call<'_, 'a>,
    arguments: &[Sequence<'a>],
) -> Result<Sequence<'a>> {
    let (text, part, collation) = parts(call, arguments)?;
    let found = collation.find(call.meter(), text, part)?;
    string(call, found.and_then(|found| text.get(..found.start)).unwrap_or_default())
}

pub(super) fn substring_after<'a>(
    call: &Call<'_, 'a>,
    arguments: &[Sequence<'a>],
) -> Result<Sequence<'a>> {
    let (text, part, collation) = parts(call, arguments)?;
    let found = collation.find(call.meter(), text, part)?;
    string(call, found.and_then(|found| text.get(found.end..)).unwrap_or_default())
}
