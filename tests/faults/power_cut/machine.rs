//! A machine's disk as the kernel has it: ext4 on a loop device on a [`Drive`]; its power goes, and
//! the next disk has what the cut left.
//!
//! Invariants:
//! - mounts are in a namespace of the test's own, so that the kernel ends them with the test,
//!   however that ends;
//! - the loop device belongs to what is mounted on it, and is given back with it.

use std::fs;
use std::os::unix::fs::FileExt;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::thread;

use fastrand::Rng;
use fuser::{BackgroundSession, Config, MountOption};
use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::sched::{CloneFlags, unshare};
use philter_tests::installation::Want;
use philter_tests::program::{Ended, Program};
use tempfile::TempDir;

use super::drive::{Drive, Loss};
use super::medium::Medium;
use super::server::Server;

/// Far more than a long run writes; what is zero takes no memory.
const DISK_BYTES: u64 = 1024 * 1024 * 1024;
/// Programs that a test's machine is made with.
const PROGRAMS: [&str; 5] = ["losetup", "mkfs.ext4", "e2fsck", "mount", "umount"];
/// How it may be mounted: each holds to what fdatasync promises.
const MOUNT_OPTIONS: [&str; 4] =
    ["data=ordered", "data=writeback", "data=ordered,nodelalloc", "data=ordered,noauto_da_alloc"];

/// A disk in use.
#[derive(Debug)]
pub(super) struct Machine {
    folder: TempDir,
    disk: Option<Disk>,
    /// What it found when it was started last, to be kept where a test fails.
    found: Medium,
}

/// Gives a test a machine, on a thread whose mounts are its own; or says that it is skipped, where
/// this one does not allow it.
///
/// # Panics
/// Where a program is missing that is required, or the file system is not sound afterwards.
pub(super) fn on_a_machine(test: &str, body: impl FnOnce(&mut Machine) + Send) {
    let held = thread::scope(|scope| {
        let alone = scope.spawn(|| {
            leave_the_others()?;
            let mut machine = Machine::start()?;
            body(&mut machine);
            machine.stop();
            Ok(())
        });
        alone.join().unwrap_or_else(|panic| resume_unwind(panic))
    });
    held.unwrap_or_else(|want: Want| want.skip(test));
}

/// This thread's mounts, and those of what it starts, are its own from here on.
fn leave_the_others() -> Result<(), Want> {
    if !rustix::process::geteuid().is_root() {
        return Err(Want::Machine("only root can mount".into()));
    }
    let alone = unshare(CloneFlags::CLONE_NEWNS);
    alone.map_err(|error| Want::Machine(format!("a namespace of mounts is refused: {error}")))?;
    let private = MsFlags::MS_REC | MsFlags::MS_PRIVATE;
    let private = mount(None::<&str>, "/", None::<&str>, private, None::<&str>);
    private.map_err(|error| Want::Machine(format!("mounts can't be private: {error}")))?;
    let missing = PROGRAMS.into_iter().find(|name| Command::new(name).arg("-V").output().is_err());
    missing.map_or(Ok(()), |name| Err(Want::Installation(format!("there is no {name} on PATH"))))
}

impl Machine {
    fn start() -> Result<Self, Want> {
        let folder = TempDir::new().expect("a folder");
        fs::write(folder.path().join("disk"), "").expect("a file to mount on");
        fs::create_dir(folder.path().join("mounted")).expect("a folder to mount on");
        let found = Medium::empty(DISK_BYTES);
        let mut disk = Disk::plug_in(folder.path(), found.clone())?;
        // Few inodes: what is not in tables need not be written.
        let format = ["-q", "-F", "-N", "2048", "-E", "nodiscard,lazy_itable_init=0"];
        run("mkfs.ext4", format.into_iter().chain([disk.device()])).expect_success();
        disk.mount(MOUNT_OPTIONS[0])?;
        Ok(Self { folder, disk: Some(disk), found })
    }

    pub(super) fn drive(&self) -> &Drive {
        &self.disk.as_ref().expect("unplugged for a moment alone").drive
    }

    /// A folder on the disk.
    pub(super) fn data_dir(&self) -> PathBuf {
        self.folder.path().join("mounted").join("data")
    }

    /// A folder beside it.
    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// After a cut, with all ended that used the disk: the machine starts with what is left, as
    /// machines do, by a check of the file system or the kernel's own replay alone.
    ///
    /// # Panics
    /// Where the file system can't be mended: then a disk like this one is not what it is made for.
    pub(super) fn recover(&mut self, dice: &mut Rng) -> Loss {
        let (medium, loss) = self.drive().recover(dice);
        self.found = medium.clone();
        self.disk.take().expect("the one that was cut").unplug();
        let disk = Disk::plug_in(self.folder.path(), medium);
        let mut disk = disk.expect("what this machine could before");
        if dice.bool() {
            disk.check();
        }
        disk.mount(MOUNT_OPTIONS[dice.usize(..MOUNT_OPTIONS.len())]).expect("the same ext4");
        self.disk = Some(disk);
        loss
    }

