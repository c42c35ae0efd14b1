//! The copy of the SDK in a new project: the crate as it is, with a manifest that needs no
//! workspace.

use toml::{Table, Value};

use super::{ProjectError, ProjectFile, embedded};

/// Its folder in a project.
const FOLDER: &str = "philter-plugin-api";

/// What the manifest needs no more as that of somebody's dependency.
const LEFT_OUT: [&str; 2] = ["dev-dependencies", "lints"];

/// Folders beside the crate that are no part of it.
const BESIDE: [&str; 2] = ["guest/", "templates/"];

/// The crate's files.
///
/// # Errors
/// A fault of this program's: a manifest that it does not understand.
pub(super) fn files() -> Result<Vec<ProjectFile>, ProjectError> {
    let file = |path: &str, bytes: &[u8]| ProjectFile {
        path: format!("{FOLDER}/{path}"),
        bytes: bytes.to_owned(),
        is_executable: false,
    };
    let is_crates =
        |path: &str| path != "Cargo.toml" && !BESIDE.iter().any(|folder| path.starts_with(folder));
    let sources = embedded::folder("plugin-api").filter(|(path, _)| is_crates(path));
    let mut files: Vec<ProjectFile> = sources.map(|(path, bytes)| file(path, bytes)).collect();
    for licence in ["LICENSE-APACHE", "LICENSE-MIT"] {
        files.push(file(licence, embedded::file(licence)));
    }
    files.push(file("Cargo.toml", manifest()?.as_bytes()));
    Ok(files)
}

/// The crate's manifest with the workspace's values in it.
fn manifest() -> Result<String, ProjectError> {
    let mut manifest = read("plugin-api/Cargo.toml")?;
    let workspace = read("Cargo.toml")?;
    let workspace = table(&workspace, "workspace")?;
    for left_out in LEFT_OUT {
        manifest.remove(left_out);
    }
    for (section, values) in [("package", "package"), ("dependencies", "dependencies")] {
        let values = table(workspace, values)?;
        for (name, value) in table_mut(&mut manifest, section)?.iter_mut() {
            resolve(name, value, values)?;
        }
    }
    toml::to_string(&manifest).map_err(|error| wrong(error.to_string()))
}

/// Puts the workspace's value in the place of `workspace = true`; what stands beside it stays.
fn resolve(name: &str, value: &mut Value, workspace: &Table) -> Result<(), ProjectError> {
    let Some(own) = value.as_table_mut().filter(|own| own.contains_key("workspace")) else {
        return Ok(());
    };
    own.remove("workspace");
    let inherited = workspace.get(name).ok_or_else(|| wrong(format!("no {name} to inherit")))?;
    if own.is_empty() {
        *value = inherited.clone();
        return Ok(());
    }
    match inherited {
        Value::Table(inherited) => {
            let inherited = inherited.iter().filter(|(key, _)| !own.contains_key(*key));
            let inherited: Table = inherited.map(|(k, v)| (k.clone(), v.clone())).collect();
            own.extend(inherited);
        }
        version => {
            own.insert("version".to_owned(), version.clone());
        }
    }
    Ok(())
}

fn read(path: &str) -> Result<Table, ProjectError> {
    let text = String::from_utf8_lossy(embedded::file(path));
    text.parse().map_err(|error: toml::de::Error| wrong(error.to_string()))
}

fn table<'a>(of: &'a Table, name: &str) -> Result<&'a Table, ProjectError> {
    of.get(name).and_then(Value::as_table).ok_or_else(|| wrong(format!("no [{name}]")))
}

fn table_mut<'a>(of: &'a mut Table, name: &str) -> Result<&'a mut Table, ProjectError> {
    of.get_mut(name).and_then(Value::as_table_mut).ok_or_else(|| wrong(format!("no [{name}]")))
}

fn wrong(why: String) -> ProjectError {
    ProjectError::Manifest { why }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manifest_needs_no_workspace() {
        let manifest = manifest().unwrap();
        assert!(!manifest.contains("workspace"), "{manifest}");
        let read: Table = manifest.parse().unwrap();
        assert_eq!(read["package"]["version"].as_str(), Some(env!("CARGO_PKG_VERSION")));
        assert_eq!(read["package"]["edition"].as_str(), Some("2024"));
        assert!(read["dependencies"]["thiserror"].is_str());
        let libloading = &read["dependencies"]["libloading"];
        assert_eq!(libloading["optional"].as_bool(), Some(true));
        assert!(libloading["version"].is_str() && !read.contains_key("dev-dependencies"));
    }

    #[test]
    fn every_source_of_the_crate_is_in_the_copy() {
        let files = files().unwrap();
        let has = |path: &str| files.iter().any(|file| file.path == format!("{FOLDER}/{path}"));
        assert!(has("src/lib.rs") && has("include/philter_plugin.h") && has("Cargo.toml"));
        assert!(has("wit/philter-plugin.wit") && has("LICENSE-MIT") && has("README.md"));
        assert!(!has("templates/README.md") && !has("guest/README.md"));
        assert!(files.iter().all(|file| !file.bytes.is_empty()));
    }
}
