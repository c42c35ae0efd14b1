//! Why a body is no document: the publisher's doing, and no fault of theirs; who asks for XML gets
//! no match.

/// What is wrong with a body.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DocumentError {
    /// More bytes than the limit.
    #[error("it has {bytes} bytes, more than the {document_bytes_max} of document_bytes_max")]
    TooLong {
        /// Its length.
        bytes: usize,
        /// The limit.
        document_bytes_max: usize,
    },
    /// Bytes that are no text of the encoding.
    #[error("it is no text in {0}")]
    NotText(&'static str),
    /// An encoding other than UTF-8, UTF-16 and ISO-8859-1.
    #[error("its encoding is not supported: {0}")]
    Encoding(String),
    /// Elements nested deeper than the limit.
    #[error("its elements are nested deeper than the {depth_max} of depth_max")]
    TooDeep {
        /// The limit.
        depth_max: usize,
    },
    /// An element with more attributes than the limit.
    #[error("an element has more than the {attributes_max} attributes of attributes_max")]
    TooManyAttributes {
        /// The limit.
        attributes_max: usize,
    },
    /// More namespace declarations in scope than the limit.
    #[error("more than {namespaces_max} namespace declarations are in scope in one place")]
    TooManyNamespaces {
        /// The limit.
        namespaces_max: usize,
    },
    /// More names than the limit.
    #[error("it has more than {names_max} different names")]
    TooManyNames {
        /// The limit.
        names_max: usize,
    },
    /// Entities that expand to more than the limit.
    #[error("its entities may expand to more than the {document_bytes_max} of document_bytes_max")]
    EntitiesTooLong {
        /// The limit.
        document_bytes_max: usize,
    },
    /// An entity that brings elements.
    #[error("an entity of its DOCTYPE holds markup, which is not supported")]
    MarkupInEntity,
    /// Not well-formed, or not rightly namespaced.
    #[error("{0}")]
    Malformed(String),
    /// The arena refused a node.
    #[error("its tree cannot be built: {0}")]
    Tree(String),
}