    /// Ends in order; the file system is found as sound as it was left.
    fn stop(mut self) {
        let disk = self.disk.take().expect("unplugged for a moment alone");
        let content = disk.unplug();
        let disk = Disk::plug_in(self.folder.path(), content);
        let disk = disk.expect("what this machine could before");
        run("e2fsck", ["-f", "-n", disk.device()]).expect_success();
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        if !thread::panicking() {
            return;
        }
        let kept = TempDir::new().expect("a folder").keep().join("disk.ext4");
        let file = fs::File::create(&kept).expect("a file");
        file.set_len(self.found.bytes()).expect("a length");
        for (offset, page) in self.found.written() {
            file.write_all_at(page, offset).expect("a page");
        }
        println!("the disk as it was found at the last start: {}", kept.display());
    }
}

/// The drive with all that the kernel has over it.
#[derive(Debug)]
struct Disk {
    drive: Arc<Drive>,
    session: Option<BackgroundSession>,
    /// Its drive as a file.
    file: PathBuf,
    device: String,
    holds: Holds,
    mount_point: PathBuf,
}

/// What has to be given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holds {
    Nothing,
    Device,
    /// The device goes with it.
    Mount,
}

impl Disk {
    fn plug_in(folder: &Path, medium: Medium) -> Result<Self, Want> {
        let drive = Arc::new(Drive::new(medium));
        let (file, mount_point) = (folder.join("disk"), folder.join("mounted"));
        let mut config = Config::default();
        config.mount_options.push(MountOption::FSName("philter-test".into()));
        let server = Server(Arc::clone(&drive));
        let session = fuser::spawn_mount(server, &file, &config);
        let session = session.map_err(|error| Want::Machine(format!("FUSE: {error}")))?;
        let (device, holds) = (String::new(), Holds::Nothing);
        let mut disk = Self { drive, session: Some(session), file, device, holds, mount_point };
        let file = disk.file.to_str().expect("a path in UTF-8");
        let ended = run("losetup", ["--find", "--show", "--direct-io=on", file]);
        if !ended.status.success() {
            return Err(Want::Machine(format!("loop devices: {}", ended.stderr.join(", "))));
        }
        disk.device = ended.stdout.concat();
        disk.holds = Holds::Device;
        Ok(disk)
    }

    fn device(&self) -> &str {
        &self.device
    }

    fn check(&self) {
        let ended = run("e2fsck", ["-f", "-p", &self.device]);
        // 1: it has mended what a cut leaves.
        assert!(ended.status.code().is_some_and(|code| code <= 1), "{}", ended.report());
    }

    fn mount(&mut self, options: &str) -> Result<(), Want> {
        let mount_point = self.mount_point.to_str().expect("a path in UTF-8");
        let options = format!("errors=remount-ro,{options}");
        let ended = run("mount", ["-t", "ext4", "-o", &options, &self.device, mount_point]);
        if ended.stderr.iter().any(|line| line.contains("unknown filesystem")) {
            return Err(Want::Machine("the kernel has no ext4".into()));
        }
        ended.expect_success();
        self.holds = Holds::Mount;
        // It is in use: from here on it goes with the last who has it.
        run("losetup", ["--detach", &self.device]).expect_success();
        Ok(())
    }

    /// With its last content.
    fn unplug(mut self) -> Medium {
        self.give_back();
        // The kernel may have the file for a moment yet; the session ends when nobody has.
        umount2(&self.file, MntFlags::MNT_DETACH).expect("it is mounted");
        let session = self.session.take().expect("it is plugged in");
        session.join().expect("a session that the kernel ends");
        self.drive.content()
    }

    fn give_back(&mut self) {
        match std::mem::replace(&mut self.holds, Holds::Nothing) {
            Holds::Nothing => return,
            Holds::Device => run("losetup", ["--detach", &self.device]),
            Holds::Mount => run("umount", [self.mount_point.to_str().expect("a path in UTF-8")]),
        }
        .expect_success();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        self.drive.turn_off();
        if thread::panicking() {
            // Who still uses it may end later, and it with him.
            match self.holds {
                Holds::Nothing => {}
                Holds::Device => drop(run("losetup", ["--detach", &self.device])),
                Holds::Mount => {
                    drop(run("umount", ["--lazy", &self.mount_point.to_string_lossy()]))
                }
            }
        } else {
            self.give_back();
        }
    }
}

fn run<'a>(program: &str, arguments: impl IntoIterator<Item = &'a str>) -> Ended {
    Program::run(Command::new(program).args(arguments), "")
}
