//! Nodes: what they are called, how they are reached, how they are powered off and on.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::path::PathBuf;

use crate::Role;
use crate::document::{Table, unique};

/// One computer of the stamp.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Its name.
    pub name: String,
    /// Its address or its name in the network; empty for a local node that does not say.
    pub address: String,
    /// The names of its roles.
    pub roles: Vec<String>,
    /// How commands come there.
    pub reach: Reach,
    /// How it is powered off and on.
    pub power: NodePower,
}

/// How commands come to a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// It is this computer.
    Local,
    /// By SSH.
    Ssh(Ssh),
}

/// A login by SSH.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ssh {
    /// The user there.
    pub user: String,
    /// The port.
    pub port: u16,
    /// The file of the private key.
    pub key: PathBuf,
    /// The node's public key: kind and base64.
    pub host_key: String,
}

/// How a node is powered off and on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodePower {
    /// The program that powers it off, run on the node; nothing if its management controller does.
    pub off: Option<Vec<String>>,
    /// Its management controller.
    pub redfish: Option<Redfish>,
    /// The packet that powers it on.
    pub wake_on_lan: Option<WakeOnLan>,
}

/// A management controller that speaks Redfish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redfish {
    /// The address of the computer system.
    pub system: String,
    /// The user.
    pub user: String,
    /// The file whose first line is the password.
    pub password_file: PathBuf,
    /// The only certificate to trust, or its authority's; else the roots of this computer.
    pub certificate: Option<PathBuf>,
}

/// A packet that powers a node on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WakeOnLan {
    /// The address of the network card.
    pub mac: [u8; 6],
    /// Where the packet goes.
    pub broadcast: SocketAddr,
}

impl Node {
    /// What powers a node off that says nothing else.
    pub const POWER_OFF: [&'static str; 2] = ["systemctl", "poweroff"];
}

pub(crate) fn nodes(tables: &[Table<'_, '_>], roles: &[Role]) -> Vec<Node> {
    let mut seen = HashSet::new();
    let mut local = None;
    let known: Vec<&str> = roles.iter().map(|role| role.name.as_str()).collect();
    let mut nodes = Vec::new();
    for table in tables {
        let name = table.placed_text("name");
        let name = table.required("name", name);
        if let Some(name) = &name {
            unique(table, "node", &mut seen, name);
            if let Err(message) = check_name(&name.text) {
                table.mistake(name.span.clone(), message, "");
            }
        }
        let address = table.text("address");
        let reach = reach(table);
        match &reach {
            Some(Reach::Local) => {
                if let Some(first) = local.replace(name.as_ref().map_or("", |name| &name.text).to_owned()) {
                    table.mistake(table.place("reach"), format!("\"{first}\" is this computer already"), "");
                }
            }
            Some(Reach::Ssh(_)) => {
                table.required("address", address.as_ref());
            }
            None => {}
        }
        let roles = table.names_among("roles", "role", &known).unwrap_or_else(|| crate::names(roles));
        let power = table.table("power").map_or_else(NodePower::by_itself, |table| power(&table));
        if let (Some(name), Some(reach)) = (name, reach) {
            nodes.push(Node { name: name.text, address: address.unwrap_or_default(), roles, reach, power });
        }
    }
    nodes
}

/// Names of nodes become names of files.
fn check_name(name: &str) -> Result<(), String> {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    if name.len() <= 64 && name.starts_with(|first: char| first.is_ascii_alphanumeric()) && name.chars().all(fits) {
        Ok(())
    } else {
        Err("the name of a node is 1 to 64 letters, digits, `-`, `_` and `.`, the first a letter or digit".into())
    }
}

fn reach(table: &Table<'_, '_>) -> Option<Reach> {
    match table.one_of(&["reach", "ssh"])? {
        "reach" => table.word("reach", &[("local", ())]).map(|()| Reach::Local),
        _ => ssh(&table.table("ssh")?).map(Reach::Ssh),
    }
}

fn ssh(table: &Table<'_, '_>) -> Option<Ssh> {
    let user = table.required("user", table.parsed("user", parse_user));
    let port = table.whole("port", 1..=65_535).unwrap_or(22);
    let key = table.required("key", table.path("key"));
    let host_key = table.required("host_key", table.parsed("host_key", parse_host_key));
    Some(Ssh { user: user?, port: u16::try_from(port).unwrap_or(22), key: key?, host_key: host_key? })
}

/// A text that no program can take for an option or for two words.
fn parse_user(text: &str) -> Result<String, String> {
    if text.starts_with('-')
        || text.contains(|letter: char| letter.is_whitespace() || letter.is_control() || letter == '@')
    {
        return Err(format!("\"{text}\" is no name of a user"));
    }
    Ok(text.to_owned())
}

/// Kind and base64; a comment after them is dropped.
fn parse_host_key(text: &str) -> Result<String, String> {
    let mut words = text.split_whitespace();
    match (words.next(), words.next()) {
        (Some(kind), Some(key))
            if kind.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-@.".contains(&byte))
                && key.len() >= 32
                && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte)) =>
        {
            Ok(format!("{kind} {key}"))
        }
        _ => Err("a host key is its kind and its base64, as in /etc/ssh/ssh_host_ed25519_key.pub of the node".into()),
    }
}

impl NodePower {
    /// The node powers itself off.
    pub(crate) fn by_itself() -> NodePower {
        NodePower { off: Some(Node::POWER_OFF.map(str::to_owned).to_vec()), redfish: None, wake_on_lan: None }
    }
}

fn power(table: &Table<'_, '_>) -> NodePower {
    let redfish = table.table("redfish").and_then(|table| redfish(&table));
    let wake_on_lan = table.table("wake_on_lan").and_then(|table| wake_on_lan(&table));
    let off = table.argv("off");
    if off.is_none() && !table.has("redfish") {
        return NodePower { wake_on_lan, ..NodePower::by_itself() };
    }
    NodePower { off, redfish, wake_on_lan }
}

fn redfish(table: &Table<'_, '_>) -> Option<Redfish> {
    let system = table.parsed("system", |text| match text.strip_prefix("https://") {
        Some(rest) if !rest.is_empty() && !rest.starts_with('/') => Ok(text.trim_end_matches('/').to_owned()),
        _ => Err(format!("\"{text}\" is no address that begins with https://")),
    });
    let system = table.required("system", system);
    let user = table.required("user", table.text("user"));
    let password_file = table.required("password_file", table.path("password_file"));
    let certificate = table.path("certificate");
    Some(Redfish { system: system?, user: user?, password_file: password_file?, certificate })
}

fn wake_on_lan(table: &Table<'_, '_>) -> Option<WakeOnLan> {
    let mac = table.required("mac", table.parsed("mac", parse_mac));
    let broadcast = table.parsed("broadcast", |text| {
        text.parse::<SocketAddr>().map_err(|_| format!("\"{text}\" is not an address and a port"))
    });
    Some(WakeOnLan { mac: mac?, broadcast: broadcast.unwrap_or_else(|| ([255, 255, 255, 255], 9).into()) })
}

fn parse_mac(text: &str) -> Result<[u8; 6], String> {
    let wrong = || format!("\"{text}\" is no address of a network card");
    let parts: Result<Vec<u8>, _> = text
        .split([':', '-'])
        .map(|part| match part.len() {
            2 => u8::from_str_radix(part, 16).map_err(|_| wrong()),
            _ => Err(wrong()),
        })
        .collect();
    parts?.try_into().map_err(|_| wrong())
}
