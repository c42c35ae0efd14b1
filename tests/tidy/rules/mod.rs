//! The rules, one a file. Each takes what it needs of the tree and answers with what is broken, and
//! each has a test that shows it something broken.

pub(crate) mod allow_reason;
pub(crate) mod dependency_direction;
pub(crate) mod file_length;
pub(crate) mod file_name;
pub(crate) mod function_length;
pub(crate) mod line_width;
pub(crate) mod link_target;
pub(crate) mod machine_path;
pub(crate) mod manifest_key;
pub(crate) mod opening_paragraph;
pub(crate) mod orphan;
pub(crate) mod plugin_abi_use;
pub(crate) mod purity;
pub(crate) mod readme;
pub(crate) mod test_sleep;
pub(crate) mod unfinished;
pub(crate) mod unsafe_place;
