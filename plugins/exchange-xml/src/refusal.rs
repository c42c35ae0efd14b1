//! How a query that was not compiled is told to the client that sent it.

use philter_plugin_api::{Error, ErrorKind};

use crate::engine::StaticFault;
use crate::workers::CompileFailure;

impl From<CompileFailure> for Error {
    fn from(failure: CompileFailure) -> Self {
        let kind = match &failure {
            CompileFailure::Refused(error) => match error.fault {
                StaticFault::TooLong { .. } | StaticFault::TooDeep { .. } => {
                    ErrorKind::LimitExceeded
                }
                _ => ErrorKind::InvalidArgument,
            },
            CompileFailure::Overdue { .. } => ErrorKind::LimitExceeded,
            CompileFailure::NoThread => ErrorKind::Internal,
        };
        let error = Self::new(kind, format!("xquery: {failure}"));
        match failure {
            CompileFailure::Refused(refused) => match refused.place {
                Some(place) => error.at(place.line, place.column),
                None => error,
            },
            _ => error,
        }
    }
}
