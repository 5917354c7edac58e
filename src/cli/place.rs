//! Where things lie when nobody says it.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// What the default places depend on.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// The user is root.
    pub root: bool,
    /// `$HOME`, or the home directory of the user database.
    pub home: Option<PathBuf>,
    /// `$XDG_STATE_HOME`
    pub state_home: Option<PathBuf>,
    /// `$XDG_DATA_HOME`
    pub data_home: Option<PathBuf>,
    /// `$XDG_CONFIG_HOME`
    pub config_home: Option<PathBuf>,
    /// `$XDG_RUNTIME_DIR`
    pub runtime_dir: Option<PathBuf>,
}

impl Surroundings {
    /// Those of this process.
    pub fn of_this_process() -> Surroundings {
        // A variable that is empty or relative counts as unset, as the base directory specification wants.
        let absolute = |path: OsString| Some(PathBuf::from(path)).filter(|path| path.is_absolute());
        let variable = |name: &str| env::var_os(name).and_then(absolute);
        Surroundings {
            root: rustix::process::geteuid().is_root(),
            home: env::home_dir().filter(|path| path.is_absolute()),
            state_home: variable("XDG_STATE_HOME"),
            data_home: variable("XDG_DATA_HOME"),
            config_home: variable("XDG_CONFIG_HOME"),
            runtime_dir: variable("XDG_RUNTIME_DIR"),
        }
    }
}

/// The default state directory; none for a user without a home.
pub(super) fn state(surroundings: &Surroundings) -> Option<PathBuf> {
    if let Some(state_home) = &surroundings.state_home {
        return Some(state_home.join("pepd"));
    }
    if surroundings.root {
        return Some("/var/lib/pepd".into());
    }
    surroundings.home.as_ref().map(|home| home.join(".local/state/pepd"))
}

/// The socket of the endpoint that root runs.
const SYSTEM_SOCKET: &str = "/run/pepd/socket";

/// The socket of `pepd serve` when nobody says another.
pub(super) fn socket(surroundings: &Surroundings) -> Option<PathBuf> {
    if surroundings.root {
        return Some(SYSTEM_SOCKET.into());
    }
    match &surroundings.runtime_dir {
        Some(runtime_dir) => Some(runtime_dir.join("pepd/socket")),
        None => state(surroundings).map(|state| state.join("socket")),
    }
}

/// Where `pepd connect` looks when nobody says it: the user's own endpoint first, then the system's.
pub fn sockets_to_try(surroundings: &Surroundings) -> Vec<PathBuf> {
    // An SSH server starts its subsystem without `XDG_RUNTIME_DIR`, so both of the user's own places are looked at.
    let anywhere = Surroundings { runtime_dir: None, ..surroundings.clone() };
    let mut sockets = Vec::new();
    for socket in [socket(surroundings), socket(&anywhere), Some(SYSTEM_SOCKET.into())].into_iter().flatten() {
        if !sockets.contains(&socket) {
            sockets.push(socket);
        }
    }
    sockets
}

/// Makes the directory that a default socket lies in. Others must be able to reach the system's socket; who may enter is
/// decided by the daemon.
pub(super) fn make_directory_of(socket: &Path, surroundings: &Surroundings) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;

    let mode = if surroundings.root { 0o755 } else { 0o700 };
    match socket.parent() {
        Some(directory) => std::fs::DirBuilder::new().recursive(true).mode(mode).create(directory),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(state_home: Option<&str>, runtime_dir: Option<&str>) -> Surroundings {
        let (state_home, runtime_dir) = (state_home.map(Into::into), runtime_dir.map(Into::into));
        Surroundings { home: Some("/home/ann".into()), state_home, runtime_dir, ..Surroundings::default() }
    }

    fn root() -> Surroundings {
        Surroundings { root: true, home: Some("/root".into()), ..Surroundings::default() }
    }

    #[test]
    fn the_state_directory_of_root_and_of_users() {
        assert_eq!(state(&root()).unwrap(), Path::new("/var/lib/pepd"));
        assert_eq!(state(&user(None, None)).unwrap(), Path::new("/home/ann/.local/state/pepd"));
        assert_eq!(state(&user(Some("/data"), None)).unwrap(), Path::new("/data/pepd"));
        assert_eq!(state(&Surroundings::default()), None);
    }

    #[test]
    fn serve_and_connect_meet_without_being_told() {
        let with_runtime = user(None, Some("/run/user/1000"));
        for serving in [&root(), &user(None, None), &with_runtime] {
            let socket = socket(serving).unwrap();
            assert!(sockets_to_try(serving).contains(&socket), "{socket:?}");
        }
    }

    #[test]
    fn connect_finds_an_endpoint_of_its_own_before_the_systems() {
        assert_eq!(
            sockets_to_try(&user(None, Some("/run/user/1000"))),
            ["/run/user/1000/pepd/socket", "/home/ann/.local/state/pepd/socket", "/run/pepd/socket"].map(PathBuf::from)
        );
        assert_eq!(sockets_to_try(&root()), [PathBuf::from("/run/pepd/socket")]);
    }
}
