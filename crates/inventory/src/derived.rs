//! The inventory of a host whose owner has written none: what its system, its units and its logs show.

use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::check::CORE_DUMPS;
use crate::node::NodePower;
use crate::{
    Check, Cluster, Endpoints, Group, Host, Inventory, Limits, LogSource, LogType, Logs, LooksAt, Node, Reach, Role,
    Stamp,
};

/// Roles that are seen by their units: name, description, units, and where they log beside the journal.
const SEEN: &[(&str, &str, &[&str], &[&str])] = &[
    (
        "Storage",
        "Block, file and object storage",
        &[
            "smbd.service",
            "nmbd.service",
            "nfs-server.service",
            "ceph.target",
            "glusterd.service",
            "iscsid.service",
            "multipathd.service",
            "zfs-zed.service",
            "minio.service",
        ],
        &["/var/log/samba", "/var/log/ceph", "/var/log/glusterfs"],
    ),
    (
        "VirtualMachines",
        "Virtual machines and containers",
        &[
            "libvirtd.service",
            "virtqemud.service",
            "docker.service",
            "containerd.service",
            "podman.service",
            "lxd.service",
        ],
        &["/var/log/libvirt"],
    ),
    (
        "FabricRing",
        "The cluster's members",
        &["corosync.service", "pacemaker.service", "etcd.service", "kubelet.service", "k3s.service", "consul.service"],
        &["/var/log/corosync", "/var/log/pacemaker", "/var/log/pods"],
    ),
    (
        "SQL",
        "Databases",
        &["postgresql.service", "mysql.service", "mariadb.service", "mongod.service", "redis-server.service"],
        &["/var/log/postgresql", "/var/log/mysql"],
    ),
    (
        "WAS",
        "Web servers and portals",
        &["nginx.service", "apache2.service", "httpd.service", "caddy.service", "haproxy.service"],
        &["/var/log/nginx", "/var/log/apache2", "/var/log/httpd"],
    ),
    (
        "NC",
        "The network",
        &[
            "NetworkManager.service",
            "systemd-networkd.service",
            "networking.service",
            "nftables.service",
            "frr.service",
            "openvswitch-switch.service",
        ],
        &["/var/log/frr", "/var/log/openvswitch"],
    ),
    (
        "Domain",
        "Names and directory",
        &[
            "named.service",
            "bind9.service",
            "unbound.service",
            "dnsmasq.service",
            "systemd-resolved.service",
            "sssd.service",
            "samba-ad-dc.service",
            "slapd.service",
        ],
        &["/var/log/sssd", "/var/log/named"],
    ),
    ("CA", "Certificates", &["certbot.timer", "step-ca.service"], &["/var/log/letsencrypt"]),
];

const CLUSTER_UNITS: &[&str] =
    &["corosync.service", "pacemaker.service", "etcd.service", "kubelet.service", "k3s.service", "consul.service"];

pub(crate) fn inventory(host: &Host) -> Inventory {
    let roles = roles(host);
    let node = Node {
        name: host.name.split('.').next().unwrap_or_default().to_owned(),
        address: host.addresses.first().map(ToString::to_string).unwrap_or_default(),
        roles: roles.iter().map(|role| role.name.clone()).collect(),
        reach: Reach::Local,
        power: NodePower::by_itself(),
    };
    Inventory {
        stamp: stamp(host),
        nodes: vec![node],
        roles,
        checks: checks(),
        power: None,
        certificates: Vec::new(),
        cluster: Cluster { units: units(host, CLUSTER_UNITS), files: Vec::new() },
        derived: vec!["stamp", "roles", "nodes", "checks", "certificates", "cluster"],
    }
}

fn stamp(host: &Host) -> Stamp {
    let domain = host.domain();
    Stamp {
        name: host.name.split('.').next().unwrap_or_default().to_owned(),
        region: "local".into(),
        timezone: host.timezone(),
        netbios_name: domain.split('.').next().unwrap_or_default().to_uppercase(),
        external_domain: domain.clone(),
        domain,
        version: host.os_release("VERSION_ID").unwrap_or_default(),
        cloud_id: id(host, "cloud"),
        deployment_id: id(host, "deployment"),
        tenant_id: String::new(),
        tenant_name: String::new(),
        dns: name_servers(host),
        time_servers: Vec::new(),
        endpoints: host.addresses.iter().map(ToString::to_string).collect(),
        tenant_endpoints: Endpoints::default(),
        admin_endpoints: Endpoints::default(),
        deployment_info: None,
        overruled: Vec::new(),
        deployment_file: None,
        given: std::collections::BTreeSet::default(),
    }
}

