//! Files in memory that forget, when the power goes, what was not synced.

use std::any::Any;
use std::collections::BTreeMap;
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use super::random::Random;
use crate::files::{Files, WriteFile};

/// How much of a file the disk takes at a time.
const SECTOR: usize = 64;

#[derive(Clone)]
enum Change {
    Write { at: usize, octets: Vec<u8> },
    Truncate(usize),
}

#[derive(Clone)]
enum NameChange {
    New(String, usize),
    Gone(String),
    Renamed { from: String, to: String, node: usize },
}

#[derive(Clone)]
enum Node {
    File { now: Vec<u8>, held: Vec<u8>, unsynced: Vec<Change> },
    Directory { now: BTreeMap<String, usize>, held: BTreeMap<String, usize>, unsynced: Vec<NameChange> },
}

fn directory() -> Node {
    Node::Directory { now: BTreeMap::new(), held: BTreeMap::new(), unsynced: Vec::new() }
}

#[derive(Clone)]
struct State {
    nodes: Vec<Node>,
    /// How many more changes there are before the power goes; the last of them may get through.
    left: usize,
    last_gets_through: bool,
}

/// The files. Clones are the same files.
#[derive(Clone)]
pub(super) struct Forgetful(Arc<Mutex<State>>);

impl Forgetful {
    pub(super) fn new() -> Forgetful {
        Forgetful::of(vec![directory()])
    }

