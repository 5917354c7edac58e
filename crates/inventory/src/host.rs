//! What can be seen of this computer.

use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

/// A computer whose inventory is derived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    /// Where its file system begins.
    pub root: PathBuf,
    /// Its name.
    pub name: String,
    /// Its addresses, loopback left out.
    pub addresses: Vec<IpAddr>,
}

impl Host {
    /// This computer.
    pub fn this() -> Host {
        let interfaces = if_addrs::get_if_addrs().unwrap_or_default();
        let addresses =
            interfaces.iter().filter(|one| !one.is_loopback() && !one.is_link_local()).map(if_addrs::Interface::ip);
        Host {
            root: "/".into(),
            name: rustix::system::uname().nodename().to_string_lossy().into_owned(),
            addresses: addresses.collect(),
        }
    }

    /// A path of it, given from its root.
    pub(crate) fn path(&self, absolute: &str) -> PathBuf {
        self.root.join(absolute.trim_start_matches('/'))
    }

    /// The text of a file; nothing if there is none.
    pub(crate) fn text(&self, absolute: &str) -> String {
        fs::read_to_string(self.path(absolute)).unwrap_or_default()
    }

    /// A value of `/etc/os-release`.
    pub(crate) fn os_release(&self, name: &str) -> Option<String> {
        let text = self.text("/etc/os-release");
        let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='))?;
        Some(value.trim_matches(['"', '\'']).to_owned()).filter(|value| !value.is_empty())
    }

    /// Its time zone's IANA name.
    pub(crate) fn timezone(&self) -> String {
        let named = self.text("/etc/timezone").trim().to_owned();
        if !named.is_empty() {
            return named;
        }
        let link = fs::read_link(self.path("/etc/localtime")).unwrap_or_default();
        let link = link.to_string_lossy().into_owned();
        link.split_once("zoneinfo/").map_or_else(|| "UTC".to_owned(), |(_, name)| name.to_owned())
    }

    /// Its domain: from its own name, else the first that its resolver searches.
    pub(crate) fn domain(&self) -> String {
        if let Some((_, domain)) = self.name.split_once('.') {
            return domain.to_owned();
        }
        let resolver = self.text("/etc/resolv.conf");
        let searched =
            resolver.lines().find_map(|line| line.strip_prefix("search ").or_else(|| line.strip_prefix("domain ")));
        searched.and_then(|domains| domains.split_whitespace().next()).unwrap_or("local").to_owned()
    }

    /// Does systemd know a unit of this name?
    pub(crate) fn has_unit(&self, unit: &str) -> bool {
        [
            "/etc/systemd/system",
            "/run/systemd/system",
            "/usr/local/lib/systemd/system",
            "/usr/lib/systemd/system",
            "/lib/systemd/system",
        ]
        .iter()
        .any(|directory| self.path(directory).join(unit).exists())
    }

    /// Is there such a directory?
    pub(crate) fn has_directory(&self, absolute: &str) -> bool {
        Path::is_dir(&self.path(absolute))
    }
}