/// An id that stays, and does not tell the machine's own, which is nobody's business.
fn id(host: &Host, what: &str) -> Uuid {
    let machine = host.text("/etc/machine-id");
    let hash = Sha256::new()
        .chain_update(what)
        .chain_update([0])
        .chain_update(machine.trim())
        .chain_update([0])
        .chain_update(&host.name)
        .finalize();
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(hash).for_each(|(byte, from)| *byte = from);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

fn name_servers(host: &Host) -> Vec<std::net::IpAddr> {
    let text = host.text("/etc/resolv.conf");
    text.lines().filter_map(|line| line.strip_prefix("nameserver ")?.trim().parse().ok()).collect()
}

fn units(host: &Host, of: &[&str]) -> Vec<String> {
    of.iter().filter(|unit| host.has_unit(unit)).map(|unit| (*unit).to_owned()).collect()
}

fn roles(host: &Host) -> Vec<Role> {
    let mut roles = vec![bare_metal(), seed_ring()];
    for (name, description, of, directories) in SEEN {
        let units = units(host, of);
        if units.is_empty() {
            continue;
        }
        let mut logs: Vec<Logs> = units.into_iter().map(journal).collect();
        logs.extend(directories.iter().filter(|path| host.has_directory(path)).map(|path| files(&format!("{path}/*"))));
        roles.push(role(name, description, logs));
    }
    roles
}

/// Every host is one: its system's logs, and what it looks like now.
fn bare_metal() -> Role {
    let mut logs = vec![
        files("/var/log/syslog*"),
        files("/var/log/kern.log*"),
        files("/var/log/messages*"),
        files("/var/log/auth.log*"),
        journal("*".into()),
    ];
    let programs: &[(&str, &[&str])] = &[
        ("addresses", &["ip", "addr"]),
        ("routes", &["ip", "route"]),
        ("disks", &["lsblk", "--output-all"]),
        ("file-systems", &["df", "-h"]),
        ("memory", &["free", "-m"]),
        ("processes", &["ps", "aux"]),
        ("failed-units", &["systemctl", "list-units", "--failed", "--no-pager"]),
    ];
    logs.extend(programs.iter().map(|(name, argv)| Logs {
        source: LogSource::Command(argv.iter().map(|word| (*word).to_owned()).collect()),
        name: Some((*name).to_owned()),
        log_type: LogType::File,
    }));
    Role { dumps: vec![CORE_DUMPS.into(), "/var/crash/*".into()], ..role("BareMetal", "The system of each host", logs) }
}

/// The endpoint itself.
fn seed_ring() -> Role {
    role("SeedRing", "This endpoint, and the reports of Test-AzureStack", vec![journal("pepd.service".into())])
}

fn role(name: &str, description: &str, logs: Vec<Logs>) -> Role {
    Role { name: name.into(), description: description.into(), logs, dumps: Vec::new() }
}

fn files(pattern: &str) -> Logs {
    Logs { source: LogSource::Files(pattern.into()), name: None, log_type: LogType::File }
}

fn journal(unit: String) -> Logs {
    Logs { source: LogSource::Journal(unit), name: None, log_type: LogType::WindowsEvent }
}

/// What holds for every Linux host.
fn checks() -> Vec<Check> {
    use Group::{Default, SecretRotationReadiness, UpdateReadiness};
    let limits = |warn, fail| Limits { warn, fail };
    let root = || vec!["/".to_owned()];
    let check = |name: &str, description: &str, looks_at, groups: &[Group]| Check {
        name: name.into(),
        description: description.into(),
        looks_at,
        groups: groups.to_vec(),
        nodes: Vec::new(),
        repair: None,
    };
    let always = &[Default, UpdateReadiness, SecretRotationReadiness];
    vec![
        check("AzsInfraCapacity", "Room on the disks", LooksAt::Disk(root(), limits(80.0, 95.0)), always),
        check("AzsStoreSummary", "Inodes of the file systems", LooksAt::Inodes(root(), limits(80.0, 95.0)), always),
        check("AzsHostingInfraUtilization", "Memory", LooksAt::Memory(limits(90.0, 98.0)), &[Default, UpdateReadiness]),
        check("AzsInfraPerformance", "Load of the processors", LooksAt::Load(limits(2.0, 8.0)), &[Default]),
        check("AzsInfraRoleSummary", "Failed units", LooksAt::Units(Vec::new()), always),
        check(
            "AzsHostingServiceCertificates",
            "Certificates that expire",
            LooksAt::Certificates(limits(90.0, 30.0)),
            always,
        ),
        check("AzsTimeSource", "The clock", LooksAt::Time(None, limits(1.0, 30.0)), always),
        check(
            "AzsApplicationCrashSummary",
            "Memory dumps of the last day",
            LooksAt::CoreDumps(vec![CORE_DUMPS.into()], 24),
            &[Default],
        ),
        check("AzsInfraUpdateSummary", "Updates that wait", LooksAt::Updates(limits(1.0, 1_000.0)), &[Default]),
    ]
}
