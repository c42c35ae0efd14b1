//! Golden vectors from the specification's encodings, round trips, and hostile bytes.
