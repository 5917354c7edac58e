//! `pepd check`: says what is wrong with the configuration and the inventory before anything starts.

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use inventory::{Host, Inventory, LooksAt, Reach};

use super::Check;
use crate::config::Config;

/// Prints what is in order on standard output and what is not on standard error; ends with 1 if there is anything.
pub(super) fn run(arguments: &Check) -> io::Result<ExitCode> {
    let mut good = true;
    let mut out = io::stdout().lock();
    let config = match arguments.config.as_deref().map(Config::read) {
        Some(Ok(config)) => config,
        Some(Err(error)) => {
            good = false;
            eprintln!("{error}");
            Config::default()
        }
        None => Config::default(),
    };
    if let Some(file) = arguments.config.as_ref().filter(|_| good) {
        writeln!(out, "{} is in order.", file.display())?;
    }
    let file: Option<PathBuf> = arguments.inventory.clone().or(config.inventory);
    let read = match &file {
        Some(file) => Inventory::read(file, &Host::this()),
        None => Ok(Inventory::of_this_host()),
    };
    match read {
        Ok(inventory) => {
            let name = file.map_or_else(|| "The inventory of this host".to_owned(), |file| file.display().to_string());
            writeln!(out, "{name} is in order.")?;
            for line in summary(&inventory) {
                writeln!(out, "  {line}")?;
            }
        }
        Err(error) => {
            good = false;
            eprintln!("{error}");
        }
    }
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What the inventory comes to, a line a part.
fn summary(inventory: &Inventory) -> Vec<String> {
    let names = |names: Vec<&str>| if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    let derived = |section: &str| if inventory.derived.contains(&section) { " (seen of this host)" } else { "" };
    let stamp = &inventory.stamp;
    let node = |node: &inventory::Node| match &node.reach {
        Reach::Local => format!("{} (this host)", node.name),
        Reach::Ssh(ssh) => format!("{} ({}@{}:{})", node.name, ssh.user, node.address, ssh.port),
    };
    let nodes: Vec<String> = inventory.nodes.iter().map(node).collect();
    let check = |check: &inventory::Check| match check.looks_at {
        LooksAt::Command(_) => format!("{} (a program)", check.name),
        _ => check.name.clone(),
    };
    let checks: Vec<String> = inventory.checks.iter().map(check).collect();
    let mut lines = vec![
        format!("stamp: {}, region {}, {}{}", stamp.name, stamp.region, stamp.timezone, derived("stamp")),
        format!("nodes: {}{}", nodes.join(", "), derived("nodes")),
        format!("roles: {}{}", names(inventory.roles.iter().map(|role| &*role.name).collect()), derived("roles")),
        format!("checks: {}{}", names(checks.iter().map(|name| &**name).collect()), derived("checks")),
        format!("certificates: {}", names(inventory.certificates.iter().map(|one| &*one.name).collect())),
    ];
    lines.push(match &inventory.power {
        None => "power: no plan, so there is no Stop-AzureStack".to_owned(),
        Some(plan) => {
            let steps = plan.workloads.iter().chain(&plan.services).map(|step| &*step.name);
            let all: Vec<&str> = steps.chain(plan.hosts.iter().map(|name| &**name)).collect();
            format!("power: {}", all.join(", then "))
        }
    });
    lines.extend(stamp.overruled.iter().map(|overruled| format!("note: {overruled}")));
    lines
}
