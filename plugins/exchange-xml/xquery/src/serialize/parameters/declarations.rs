//! Output declarations of a prolog (XQuery 3.1, section 2.2.4).

use super::{Kind, Parameters, error, parameter};
use crate::atomic::quoted;
use crate::environment::Environment;
use crate::error::{Error, ErrorCode, Result};
use crate::expression::{Program, StaticContext};
use crate::meter::Meter;
use crate::tree::NodeKind;

/// Names the document with further parameters.
const PARAMETER_DOCUMENT: &str = "parameter-document";

impl Parameters {
    /// Takes one output declaration, by its local name.
    ///
    /// # Errors
    ///
    /// `XQST0109` for an unknown name, `XQST0110` for one that was declared before, `SEPM0016` and
    /// its kin for a value that is not one of the parameter's.
    pub(crate) fn declare(
        &mut self,
        name: &str,
        value: &str,
        context: &StaticContext,
    ) -> Result<()> {
        let known = match parameter(name) {
            Some((known, kind)) if kind != Kind::CharacterMap => known,
            _ if name == PARAMETER_DOCUMENT => PARAMETER_DOCUMENT,
            _ => {
                let text = format!("an output declaration can't declare {name}");
                return Err(error("XQST0109", text));
            }
        };
        if self.declared.contains(&known) {
            return Err(error("XQST0110", format!("output:{name} is declared twice")));
        }
        if known == PARAMETER_DOCUMENT {
            self.parameter_document = Some(value.into());
        } else {
            self.set_declared(known, value, context)?;
        }
        if !self.declared.contains(&known) {
            self.declared.push(known);
        }
        Ok(())
    }

    fn set_declared(&mut self, name: &str, value: &str, context: &StaticContext) -> Result<()> {
        let prefixes = |prefix: &str| {
            if prefix.is_empty() {
                return Some(context.default_element_namespace.clone());
            }
            let known = context.namespaces.iter().rev().find(|known| *known.0 == *prefix);
            known.map(|known| known.1.clone())
        };
        self.set(name, value, &prefixes)
    }

    /// Those that a program declares, and those of the document that it names.
    ///
    /// # Errors
    ///
    /// `XQST0119` where there is no such document; `SEPM0017` and its kin for what is in it.
    pub(crate) fn of_program(
        program: &Program,
        environment: &Environment,
        meter: &Meter<'_>,
    ) -> Result<Self> {
        let context = &*program.context;
        let mut parameters = Self::default();
        let document = program.output.iter().find(|(name, _)| &**name == PARAMETER_DOCUMENT);
        if let Some((_, uri)) = document {
            parameters.read(uri, context, environment, meter)?;
        }
        for (name, value) in &program.output {
            parameters.declare(name, value, context)?;
        }
        parameters.check_version()?;
        Ok(parameters)
    }

    fn read(
        &mut self,
        uri: &str,
        context: &StaticContext,
        environment: &Environment,
        meter: &Meter<'_>,
    ) -> Result<()> {
        let refused =
            |why: &str| error("XQST0119", format!("the parameter document {}: {why}", quoted(uri)));
        let base = context.base_uri.as_deref().unwrap_or_default();
        let absolute =
            crate::uri::resolve(uri, base).map_err(|error| refused(&error.to_string()))?;
        let resources = environment.resources.as_ref();
        let found = resources.map_or(Ok(None), |resources| resources.document(&absolute));
        let document = found
            .map_err(|error: Error| refused(error.message()))?
            .ok_or_else(|| refused("it is not there"))?;
        let root = document.0.root();
        let element = match root.kind() {
            NodeKind::Document => root.children().find(|child| child.is_element()),
            _ => Some(root),
        };
        let element = element.ok_or_else(|| refused("it has no element"))?;
        *self = Self::of_element(element, meter).map_err(|error| match error.code() {
            ErrorCode::Standard("XPTY0004") => refused("it has no output parameters"),
            _ => error,
        })?;
        // What the document says may be declared again.
        self.declared.clear();
        Ok(())
    }
}
