//! Objects and methods over a live virtual host.
