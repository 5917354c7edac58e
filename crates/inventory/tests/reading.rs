//! An inventory as its owner writes it: what it means, and what is said about what is wrong in it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use inventory::{
    CertificateSource, Group, Host, Inventory, InventoryError, KEYS, Limits, LogSource, LogType, LooksAt, Reach,
    StepAction, reference,
};

fn host() -> Host {
    Host { root: "/nowhere".into(), name: "pep01.example.com".into(), addresses: vec!["192.0.2.7".parse().unwrap()] }
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn parse(text: &str) -> Inventory {
    Inventory::parse(text, Path::new("inventory.toml"), &host()).unwrap_or_else(|error| panic!("{error}"))
}

fn refusal(text: &str) -> String {
    Inventory::parse(text, Path::new("inventory.toml"), &host()).unwrap_err().to_string()
}

fn example() -> String {
    fs::read_to_string(repository().join("fixtures/inventory/inventory.toml")).unwrap()
}

#[test]
fn the_example_means_what_it_says() {
    let inventory = parse(&example());
    assert_eq!(inventory.derived, [""; 0]);
    assert_eq!(inventory.stamp.name, "edge01");
    assert_eq!(inventory.nodes.iter().map(|node| &*node.name).collect::<Vec<_>>(), ["node01", "node02", "node03"]);
    assert_eq!(inventory.local().unwrap().name, "node01");
    assert_eq!(inventory.nodes_of("storage").count(), 2);
    let Reach::Ssh(ssh) = &inventory.node("NODE02").unwrap().reach else { panic!("by SSH") };
    assert_eq!((&*ssh.user, ssh.port), ("pepd", 22));
    let storage = inventory.role("Storage").unwrap();
    assert_eq!(storage.logs[1].source, LogSource::Journal("ceph-*.service".into()));
    assert_eq!(
        storage.logs.iter().map(|logs| logs.log_type).collect::<Vec<_>>(),
        [LogType::File, LogType::WindowsEvent, LogType::Share]
    );
    assert!(
        matches!(&inventory.checks[0].looks_at, LooksAt::Disk(paths, limits) if paths.len() == 2 && *limits == Limits { warn: 80.0, fail: 95.0 })
    );
    assert_eq!(inventory.checks[1].groups, [Group::Default, Group::UpdateReadiness]);
    assert!(matches!(inventory.certificates[0].source, CertificateSource::Address(_)));
    let power = inventory.power.unwrap();
    assert_eq!(power.workloads[0].action, StepAction::Units(vec!["shop.service".into()]));
    assert_eq!(power.hosts, ["node02", "node03", "node01"]);
    assert_eq!(inventory.nodes[2].power.off, None, "its controller powers it off");
    assert_eq!(inventory.nodes[1].power.wake_on_lan.as_ref().unwrap().mac[5], 2);
    assert_eq!(inventory.cluster.units.len(), 2);
}

#[test]
fn what_the_file_leaves_out_comes_from_the_host() {
    let inventory = parse("[stamp]\nregion = \"east\"\n");
    assert_eq!(inventory.derived, ["roles", "nodes", "checks", "certificates", "cluster"]);
    assert_eq!((&*inventory.stamp.region, &*inventory.stamp.name), ("east", "pep01"));
    assert_eq!(inventory.local().unwrap().name, "pep01");
    assert!(inventory.role("BareMetal").is_some() && !inventory.checks.is_empty());
    assert_eq!(inventory.power, None);
}

#[test]
fn this_computer_is_the_last_host_wherever_it_stands() {
    let text = example().replace("hosts = [\"node02\", \"node03\", \"node01\"]", "hosts = [\"node01\", \"node03\"]");
    assert_eq!(parse(&text).power.unwrap().hosts, ["node03", "node01"]);
}

#[test]
fn every_mistake_is_shown_at_once_each_in_its_line() {
    let said = refusal(
        "[stamp]\nregoin = \"east\"\ntimezone = \"Europe/Berlim\"\n\n[[nodes]]\nname = \"n1\"\nreach = \"locale\"\nroles = [\"Storag\"]\n\n\
         [roles.Storage]\nlogs = [{ files = \"var/log/x\" }, { journal = \"a\", command = [\"b\"] }]\n",
    );
    assert_eq!(
        said,
        "inventory.toml:2:1: unknown key `regoin`\n  |\n2 | regoin = \"east\"\n  | ^^^^^^ did you mean `region`?\n\n\
         inventory.toml:3:12: \"Europe/Berlim\" is no time zone that this system knows\n  |\n3 | timezone = \"Europe/Berlim\"\n  \
         |            ^^^^^^^^^^^^^^^ such as: timezone = \"Europe/Berlin\"\n\n\
         inventory.toml:7:9: \"locale\" is none of \"local\"\n  |\n7 | reach = \"locale\"\n  |         ^^^^^^^^ did you mean \"local\"?\n\n\
         inventory.toml:8:10: there is no role \"Storag\"\n  |\n8 | roles = [\"Storag\"]\n  |          ^^^^^^^^ did you mean \"Storage\"?\n\n\
         inventory.toml:11:19: \"var/log/x\": a path here starts with `/`\n   |\n11 | logs = [{ files = \"var/log/x\" }, { journal = \"a\", command = [\"b\"] }]\n   \
         |                   ^^^^^^^^^^^ such as: files = \"/var/log/ceph/*.log\"\n\n\
         inventory.toml:11:61: `journal` and `command` exclude each other\n   |\n11 | logs = [{ files = \"var/log/x\" }, { journal = \"a\", command = [\"b\"] }]\n   \
         |                                                             ^^^^^ leave one out"
    );
}

const LOCAL: &str = "[[nodes]]\nname = \"n1\"\nreach = \"local\"\n";

/// A file, after a local node, and what is said of it.
const REFUSED: &[(&str, &str)] = &[
    ("[[nodes]]\nname = \"N1\"\nssh = {}\n", "there is a node \"N1\" already"),
    ("[[nodes]]\nname = \"n2\"\nssh = {}\n", "7:"),
    ("[[nodes]]\nname = \"n2\"\n", "one of `reach`, `ssh` is missing here"),
    ("[[nodes]]\nname = \"n2\"\nreach = \"local\"\n", "\"n1\" is this computer already"),
    ("[[nodes]]\nname = \"../x\"\nreach = \"local\"\n", "the name of a node is 1 to 64 letters"),
    (
        "[[nodes]]\nname = \"n2\"\naddress = \"n2\"\nssh = { user = \"-oProxyCommand=x\", key = \"/k\", host_key = \"x\" }\n",
        "is no name of a user",
    ),
    (
        "[[nodes]]\nname = \"n2\"\naddress = \"n2\"\nssh = { user = \"u\", key = \"/k\", host_key = \"x\" }\n",
        "a host key is its kind and its base64",
    ),
    (
        "[[nodes]]\nname = \"n2\"\nreach = \"local\"\npower = { wake_on_lan = { mac = \"02:00\" } }\n",
        "\"02:00\" is no address of a network card",
    ),
    (
        "[[nodes]]\nname = \"n2\"\nreach = \"local\"\npower = { redfish = { system = \"http://x\" } }\n",
        "begins with https://",
    ),
    ("[[nodes]]\nname = 3\nreach = \"local\"\n", "`name` is a text in quotes, not an integer"),
    ("[roles.A]\ndump = []\n", "unknown key `dump`"),
    ("[roles.\"a/b\"]\n", "it becomes the name of a file"),
    ("[roles.A]\nlogs = [{ command = \"ip addr\" }]\n", "one text each: no shell reads it"),
    ("[roles.A]\nlogs = [{ command = [] }]\n", "`command` names no program"),
    ("[roles.A]\nlogs = [{ files = \"/x\", type = \"Files\" }]\n", "did you mean \"File\"?"),
    ("[[checks]]\nname = \"InfraCapacity\"\ndisk = {}\n", "did you mean \"AzsInfraCapacity\"?"),
    ("[[checks]]\nname = \"AzsX\"\n", "one of `disk`, `inodes`"),
    ("[[checks]]\nname = \"AzsX\"\ndisk = { warn = 95, fail = 80 }\n", "it would fail at 80 and warn only at 95"),
    ("[[checks]]\nname = \"AzsX\"\ndisk = { warn = 180 }\n", "180 is not a number from 0 to 100"),
    ("[[checks]]\nname = \"AzsX\"\ncertificates = { warn = 10, fail = 30 }\n", "fewer is worse"),
    ("[[checks]]\nname = \"AzsX\"\ndns = { names = [] }\n", "there is nothing to look at"),
    ("[[checks]]\nname = \"AzsX\"\nunits = {}\ngroups = [\"UpdateReadyness\"]\n", "did you mean \"UpdateReadiness\"?"),
    ("[[checks]]\nname = \"AzsX\"\nunits = {}\nnodes = [\"n7\"]\n", "there is no node \"n7\""),
    ("[checks]\nname = \"AzsX\"\n", "did you mean [[checks]]?"),
    ("[power]\nhosts = [\"n9\"]\n", "there is no node \"n9\""),
    ("[[power.services]]\nname = \"a\"\nunits = [\"a-*.service\"]\n", "a step names its units, without a pattern"),
    (
        "[[power.services]]\nname = \"a\"\nunits = [\"a.service\"]\nstart = [\"b\"]\n",
        "`start` has no place beside them",
    ),
    (
        "[[power.services]]\nname = \"a\"\nunits = [\"a.service\"]\n[[power.workloads]]\nname = \"A\"\nstop = [\"b\"]\n",
        "there is a step \"a\" already",
    ),
    ("[[certificates]]\nname = \"a\"\n", "one of `path`, `address` is missing here"),
    ("[[certificates]]\nname = \"a\"\naddress = \"portal\"\n", "is not a host and a port"),
    ("[stamp]\ncloud_id = \"1\"\n", "\"1\" is no GUID"),
    ("[stamp]\ndns = [\"localhost\"]\n", "\"localhost\" is no address"),
    ("[stamp]\nname = \"\"\n", "`name` is empty"),
    ("[stamp]\nhosts = []\n", "`hosts` stands under `[power]`"),
    ("stamp = 3\n", "`stamp` is a table, not an integer"),
    ("[stamp\n", "4:"),
    ("[stamp]\nname = \"a\"\nname = \"b\"\n", "6:1: duplicate key"),
];

#[test]
fn every_mistake_has_its_text() {
    for (file, said) in REFUSED {
        // a key of the top stands above all tables
        let text = if file.starts_with('[') { format!("{LOCAL}{file}") } else { format!("{file}{LOCAL}") };
        let refusal = refusal(&text);
        assert!(refusal.starts_with("inventory.toml:") && refusal.contains(said), "{file}\n{refusal}");
    }
}

#[test]
fn a_key_of_the_page_is_a_key_of_its_section() {
    let said = refusal("zzzzzz = 1\n[stamp]\nzzzzzz = 1\n[cluster]\nzzzzzz = 1\n");
    for section in ["", "stamp", "cluster"] {
        let names: Vec<String> =
            KEYS.iter().filter(|key| key.section == section).map(|key| format!("`{}`", key.name)).collect();
        assert!(said.contains(&format!("keys here: {}", names.join(", "))), "{section}: {said}");
    }
}

#[test]
fn the_page_is_made_from_the_keys() {
    let page = repository().join("docs/inventory.md");
    let stands = fs::read_to_string(&page).unwrap_or_default();
    let start = stands.find("\n## Sections\n").unwrap_or(stands.len());
    let wanted = format!("{}{}\n## Example\n\n```toml\n{}```\n", &stands[..start], reference(), example());
    if env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&page, &wanted).unwrap();
    }
    assert_eq!(fs::read_to_string(&page).unwrap(), wanted, "UPDATE_DOCS=1 cargo nextest run -p inventory");
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let error = Inventory::read(Path::new("/no/such/inventory.toml"), &host()).unwrap_err();
    assert!(matches!(error, InventoryError::Unreadable { .. }));
    assert!(error.to_string().starts_with("Cannot read /no/such/inventory.toml: "));
}
