//! Embeds what `philter plugin new` writes: templates, and the copies of SDK, header and contract
//! that a new project gets.
//!
//! Invariant: every file of a folder is embedded, so that a template needs no list of its files.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// Files and folders, from the workspace's root.
const EMBEDDED: [&str; 14] = [
    "Cargo.toml",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "examples/filter-c/philter_filter.h",
    "examples/filter-c/philter_guest.h",
    "examples/filter-js/philter_guest.js",
    "examples/filter-python/philter_guest.py",
    "plugin-api/Cargo.toml",
    "plugin-api/README.md",
    "plugin-api/guest",
    "plugin-api/include",
    "plugin-api/src",
    "plugin-api/templates",
    "plugin-api/wit",
];

fn main() -> io::Result<()> {
    let variable = |name| env::var_os(name).ok_or(io::ErrorKind::NotFound);
    let root = Path::new(&variable("CARGO_MANIFEST_DIR")?).join("..").canonicalize()?;
    let mut files = Vec::new();
    for embedded in EMBEDDED {
        println!("cargo::rerun-if-changed={}", root.join(embedded).display());
        collect(&root.join(embedded), &mut files)?;
    }
    files.sort();
    let mut table = String::from("&[\n");
    for file in files {
        let name = file.strip_prefix(&root).unwrap_or(&file);
        // Writing to a String does not fail.
        let _ = writeln!(table, "    ({name:?}, include_bytes!({file:?})),");
    }
    table.push_str("]\n");
    fs::write(Path::new(&variable("OUT_DIR")?).join("embedded.rs"), table)
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    if path.is_file() {
        files.push(path.to_owned());
        return Ok(());
    }
    for entry in fs::read_dir(path)? {
        collect(&entry?.path(), files)?;
    }
    Ok(())
}
