//! Every template as a project.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::template::all;
use super::*;

fn name(text: &str) -> ProjectName {
    ProjectName::new(Some(text), Path::new("")).unwrap()
}

#[test]
fn every_template_has_what_a_project_needs() {
    for template in all() {
        let files = template.files(&name("by-region")).unwrap();
        let file = |path: &str| files.iter().find(|file| file.path == path);
        for needed in ["README.md", "build", "test", ".gitignore"] {
            let found = file(needed).unwrap_or_else(|| panic!("{template:?} has no {needed}"));
            assert!(!found.bytes.is_empty(), "{template:?} {needed}");
        }
        assert!(files.iter().all(|file| !file.bytes.is_empty()), "{template:?}");
        let asks = template.test().contains("messages.jsonl");
        assert_eq!(asks, file("messages.jsonl").is_some(), "{template:?}");
        let programs: Vec<_> = files.iter().filter(|file| file.is_executable).collect();
        assert_eq!(programs.len(), 2, "{template:?}");
        assert!(programs.iter().all(|program| program.bytes.starts_with(b"#!/")), "{template:?}");
        let build = String::from_utf8(file("build").unwrap().bytes.clone()).unwrap();
        assert!(build.contains(&template.product(&name("by-region"))), "{template:?}\n{build}");
    }
}

#[test]
fn nothing_of_the_template_is_left() {
    for template in all() {
        for file in template.files(&name("by-region")).unwrap() {
            let text = String::from_utf8_lossy(&file.bytes);
            for left in ["my-plugin", "my_plugin", "my-carrier"] {
                let is_sdks = file.path.starts_with("philter-plugin-api/");
                assert!(is_sdks || !text.contains(left), "{template:?} {}: {left}", file.path);
            }
        }
    }
}

#[test]
fn what_there_is_no_template_for_names_what_there_is() {
    let error = Template::find(ProjectKind::Filter, Language::Python, CarrierKind::Native);
    let error = error.unwrap_err().to_string();
    let begin = "no template for --kind filter --lang python --native; there are: ";
    assert!(error.starts_with(begin), "{error}");
    assert!(error.contains("--kind filter --lang c --native"), "{error}");
}

#[test]
fn a_folder_with_something_in_it_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = |path: &str, is_executable| ProjectFile {
        path: path.to_owned(),
        bytes: b"x".to_vec(),
        is_executable,
    };
    let project = folder.path().join("a/b");
    write(&project, &[file("src/lib.rs", false), file("build", true)]).unwrap();
    let mode = |path| project.join(path).metadata().unwrap().permissions().mode();
    assert_eq!((mode("build") & 0o777, mode("src/lib.rs") & 0o111), (0o755, 0));
    let error = write(&project, &[file("other", false)]).unwrap_err();
    assert!(error.is_misuse() && error.to_string().ends_with(": the folder is not empty"));
    assert!(!project.join("other").exists());
    let error = write(&project.join("build"), &[]).unwrap_err();
    assert!(!error.is_misuse(), "{error}");
}
