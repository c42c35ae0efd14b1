//! By which names an operator means a plugin, in tables of the configuration and in commands: that
//! of a type that it offers, of its file, and of its file without the ending.

use std::path::Path;

/// Whether a file that offers these types is meant by a name.
pub(crate) fn answers_to<'a>(
    path: &Path,
    mut types: impl Iterator<Item = &'a str>,
    name: &str,
) -> bool {
    let file = file_name(path);
    let stem = file.rsplit_once('.').map_or(file.as_str(), |(stem, _)| stem);
    [file.as_str(), stem].contains(&name) || types.any(|one| one == name)
}

/// The name of a file in its folder.
pub(crate) fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plugin_is_meant_by_its_types_and_by_its_file_alone() {
        let is_meant =
            |name| answers_to(Path::new("/x/geo.wasm"), ["near", "in"].into_iter(), name);
        assert!(["geo.wasm", "geo", "near", "in"].into_iter().all(is_meant));
        assert!(!["", "x", "ge", "geo.wasm.x", "/x/geo.wasm"].into_iter().any(is_meant));
    }
}
