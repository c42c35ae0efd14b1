//! Components whose files change while the broker runs.

use std::fs::{Permissions, set_permissions, write};
use std::os::unix::fs::{PermissionsExt, symlink};

use super::*;
use crate::config::PluginSettings;

/// A native plugin `direct`, and a component `geo.wasm` with the types `near` and `in`.
struct Loaded {
    catalog: Catalog,
    folder: tempfile::TempDir,
}

impl Loaded {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut catalog = Catalog::brought(&["direct"], || panic!("nobody asks for an exchange"));
        let path = folder.path().join("geo.wasm");
        write(&path, "1").unwrap();
        catalog.bring_text(&["near", "in"], &path);
        Self { catalog, folder }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("geo.wasm")
    }

    fn reload(&self, name: &str) -> Result<(), String> {
        let plugin = self.catalog.meant(name).map_err(|error| error.to_string())?;
        self.catalog.reload(plugin).map_err(|error| error.to_string())
    }

    /// The version that runs, and how often it was read again.
    fn state(&self) -> (String, u64) {
        let plugin = self.catalog.meant("geo").unwrap();
        (plugin.version(), plugin.sandbox().unwrap().figures().reloads)
    }
}

#[test]
fn a_component_is_read_again_by_each_of_its_names() {
    let loaded = Loaded::new();
    for (reloads, name) in (1..).zip(["geo", "geo.wasm", "near", "in"]) {
        write(loaded.path(), name).unwrap();
        assert_eq!(loaded.reload(name), Ok(()));
        assert_eq!(loaded.state(), (name.to_owned(), reloads));
    }
}

#[test]
fn what_is_wrong_with_the_new_file_is_said_and_the_old_one_stays() {
    let loaded = Loaded::new();
    let path = loaded.path().display().to_string();
    let refused = |why: &str| Err(format!("{path}: {why}; what was loaded before stays"));
    write(loaded.path(), "-").unwrap();
    assert_eq!(loaded.reload("geo"), refused("it begins with a dash"));
    write(loaded.path(), "2").unwrap();
    set_permissions(loaded.path(), Permissions::from_mode(0o646)).unwrap();
    let mode = "mode: found 646, wanted no write access for group and others";
    assert_eq!(loaded.reload("geo"), refused(mode));
    std::fs::remove_file(loaded.path()).unwrap();
    let gone = "readable file: found 'No such file or directory (os error 2)'";
    assert_eq!(loaded.reload("geo"), refused(gone));
    assert_eq!(loaded.state(), ("1".to_owned(), 0));
}

#[test]
fn a_native_library_a_stranger_and_a_name_of_two_are_refused() {
    let mut loaded = Loaded::new();
    let native = "brought is a native library: it stays until the broker is started again";
    assert_eq!(loaded.reload("direct"), Err(native.to_owned()));
    let unknown = "no loaded plugin has a type or a file named 'far'";
    assert_eq!(loaded.reload("far"), Err(unknown.to_owned()));
    let other = loaded.folder.path().join("near.wasm");
    write(&other, "1").unwrap();
    loaded.catalog.bring_text(&["far"], &other);
    let both = "'near' may be geo.wasm or near.wasm: say the name of the file";
    assert_eq!(loaded.reload("near"), Err(both.to_owned()));
    assert_eq!(loaded.reload("near.wasm"), Ok(()));
}

#[test]
fn of_all_components_those_are_read_again_whose_files_have_changed() {
    let loaded = Loaded::new();
    let settings = PluginSettings::default();
    loaded.catalog.reload_changed(&settings);
    assert_eq!(loaded.state(), ("1".to_owned(), 0));
    write(loaded.path(), "2").unwrap();
    loaded.catalog.reload_changed(&settings);
    loaded.catalog.reload_changed(&settings);
    assert_eq!(loaded.state(), ("2".to_owned(), 1));
    // One that was refused is tried again until it is taken.
    write(loaded.path(), "-").unwrap();
    loaded.catalog.reload_changed(&settings);
    assert_eq!(loaded.state(), ("2".to_owned(), 1));
    write(loaded.path(), "2").unwrap();
    loaded.catalog.reload_changed(&settings);
    assert_eq!(loaded.state(), ("2".to_owned(), 1));
    write(loaded.path(), "3").unwrap();
    loaded.catalog.reload_changed(&settings);
    assert_eq!(loaded.state(), ("3".to_owned(), 2));
}

