//! The header compiles alone, as C and as C++, and says the same as the structs here.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::constants::constants;
use super::{Struct, layout, structs};

fn include() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("include")
}

/// Runs a compiler of C (`cc`) or C++ (`c++`), which the tests of this crate need.
fn compile(compiler: &str, standard: &str, arguments: &[&Path]) {
    let mut command = Command::new(compiler);
    command.arg(standard).args(["-Wall", "-Wextra", "-Wpedantic", "-Werror", "-I"]);
    command.arg(include()).args(arguments);
    let output = command.output().unwrap_or_else(|error| panic!("{compiler}: {error}"));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}:\n{errors}");
}

#[test]
fn compiles_as_c11_and_as_cpp17() {
    let folder = tempfile::tempdir().unwrap();
    let source = "#include \"philter_plugin.h\"\nint main(void) { return sizeof(ph_host) == 0; }\n";
    let program = folder.path().join("program");
    for (compiler, standard, file) in [("cc", "-std=c11", "h.c"), ("c++", "-std=c++17", "h.cpp")] {
        let file = folder.path().join(file);
        std::fs::write(&file, source).unwrap();
        compile(compiler, standard, &[&file, Path::new("-o"), &program]);
    }
}

#[test]
fn says_the_same_sizes_offsets_and_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let (file, program) = (folder.path().join("layout.c"), folder.path().join("layout"));
    std::fs::write(&file, print_layout()).unwrap();
    compile("cc", "-std=c11", &[&file, Path::new("-o"), &program]);
    let output = Command::new(&program).output().unwrap();
    let found = String::from_utf8(output.stdout).unwrap();
    let mut wanted = layout();
    for (name, value) in constants() {
        wanted += &format!("{name} {value}\n");
    }
    for (found, wanted) in found.lines().zip(wanted.lines()) {
        assert_eq!(found, wanted);
    }
    assert_eq!(found.lines().count(), wanted.lines().count());
}

#[test]
fn every_struct_and_number_of_the_header_is_checked() {
    let header = std::fs::read_to_string(include().join("philter_plugin.h")).unwrap();
    let structs = structs();
    for line in header.lines().filter_map(|line| line.strip_prefix("typedef struct ")) {
        let name = line.split_whitespace().next().unwrap();
        let is_checked = structs.iter().any(|of| of.name == name) || name == "ph_msg";
        assert!(is_checked, "{name} is in no test");
    }
    let constants = constants();
    for line in header.lines().map(str::trim_start) {
        let name = line.strip_prefix("#define ").unwrap_or(line).split([' ', ',', '(']).next();
        let name = name.unwrap_or_default();
        let is_number = name.starts_with("PH_") && !["PH_HAS", "PH_EXPORT"].contains(&name);
        if is_number && (line.contains(" = ") || line.starts_with("#define")) {
            assert!(constants.iter().any(|(known, _)| *known == name), "{name} is in no test");
        }
    }
}

#[test]
fn every_pointer_of_the_header_has_an_owner_and_a_thread() {
    let header = std::fs::read_to_string(include().join("philter_plugin.h")).unwrap();
    let owners = header.matches("OWNERSHIP:").count();
    let threads = header.matches("THREAD:").count();
    assert!(owners >= structs().len(), "{owners}");
    assert!(threads >= owners, "{threads} THREAD lines for {owners} OWNERSHIP lines");
    for block in header.split("typedef struct ").skip(1) {
        let (block, _) = block.split_once("\n}").unwrap_or((block, ""));
        for (index, line) in block.lines().enumerate().filter(|(_, line)| is_pointer(line)) {
            let above: Vec<_> = block.lines().take(index).collect();
            let own = above.rsplit(|line| line.is_empty() || line.ends_with(';')).next().unwrap();
            let has_line = own.iter().any(|line| line.contains("OWNERSHIP:"));
            assert!(has_line, "no OWNERSHIP line above: {line}");
        }
    }
}

/// A field that is a pointer to data.
fn is_pointer(line: &str) -> bool {
    line.starts_with("    ")
        && line.contains('*')
        && line.ends_with(';')
        && !line.contains(['(', ')'])
}

/// A C program that prints what [`layout`] says, and the constants.
fn print_layout() -> String {
    let mut lines = String::new();
    for Struct { name, fields, .. } in structs() {
        lines += &format!("    printf(\"{name} %zu\\n\", sizeof({name}));\n");
        for field in fields {
            let field = field.name;
            lines += &format!(
                "    printf(\"{name}.{field} %zu %zu\\n\", offsetof({name}, {field}), \
                 sizeof((({name} *)0)->{field}));\n"
            );
        }
    }
    for (name, _) in constants() {
        lines += &format!("    printf(\"{name} %lld\\n\", (long long){name});\n");
    }
    format!("#include <stdio.h>\n#include \"philter_plugin.h\"\nint main(void) {{\n{lines}}}\n")
}
