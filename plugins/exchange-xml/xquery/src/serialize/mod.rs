//! Serialization (XSLT and XQuery Serialization 3.1).