    fn of(nodes: Vec<Node>) -> Forgetful {
        Forgetful(Arc::new(Mutex::new(State { nodes, left: usize::MAX, last_gets_through: false })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// The power goes after so many changes.
    pub(super) fn cut_after(&self, changes: usize, last_gets_through: bool) {
        let mut state = self.state();
        (state.left, state.last_gets_through) = (changes, last_gets_through);
    }

    pub(super) fn is_off(&self) -> bool {
        self.state().left == 0
    }

    /// What a process finds that starts after the one before was killed: all that was written.
    pub(super) fn after_a_kill(&self) -> Forgetful {
        Forgetful::of(self.state().nodes.clone())
    }

    /// What a process finds after the power came back.
    pub(super) fn after_a_power_cut(&self, random: &mut Random) -> Forgetful {
        Forgetful::of(self.state().nodes.iter().map(|node| survived(node, random)).collect())
    }

    /// The files of a directory, without their own directories.
    pub(super) fn contents(&self, path: &Path) -> BTreeMap<String, Vec<u8>> {
        let state = self.state();
        let Ok(Node::Directory { now, .. }) = state.node(path) else { return BTreeMap::new() };
        let files = now.iter().filter_map(|(name, node)| match &state.nodes[*node] {
            Node::File { now, .. } => Some((name.clone(), now.clone())),
            Node::Directory { .. } => None,
        });
        files.collect()
    }

    /// Names of a directory, changed by one thing that a power cut may forget.
    fn change_names<T>(
        &self,
        path: &Path,
        change: impl FnOnce(&mut State, usize, String) -> io::Result<(NameChange, T)>,
    ) -> io::Result<T> {
        let mut state = self.state();
        let above = state.find(path.parent().ok_or(ErrorKind::NotFound)?)?;
        let through = state.spend()?;
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let (change, done) = change(&mut state, above, name)?;
        let Node::Directory { now, unsynced, .. } = &mut state.nodes[above] else {
            return Err(ErrorKind::NotADirectory.into());
        };
        apply(now, &change);
        unsynced.push(change);
        if through { Ok(done) } else { Err(off()) }
    }

    fn new_node(&self, path: &Path, node: Node) -> io::Result<usize> {
        if self.exists(path) {
            return Err(ErrorKind::AlreadyExists.into());
        }
        self.change_names(path, |state, _, name| {
            state.nodes.push(node);
            Ok((NameChange::New(name, state.nodes.len() - 1), state.nodes.len() - 1))
        })
    }

    fn gone(&self, path: &Path) -> io::Result<()> {
        self.state().find(path)?;
        self.change_names(path, |_, _, name| Ok((NameChange::Gone(name), ())))
    }

    fn file(&self, node: usize) -> Box<dyn WriteFile> {
        Box::new(Open { files: self.clone(), node })
    }
}

fn off() -> io::Error {
    io::Error::other("the power is off")
}

fn apply(names: &mut BTreeMap<String, usize>, change: &NameChange) {
    match change {
        NameChange::New(name, node) => drop(names.insert(name.clone(), *node)),
        NameChange::Gone(name) => drop(names.remove(name)),
        NameChange::Renamed { from, to, node } => {
            names.remove(from);
            names.insert(to.clone(), *node);
        }
    }
}

fn survived(node: &Node, random: &mut Random) -> Node {
    match node {
        Node::Directory { held, unsynced, .. } => {
            let mut names = held.clone();
            for change in unsynced {
                if random.below(2) == 0 {
                    apply(&mut names, change);
                }
            }
            Node::Directory { now: names.clone(), held: names, unsynced: Vec::new() }
        }
        Node::File { held, unsynced, .. } => {
            let mut octets = held.clone();
            let in_order = random.below(2) == 0;
            // all, none, or some of it
            let whole = random.below(unsynced.len() + 1);
            for (number, change) in unsynced.iter().enumerate() {
                match change {
                    Change::Truncate(length) if number < whole => octets.truncate(*length),
                    Change::Truncate(_) => break,
                    Change::Write { at, octets: new } => {
                        if in_order && number > whole {
                            break;
                        }
                        let all = number < whole;
                        let length = if all { new.len() } else { random.below(new.len() + 1) };
                        octets.resize(octets.len().max(at + length), 0);
                        for start in (0..length).step_by(SECTOR) {
                            let end = (start + SECTOR).min(length);
                            if (all && in_order) || random.below(2) == 0 {
                                octets[at + start..at + end].copy_from_slice(&new[start..end]);
                            }
                        }
                    }
                }
            }
            Node::File { now: octets.clone(), held: octets, unsynced: Vec::new() }
        }
    }
}

impl State {
    /// One more change: whether it gets through.
    fn spend(&mut self) -> io::Result<bool> {
        match self.left {
            0 => Err(off()),
            1 => {
                self.left = 0;
                if self.last_gets_through { Ok(false) } else { Err(off()) }
            }
            _ => {
                self.left -= 1;
                Ok(true)
            }
        }
    }

    fn find(&self, path: &Path) -> io::Result<usize> {
        if self.left == 0 {
            return Err(off());
        }
        self.look(path)
    }

    fn look(&self, path: &Path) -> io::Result<usize> {
        let mut node = 0;
        for name in path.strip_prefix("/").unwrap() {
            let Node::Directory { now, .. } = &self.nodes[node] else { return Err(ErrorKind::NotADirectory.into()) };
            node = *now.get(name.to_str().unwrap()).ok_or(ErrorKind::NotFound)?;
        }
        Ok(node)
    }

    fn node(&self, path: &Path) -> io::Result<&Node> {
        Ok(&self.nodes[self.look(path)?])
    }
}

/// An open file.
struct Open {
    files: Forgetful,
    node: usize,
}

impl Open {
    fn change(&self, make: impl FnOnce(&Vec<u8>) -> Change) -> io::Result<()> {
        let mut state = self.files.state();
        let through = state.spend()?;
        let Node::File { now, unsynced, .. } = &mut state.nodes[self.node] else { unreachable!() };
        let change = make(now);
        match &change {
            Change::Write { octets, .. } => now.extend_from_slice(octets),
            Change::Truncate(length) => now.truncate(*length),
        }
        unsynced.push(change);
        if through { Ok(()) } else { Err(off()) }
    }
}

impl Write for Open {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.change(|now| Change::Write { at: now.len(), octets: octets.to_vec() })?;
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl WriteFile for Open {
    fn sync(&mut self) -> io::Result<()> {
        let mut state = self.files.state();
        let through = state.spend()?;
        let Node::File { now, held, unsynced } = &mut state.nodes[self.node] else { unreachable!() };
        held.clone_from(now);
        unsynced.clear();
        if through { Ok(()) } else { Err(off()) }
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        self.change(|_| Change::Truncate(usize::try_from(length).unwrap()))
    }
}

impl Files for Forgetful {
    fn create_directory(&self, path: &Path) -> io::Result<()> {
        self.new_node(path, directory()).map(drop)
    }

    fn append(&self, path: &Path) -> io::Result<Box<dyn WriteFile>> {
        if !self.exists(path) {
            return self.create(path);
        }
        let node = self.state().find(path)?;
        Ok(self.file(node))
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn WriteFile>> {
        let file = Node::File { now: Vec::new(), held: Vec::new(), unsynced: Vec::new() };
        Ok(self.file(self.new_node(path, file)?))
    }

    fn read(&self, path: &Path) -> io::Result<Box<dyn Read>> {
        let state = self.state();
        match &state.nodes[state.find(path)?] {
            Node::File { now, .. } => Ok(Box::new(io::Cursor::new(now.clone()))),
            Node::Directory { .. } => Err(ErrorKind::IsADirectory.into()),
        }
    }

    fn length(&self, path: &Path) -> io::Result<u64> {
        let state = self.state();
        match &state.nodes[state.find(path)?] {
            Node::File { now, .. } => Ok(now.len() as u64),
            Node::Directory { .. } => Err(ErrorKind::IsADirectory.into()),
        }
    }

    fn exists(&self, path: &Path) -> bool {
        self.state().find(path).is_ok()
    }

    fn list(&self, directory: &Path) -> io::Result<Vec<String>> {
        let state = self.state();
        match &state.nodes[state.find(directory)?] {
            Node::Directory { now, .. } => Ok(now.keys().cloned().collect()),
            Node::File { .. } => Err(ErrorKind::NotADirectory.into()),
        }
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        assert_eq!(from.parent(), to.parent(), "names change within a directory only");
        let to = to.file_name().unwrap().to_str().unwrap().to_owned();
        let node = self.state().find(from)?;
        self.change_names(from, |_, _, from| Ok((NameChange::Renamed { from, to, node }, ())))
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.gone(path)
    }

    fn remove_directory(&self, path: &Path) -> io::Result<()> {
        self.gone(path)
    }

    fn sync_directory(&self, path: &Path) -> io::Result<()> {
        let mut state = self.state();
        let node = state.find(path)?;
        let through = state.spend()?;
        let Node::Directory { now, held, unsynced } = &mut state.nodes[node] else {
            return Err(ErrorKind::NotADirectory.into());
        };
        held.clone_from(now);
        unsynced.clear();
        if through { Ok(()) } else { Err(off()) }
    }

    fn free(&self, _path: &Path) -> io::Result<u64> {
        Ok(u64::MAX)
    }

    fn lock(&self, path: &Path) -> io::Result<Box<dyn Any + Send + Sync>> {
        Ok(Box::new(PathBuf::from(path))) // a dead process has no locks
    }
}
