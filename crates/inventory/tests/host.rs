//! What is seen of a host whose owner has written no inventory.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use std::fs;
use std::os::unix::fs::symlink;

use inventory::{Host, Inventory, LogSource, Reach};
use tempfile::TempDir;

fn host(files: &[(&str, &str)]) -> (TempDir, Host) {
    let root = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let host = Host { root: root.path().into(), name: "pep01".into(), addresses: vec!["192.0.2.7".parse().unwrap()] };
    (root, host)
}

#[test]
fn a_debian_with_samba_is_seen_as_such() {
    let (root, host) = host(&[
        ("etc/os-release", "NAME=\"Debian GNU/Linux\"\nVERSION_ID=\"12\"\n"),
        ("etc/machine-id", "0123456789abcdef0123456789abcdef\n"),
        ("etc/resolv.conf", "search edge01.example.com example.com\nnameserver 192.0.2.53\n"),
        ("lib/systemd/system/smbd.service", ""),
        ("var/log/samba/log.smbd", ""),
    ]);
    symlink("/usr/share/zoneinfo/Europe/Berlin", root.path().join("etc/localtime")).unwrap();
    let inventory = Inventory::of_host(&host);
    let stamp = &inventory.stamp;
    assert_eq!((&*stamp.version, &*stamp.timezone, &*stamp.domain), ("12", "Europe/Berlin", "edge01.example.com"));
    assert_eq!(
        (stamp.dns[0].to_string(), &*stamp.netbios_name, &*stamp.endpoints[0]),
        ("192.0.2.53".into(), "EDGE01", "192.0.2.7")
    );
    assert!(
        stamp.cloud_id != stamp.deployment_id && !stamp.cloud_id.to_string().contains("01234567"),
        "{}",
        stamp.cloud_id
    );
    let names: Vec<&str> = inventory.roles.iter().map(|role| &*role.name).collect();
    assert_eq!(names, ["BareMetal", "SeedRing", "Storage"]);
    let storage: Vec<_> = inventory.roles[2].logs.iter().map(|logs| &logs.source).collect();
    assert_eq!(storage, [&LogSource::Journal("smbd.service".into()), &LogSource::Files("/var/log/samba/*".into())]);
    assert_eq!(inventory.nodes[0].reach, Reach::Local);
    assert_eq!(inventory.nodes[0].roles, names);
    assert_eq!(Inventory::of_host(&host), inventory, "and the same tomorrow");
}

#[test]
fn a_host_that_shows_nothing_has_an_inventory_all_the_same() {
    let (_root, host) = host(&[]);
    let inventory = Inventory::of_host(&host);
    assert_eq!((&*inventory.stamp.timezone, &*inventory.stamp.domain), ("UTC", "local"));
    assert!(inventory.power.is_none() && inventory.roles.len() == 2);
}

#[test]
fn this_host_has_one() {
    assert!(Inventory::of_this_host().local().is_some());
}