#[test]
fn a_new_pin_stands_from_then_on() {
    let loaded = Loaded::new();
    let mut settings = PluginSettings::default();
    let digest = digest_of(&loaded.path()).unwrap();
    let pin = crate::config::Pin { digest, origin: Origin::option("pin") };
    settings.pins.insert("geo.wasm".to_owned(), pin);
    write(loaded.path(), "2").unwrap();
    loaded.catalog.reload_changed(&settings);
    assert_eq!(loaded.state(), ("1".to_owned(), 0));
    let refused = loaded.reload("geo").unwrap_err();
    assert!(refused.contains(&format!("wanted {digest}")), "{refused}");
    loaded.catalog.reload_changed(&PluginSettings::default());
    assert_eq!(loaded.state(), ("2".to_owned(), 1));
}

/// A component `geo.wasm` that is a link, as operators keep releases, to a file of another name.
fn linked() -> Loaded {
    let folder = tempfile::tempdir().unwrap();
    let mut catalog = Catalog::brought(&["direct"], || panic!("nobody asks for an exchange"));
    for release in ["1", "2"] {
        write(folder.path().join(release), release).unwrap();
    }
    let path = folder.path().join("geo.wasm");
    symlink("1", &path).unwrap();
    catalog.bring_text(&["near", "in"], &path);
    Loaded { catalog, folder }
}

impl Loaded {
    /// Has the link lead elsewhere, in one step.
    fn link_to(&self, target: &str) {
        let new = self.folder.path().join("new");
        symlink(target, &new).unwrap();
        std::fs::rename(new, self.path()).unwrap();
    }
}

#[test]
fn a_link_is_followed_anew() {
    let loaded = linked();
    let settings = PluginSettings::default();
    loaded.catalog.reload_changed(&settings);
    assert_eq!(loaded.state(), ("1".to_owned(), 0));
    loaded.link_to("2");
    loaded.catalog.reload_changed(&settings);
    assert_eq!(loaded.state(), ("2".to_owned(), 1));
    loaded.link_to("1");
    assert_eq!(loaded.reload("geo"), Ok(()));
    assert_eq!(loaded.state(), ("1".to_owned(), 2));
}

#[test]
fn the_pin_of_a_link_stands_for_what_it_leads_to() {
    let loaded = linked();
    let mut settings = PluginSettings::default();
    let digest = digest_of(&loaded.path()).unwrap();
    let pin = crate::config::Pin { digest, origin: Origin::option("pin") };
    settings.pins.insert("geo.wasm".to_owned(), pin);
    loaded.catalog.reload_changed(&settings);
    loaded.link_to("2");
    let refused = loaded.reload("geo").unwrap_err();
    assert!(refused.contains(&format!("wanted {digest}")), "{refused}");
    loaded.catalog.reload_changed(&settings);
    assert_eq!(loaded.state(), ("1".to_owned(), 0));
}

#[test]
fn limits_for_what_is_no_component_are_an_error() {
    let folder = Folder::new(&[("liba.so", &complete())]);
    let config = folder.config(&[], "[wasm.file]\n[wasm.nobody]\n[plugin.file]");
    let lines = folder.load(&config).require(&config).unwrap_err().lines;
    let ends = "no loaded component has a type or a file of this name";
    assert!(lines[0].ends_with(&format!("philter.toml:1:7: wasm.file: {ends}")), "{lines:?}");
    assert!(lines[1].ends_with(&format!("philter.toml:2:7: wasm.nobody: {ends}")), "{lines:?}");
}
