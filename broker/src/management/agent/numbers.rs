//! Objects that a console knows by their number in QMF version 1 and asks for by version 2.

use philter_management::object::{Arguments, Caller, Directory, MethodError, Object, ObjectName};
use philter_management::qmf::v1;
use philter_management::schema::{Class, Method};

/// A directory in which a number stands for a name.
pub(super) struct Numbered<'a> {
    inner: &'a dyn Directory,
    agent: &'a v1::Agent,
}

impl<'a> Numbered<'a> {
    /// Over a directory, with the numbers of an agent.
    pub(super) fn new(inner: &'a dyn Directory, agent: &'a v1::Agent) -> Self {
        Self { inner, agent }
    }

    /// The name behind a number.
    fn named(&self, name: &ObjectName) -> Option<ObjectName> {
        let number = name.0.parse().ok()?;
        self.agent.find(number, self.inner)
    }
}

impl Directory for Numbered<'_> {
    fn visit(&self, class: &'static Class, visit: &mut dyn FnMut(Object) -> bool) {
        self.inner.visit(class, visit);
    }

    fn find(&self, name: &ObjectName) -> Option<Object> {
        match self.named(name) {
            Some(name) => self.inner.find(&name),
            None => self.inner.find(name),
        }
    }

    fn call(
        &self,
        object: &ObjectName,
        method: &'static Method,
        arguments: &Arguments,
        caller: &Caller,
    ) -> Result<Arguments, MethodError> {
        match self.named(object) {
            Some(object) => self.inner.call(&object, method, arguments, caller),
            None => self.inner.call(object, method, arguments, caller),
        }
    }
}
