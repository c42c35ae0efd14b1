//! Options of a prolog: the output declarations (XQuery 3.1, sections 2.2.4 and 4.19).

use super::fault::fault;
use crate::error::{Result, Span};
use crate::name::{QName, namespace};
use crate::serialize::Parameters;

/// The output declarations of a main module.
#[derive(Debug, Default)]
pub(super) struct Output {
    pub(super) parameters: Vec<(Box<str>, Box<str>)>,
}

impl Output {
    /// Takes an option; one that nobody here knows is ignored.
    pub(super) fn option(
        &mut self,
        name: &QName,
        value: &str,
        is_library: bool,
        span: Span,
    ) -> Result<()> {
        if *name.namespace == *namespace::XQUERY {
            let text = format!("there is no option {}; other options have prefixes", name.local);
            return Err(fault("XQST0123", text, span));
        }
        if *name.namespace != *namespace::OUTPUT {
            return Ok(());
        }
        if is_library {
            let text = "an output declaration can't stand in a library module";
            return Err(fault("XQST0108", text, span));
        }
        if !Parameters::can_declare(&name.local) {
            let text = format!("there is no serialization parameter {}", name.local);
            return Err(fault("XQST0109", text, span));
        }
        if self.parameters.iter().any(|(known, _)| **known == *name.local) {
            let text = format!("the serialization parameter {} is declared twice", name.local);
            return Err(fault("XQST0110", text, span));
        }
        self.parameters.push(((*name.local).into(), value.into()));
        Ok(())
    }
}
