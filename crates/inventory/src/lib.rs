//! The inventory: one file that the operator owns. It names the nodes and how they are reached, what the roles' logs are, the health
//! checks, the power plan, the certificates, and the facts of the stamp. What the file leaves out is derived from this host.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic))]

mod check;
mod deployment_info;
mod derived;
mod document;
mod error;
mod host;
mod information;
mod json;
mod keys;
mod node;
mod power;
mod reach;
mod role;
mod source;
mod stamp;
pub mod zones;

pub use check::{Check, Group, Limits, LooksAt};
pub use deployment_info::DeploymentInfo;
pub use error::InventoryError;
pub use host::Host;
pub use json::Json;
pub use keys::{KEYS, Key, reference};
pub use node::{Node, NodePower, Reach, Redfish, Ssh, WakeOnLan};
pub use power::{PowerPlan, PowerStep, StepAction};
pub use role::{Certificate, CertificateSource, Cluster, LogSource, LogType, Logs, Role};
pub use source::InventorySource;
pub use stamp::{Endpoints, Stamp};

use std::fs;
use std::path::Path;

use document::Document;

/// Everything that an endpoint looks after.
#[derive(Clone, Debug, PartialEq)]
pub struct Inventory {
    /// The facts of the stamp.
    pub stamp: Stamp,
    /// The nodes, in the order of the file. There is at least one.
    pub nodes: Vec<Node>,
    /// The roles, in the order of the file.
    pub roles: Vec<Role>,
    /// The health checks, in the order of the file.
    pub checks: Vec<Check>,
    /// How everything is stopped and started; without it, it cannot be.
    pub power: Option<PowerPlan>,
    /// The certificates that somebody must renew in time.
    pub certificates: Vec<Certificate>,
    /// Whose logs `Get-ClusterLog` gives.
    pub cluster: Cluster,
    /// The sections that the file does not have, so that they come from this host.
    pub derived: Vec<&'static str>,
}

impl Inventory {
    /// The inventory of this computer, as far as one can be seen from here.
    pub fn of_this_host() -> Inventory {
        derived::inventory(&Host::this())
    }

    /// The same of any host.
    pub fn of_host(host: &Host) -> Inventory {
        derived::inventory(host)
    }

    /// Reads a file, and the vendor's file that it names.
    ///
    /// # Errors
    /// If one cannot be read, or says anything that is not understood: every mistake, not only the first.
    pub fn read(file: &Path, host: &Host) -> Result<Inventory, InventoryError> {
        let text =
            fs::read_to_string(file).map_err(|source| InventoryError::Unreadable { file: file.to_owned(), source })?;
        let mut inventory = Inventory::parse(&text, file, host)?;
        inventory.stamp.read_deployment_info()?;
        Ok(inventory)
    }

    /// Understands the text of a file; `file` is for errors. The vendor's file is left alone.
    ///
    /// # Errors
    /// If it says anything that is not understood: every mistake, in the order of the file.
    pub fn parse(text: &str, file: &Path, host: &Host) -> Result<Inventory, InventoryError> {
        let mut inventory = derived::inventory(host);
        let (tree, syntax) = toml::de::DeTable::parse_recoverable(text);
        let document = Document::new(text, file);
        if syntax.is_empty() {
            inventory.take(&document.table("", &tree));
        }
        for error in syntax {
            document.mistake(error.span().unwrap_or(0..0), error.message().to_owned(), String::new());
        }
        let mistakes = document.into_mistakes();
        if mistakes.is_empty() { Ok(inventory) } else { Err(InventoryError::Wrong(mistakes)) }
    }

    fn take(&mut self, file: &document::Table<'_, '_>) {
        self.derived.clear();
        match file.table("stamp") {
            Some(table) => self.stamp.take(&table),
            None => self.derived.push("stamp"),
        }
        match file.named("roles") {
            Some(all) => self.roles = role::roles(&all),
            None => self.derived.push("roles"),
        }
        match file.tables("nodes") {
            Some(all) => self.nodes = node::nodes(&all, &self.roles),
            None => {
                self.derived.push("nodes");
                self.nodes.iter_mut().for_each(|node| node.roles = names(&self.roles));
            }
        }
        match file.tables("checks") {
            Some(all) => self.checks = check::checks(&all, &self.nodes),
            None => self.derived.push("checks"),
        }
        match file.tables("certificates") {
            Some(all) => self.certificates = role::certificates(&all),
            None => self.derived.push("certificates"),
        }
        match file.table("cluster") {
            Some(table) => self.cluster = Cluster::from_table(&table),
            None => self.derived.push("cluster"),
        }
        self.power = file.table("power").map(|table| PowerPlan::from_table(&table, &self.nodes));
    }

    /// The node that this is.
    pub fn local(&self) -> Option<&Node> {
        self.nodes.iter().find(|node| node.reach == Reach::Local)
    }

    /// A node by its name, letter case aside.
    pub fn node(&self, name: &str) -> Option<&Node> {
        self.nodes.iter().find(|node| node.name.eq_ignore_ascii_case(name))
    }

    /// A role by its name, letter case aside.
    pub fn role(&self, name: &str) -> Option<&Role> {
        self.roles.iter().find(|role| role.name.eq_ignore_ascii_case(name))
    }

    /// The nodes that have a role, in the order of the file.
    pub fn nodes_of<'a>(&'a self, role: &'a str) -> impl Iterator<Item = &'a Node> {
        self.nodes.iter().filter(move |node| node.roles.iter().any(|own| own.eq_ignore_ascii_case(role)))
    }
}

fn names(roles: &[Role]) -> Vec<String> {
    roles.iter().map(|role| role.name.clone()).collect()
}
