//! What a console asks, read from a message's headers and body.

use philter_protocol::reader::{Fault, Reader};
use philter_protocol::v0_10::value::{FieldMap, Value as Wire};

use super::limits::REQUEST_BYTES_MAX;
use super::predicate::{Predicate, PredicateError};
use super::value::{object_name, text_of};

/// A request.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Request {
    /// Who is there?
    Locate,
    /// What is there?
    Query(Query),
    /// A method is called.
    Method {
        /// The object's name.
        object: String,
        /// The method's name.
        method: String,
        /// Its arguments, as they came.
        arguments: FieldMap,
    },
}

/// What a console wants to know.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Query {
    /// Which objects it is about.
    pub(super) target: Target,
    /// Which of them it wants; all if there is none.
    pub(super) predicate: Option<Predicate>,
}

/// What a query is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// The object of a name.
    Object(String),
    /// The objects of a class; an empty package stands for any.
    Class {
        /// The package.
        package: String,
        /// The class.
        name: String,
    },
}

/// Why a message is no request that can be answered; the console's fault each.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum RequestError {
    #[error("the request has {0} bytes; {REQUEST_BYTES_MAX} is the limit")]
    TooLong(usize),
    #[error("header qmf.opcode is missing or no text")]
    NoOpcode,
    #[error("opcode '{0}' not supported")]
    UnknownOpcode(String),
    #[error("the body is no map: {0}")]
    NoMap(Fault),
    #[error("{0} is missing")]
    Missing(&'static str),
    #[error("{0} is no text")]
    NoText(&'static str),
    #[error("{0} is no map")]
    EntryNoMap(&'static str),
    #[error("{0} has no _object_name")]
    NoObjectName(&'static str),
    #[error("Query for _what => '{0}' not supported")]
    UnknownWhat(String),
    #[error("_where: {0}")]
    Where(#[from] PredicateError),
}

impl Request {
    /// Reads a request.
    ///
    /// # Errors
    /// See [`RequestError`].
    pub(super) fn decode(headers: &FieldMap, body: &[u8]) -> Result<Self, RequestError> {
        if body.len() > REQUEST_BYTES_MAX {
            return Err(RequestError::TooLong(body.len()));
        }
        match headers.get("qmf.opcode").and_then(text_of).ok_or(RequestError::NoOpcode)? {
            "_agent_locate_request" => Ok(Self::Locate),
            "_query_request" => Query::read(&map_of(body)?).map(Self::Query),
            "_method_request" => method(&map_of(body)?),
            other => Err(RequestError::UnknownOpcode(other.to_owned())),
        }
    }
}

fn map_of(body: &[u8]) -> Result<FieldMap, RequestError> {
    FieldMap::decode(&mut Reader::new(body)).map_err(RequestError::NoMap)
}

fn method(map: &FieldMap) -> Result<Request, RequestError> {
    Ok(Request::Method {
        object: object_of(map)?.ok_or(RequestError::Missing("_object_id"))?,
        method: text_entry(map, "_method_name")?.ok_or(RequestError::Missing("_method_name"))?,
        arguments: match map.get("_arguments") {
            Some(Wire::Map(arguments)) => arguments.clone(),
            None | Some(Wire::Void) => FieldMap::new(),
            Some(_) => return Err(RequestError::EntryNoMap("_arguments")),
        },
    })
}

impl Query {
    fn read(map: &FieldMap) -> Result<Self, RequestError> {
        let what = text_entry(map, "_what")?.ok_or(RequestError::Missing("_what"))?;
        if what != "OBJECT" {
            return Err(RequestError::UnknownWhat(what));
        }
        let predicate = map.get("_where").map(Predicate::decode).transpose()?;
        Ok(Self { target: Target::read(map)?, predicate })
    }
}

impl Target {
    fn read(map: &FieldMap) -> Result<Self, RequestError> {
        if let Some(name) = object_of(map)? {
            return Ok(Self::Object(name));
        }
        let Some(Wire::Map(schema)) = map.get("_schema_id") else {
            return Err(match map.get("_schema_id") {
                Some(_) => RequestError::EntryNoMap("_schema_id"),
                None => RequestError::Missing("_schema_id or _object_id"),
            });
        };
        Ok(Self::Class {
            package: text_entry(schema, "_package_name")?.unwrap_or_default(),
            name: text_entry(schema, "_class_name")?
                .ok_or(RequestError::Missing("_schema_id: _class_name"))?,
        })
    }
}

fn object_of(map: &FieldMap) -> Result<Option<String>, RequestError> {
    match map.get("_object_id") {
        None => Ok(None),
        Some(id @ Wire::Map(_)) => {
            let name = object_name(id).ok_or(RequestError::NoObjectName("_object_id"))?;
            Ok(Some(name.to_owned()))
        }
        Some(_) => Err(RequestError::EntryNoMap("_object_id")),
    }
}

fn text_entry(map: &FieldMap, name: &'static str) -> Result<Option<String>, RequestError> {
    map.get(name)
        .map(|value| text_of(value).map(str::to_owned).ok_or(RequestError::NoText(name)))
        .transpose()
}
