//! Two nodes, three roles, and a place for what is collected.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use inventory::{Host, Inventory, LogType};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use log_collection::{Event, Extra, PlaceTarget, Request, Summary, Target, Window, collect, folder_name, jobs};
use share::Place;
use support::machine;
use support::sshd::{ADDRESS, Sshd};
use tempfile::TempDir;
use tokio::sync::mpsc;

/// A stamp, and a folder that logs go to.
pub(crate) struct World {
    pub(crate) sshd: Option<Sshd>,
    pub(crate) logs: TempDir,
    pub(crate) out: TempDir,
    pub(crate) inventory: Inventory,
}

/// What a collection told.
#[derive(Debug, Default)]
pub(crate) struct Told {
    pub(crate) warnings: Vec<String>,
    pub(crate) lost: Vec<(String, String)>,
    pub(crate) end: Option<std::io::Result<Summary>>,
}

impl World {
    /// node01 is this host; node02 is it again, behind sshd. `more` stands at the end of the inventory.
    pub(crate) fn new(more: &str) -> World {
        let (sshd, logs, out) = (Sshd::node(ADDRESS), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let here = logs.path();
        for (name, text) in [
            ("storage/a.log", "storage a\n".repeat(2000)),
            ("storage/b's $(x).log", "storage b\n".repeat(10)),
            ("storage/empty.log", String::new()),
            ("storage/note.txt", "no log".into()),
            ("web/access.log", "web\n".into()),
            ("dumps/core.1", "a dump".into()),
        ] {
            fs::create_dir_all(here.join(name).parent().unwrap()).unwrap();
            fs::write(here.join(name), text).unwrap();
        }
        let old = File::create(here.join("storage/old.log")).unwrap();
        old.set_modified(std::time::SystemTime::now() - Duration::from_hours(24)).unwrap();
        let text = format!(
            "[stamp]\ntimezone = \"Europe/Berlin\"\n\
             [[nodes]]\nname = \"node01\"\nreach = \"local\"\nroles = [\"Storage\", \"WAS\"]\n\
             [[nodes]]\nname = \"node02\"\naddress = \"{ADDRESS}\"\nroles = [\"Storage\", \"Slow\"]\n\
             ssh = {{ user = \"{}\", port = {}, key = \"{}\", host_key = \"{}\" }}\n\
             [roles.Storage]\nlogs = [{{ files = \"{here}/storage/*.log\" }}, {{ command = [\"echo\", \"it's $HOME\"], name = \"said.txt\" }}]\n\
             dumps = [\"{here}/dumps/*\"]\n\
             [roles.WAS]\nlogs = [{{ files = \"{here}/web/*.log\", type = \"Share\" }}, {{ command = [\"seq\", \"5\"], type = \"WindowsEvent\" }}]\n\
             [roles.Slow]\nlogs = [{{ command = [\"sh\", \"-c\", \"echo begun; exec sleep 7503.5\"], name = \"slow.txt\" }}]\n{more}",
            machine::user(),
            sshd.port(),
            sshd.key().display(),
            sshd.host_key(),
            here = here.display(),
        );
        let inventory =
            Inventory::parse(&text, Path::new("inventory.toml"), &Host::this()).unwrap_or_else(|e| panic!("{e}"));
        World { sshd: Some(sshd), logs, out, inventory }
    }

    pub(crate) fn request(&self, roles: &[&str], nodes: &[&str], types: &[LogType], extra: &Extra) -> Request {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let now = Timestamp::now();
        Request {
            jobs: jobs(&self.inventory, &owned(roles), &owned(nodes), types, extra),
            window: Window::new(None, None, &TimeZone::UTC, now).unwrap(),
            limit: Duration::from_mins(1),
            part_bytes: 100 * 1024 * 1024,
            folder: folder_name(now, &self.inventory.stamp.zone(), "pep01"),
            head: vec!["A test".into()],
            zone: self.inventory.stamp.zone(),
            at_a_time: 2,
        }
    }

    pub(crate) fn folder(&self) -> Arc<dyn Target> {
        Arc::new(PlaceTarget(Arc::new(Place::folder(self.out.path()).unwrap())))
    }

    /// Collects into the folder.
    pub(crate) async fn collect(&self, request: Request) -> (Told, Tree) {
        let folder = self.out.path().join(&request.folder);
        let told = listen(collect(request, self.folder())).await;
        (told, Tree::read(&folder))
    }
}

/// Listens to the end.
pub(crate) async fn listen(mut events: mpsc::Receiver<Event>) -> Told {
    let mut told = Told::default();
    while let Some(event) = events.recv().await {
        match event {
            Event::Warning(text) => told.warnings.push(text),
            Event::Lost { what, why } => told.lost.push((what, why)),
            Event::End(end) => told.end = Some(end),
            Event::Line(_) | Event::Progress { .. } => {}
        }
    }
    told
}

/// What a collection's folder holds.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    /// The files of the folder.
    pub(crate) files: Vec<String>,
    /// All zips unpacked into one tree.
    pub(crate) unpacked: BTreeMap<String, Vec<u8>>,
    /// The output log.
    pub(crate) log: String,
}

impl Tree {
    pub(crate) fn read(folder: &Path) -> Tree {
        let mut tree = Tree::default();
        for entry in fs::read_dir(folder).into_iter().flatten().map(Result::unwrap) {
            let name = entry.file_name().into_string().unwrap();
            let extension = entry.path().extension().and_then(|extension| extension.to_str().map(str::to_owned));
            if extension.as_deref() == Some("zip") {
                tree.unpack(&fs::read(entry.path()).unwrap());
            }
            if extension.as_deref() == Some("log") {
                tree.log = fs::read_to_string(entry.path()).unwrap();
            }
            tree.files.push(name);
        }
        tree.files.sort();
        tree
    }

    pub(crate) fn unpack(&mut self, zip: &[u8]) {
        let mut archive = zip::ZipArchive::new(std::io::Cursor::new(zip)).unwrap();
        for at in 0..archive.len() {
            let mut file = archive.by_index(at).unwrap();
            let (name, mut bytes) = (file.name().unwrap().into_owned(), Vec::new());
            file.read_to_end(&mut bytes).unwrap();
            assert!(self.unpacked.insert(name.clone(), bytes).is_none(), "{name} twice");
        }
    }

    /// The names of what was unpacked, from their node on; the folder of this test is left out.
    pub(crate) fn names(&self, world: &World) -> Vec<String> {
        let here = format!("{}/", world.logs.path().strip_prefix("/").unwrap().display());
        self.unpacked.keys().map(|name| name.replace(&here, "")).collect()
    }
}
