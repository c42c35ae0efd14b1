//! Tidy: the habits of this repository that no lint can hold, each as a test over the whole tree.
//!
//! A broken habit is reported as `path:line: what, why`. Every rule stands in a file of its own
//! under `rules/`, with a test that shows it something broken.

#![allow(clippy::string_slice, reason = "offsets come from the same text")]

#[cfg(test)]
mod manifest;
#[cfg(test)]
mod rules;
#[cfg(test)]
mod rust_text;
#[cfg(test)]
mod source;
#[cfg(test)]
mod tree;
#[cfg(test)]
mod violation;

#[cfg(test)]
mod tests {
    use super::rules::*;
    use super::violation::{Violation, hold};
    use super::{manifest, source::Source, tree};

    fn each_source<T: IntoIterator<Item = Violation>>(rule: impl Fn(&Source) -> T) {
        hold(tree::sources().iter().flat_map(rule).collect());
    }

    /// Holds a rule over the texts of files whose path ends so.
    fn each_text(endings: &[&str], rule: impl Fn(&str, &str) -> Vec<Violation>) {
        let paths = tree::files().into_iter();
        let paths = paths.filter(|path| endings.iter().any(|ending| path.ends_with(ending)));
        hold(paths.flat_map(|path| rule(&path, &tree::read(&path))).collect());
    }

    #[test]
    fn every_source_opens_with_its_reason() {
        each_source(opening_paragraph::check);
    }

    #[test]
    fn no_source_is_too_long() {
        each_source(file_length::check);
    }

    #[test]
    fn few_sources_are_long() {
        hold(file_length::check_share(&tree::sources()));
    }

    #[test]
    fn no_function_is_too_long() {
        each_source(function_length::check);
    }

    #[test]
    fn no_line_is_too_wide() {
        each_source(line_width::check);
    }

    #[test]
    fn every_source_is_compiled() {
        hold(orphan::check(&tree::sources()));
    }

    #[test]
    fn no_file_has_a_banned_name() {
        hold(tree::files().iter().filter_map(|path| file_name::check(path)).collect());
    }

    #[test]
    fn unsafe_code_stands_in_its_place() {
        each_source(unsafe_place::check);
    }

    #[test]
    fn every_exception_has_its_reason() {
        each_source(allow_reason::check);
    }

    #[test]
    fn nothing_is_left_for_later() {
        each_source(unfinished::check);
    }

    #[test]
    fn no_test_sleeps() {
        each_source(test_sleep::check);
    }

    #[test]
    fn protocol_and_model_are_values() {
        each_source(purity::check);
    }

    #[test]
    fn the_model_never_names_the_abi() {
        each_source(plugin_abi_use::check);
    }

    #[test]
    fn every_crate_takes_from_the_workspaces_tables() {
        hold(manifest::members().iter().flat_map(manifest_key::check).collect());
    }

    #[test]
    fn imports_go_along_the_layers() {
        let members = manifest::members();
        hold(members.iter().flat_map(|m| dependency_direction::check(m, &members)).collect());
    }

    #[test]
    fn every_plugin_and_example_has_a_readme() {
        hold(readme::check(&tree::files()));
    }

    #[test]
    fn every_link_leads_somewhere() {
        each_text(&[".md"], |path, text| {
            link_target::check(path, text, |target| tree::root().join(target).exists())
        });
    }

    #[test]
    fn no_text_names_a_machines_folder() {
        let endings =
            [".rs", ".md", ".toml", ".c", ".h", ".py", ".sh", ".ci/run", ".ci/clients", "/run"];
        each_text(&endings, machine_path::check);
    }
}
