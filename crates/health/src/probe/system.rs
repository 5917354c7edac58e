//! The system of a host: its units, journal, dumps and packages.

use std::time::{Duration, SystemTime};

use inventory::Limits;
use reach::{Node, ReachError};

use super::{judge, short};
use crate::{Finding, Verdict};

/// So many lines of detail are kept.
const DETAIL: usize = 20;

/// Does the node let us in?
pub(super) async fn answers(node: &Node) -> Result<Vec<Finding>, ReachError> {
    let said = node.text(&["cat", "/proc/uptime", "/proc/sys/kernel/osrelease"], short()).await?;
    let mut lines = said.lines();
    let up = lines.next().and_then(|line| line.split('.').next()).and_then(|word| word.parse::<u64>().ok());
    let kernel = lines.next().unwrap_or("?");
    let hours = up.map_or_else(|| "an unknown time".to_owned(), |seconds| format!("{} h", seconds / 3600));
    Ok(vec![Finding::pass(format!("it answers; up for {hours}, kernel {kernel}"))])
}

/// Failed units; only those of the patterns, if there are any.
pub(super) async fn units(node: &Node, patterns: &[String]) -> Result<Vec<Finding>, ReachError> {
    let mut argv =
        vec!["systemctl", "list-units", "--state=failed", "--all", "--plain", "--no-legend", "--no-pager", "--"];
    argv.extend(patterns.iter().map(String::as_str));
    let said = node.text(&argv, short()).await?;
    let failed: Vec<&str> = said.lines().filter_map(|line| line.split_whitespace().next()).collect();
    if failed.is_empty() {
        return Ok(vec![Finding::pass("no unit failed")]);
    }
    let detail = said.lines().take(DETAIL).map(|line| line.trim().to_owned()).collect();
    Ok(vec![Finding::fail(format!("failed units: {}", listed(&failed))).detail(detail)])
}

/// What the journal of the last day holds that is critical or worse.
pub(super) async fn alerts(node: &Node) -> Result<Vec<Finding>, ReachError> {
    let any = node.text(&["journalctl", "-q", "--no-pager", "-n", "1", "-o", "cat"], short()).await?;
    if any.trim().is_empty() {
        return Ok(vec![Finding::warn("there is no journal to look into")]);
    }
    let argv = ["journalctl", "-q", "--no-pager", "-p", "crit", "--since", "-24h", "-n", "1000", "-o", "short-iso"];
    let said = node.text(&argv, short()).await?;
    let lines: Vec<String> = said.lines().map(str::to_owned).collect();
    Ok(vec![match lines.len() {
        0 => Finding::pass("no critical message within 24 h"),
        many => {
            let newest = lines.iter().rev().take(DETAIL).cloned().collect();
            Finding::warn(format!("{many} critical message(s) within 24 h")).detail(newest)
        }
    }])
}

/// Memory dumps of the last hours: something crashed.
pub(super) async fn core_dumps(node: &Node, patterns: &[String], hours: u32) -> Result<Vec<Finding>, ReachError> {
    let since = SystemTime::now().checked_sub(Duration::from_hours(hours.into())).unwrap_or(SystemTime::UNIX_EPOCH);
    let mut dumps = Vec::new();
    for pattern in patterns {
        let found = node.find(pattern, short()).await?;
        dumps.extend(found.into_iter().filter(|file| file.modified >= since).map(|file| file.shown()));
    }
    Ok(vec![match dumps.len() {
        0 => Finding::pass(format!("no memory dump within {hours} h")),
        many => {
            dumps.truncate(DETAIL);
            Finding::warn(format!("{many} memory dump(s) within {hours} h")).detail(dumps)
        }
    }])
}

/// Packages that wait, by what the host's own lists say, and whether it waits to be started again.
pub(super) async fn updates(node: &Node, limits: Limits) -> Result<Vec<Finding>, ReachError> {
    let apt = ["apt-get", "-s", "-q", "-o", "Debug::NoLocking=1", "upgrade"];
    let waiting: Vec<String> = match node.text(&apt, short()).await {
        Ok(said) => said.lines().filter(|line| line.starts_with("Inst ")).map(str::to_owned).collect(),
        Err(error) if error.is_missing_program() => {
            let said = node.text(&["rpm-ostree", "upgrade", "--check"], short()).await;
            match said {
                Err(error) if error.is_missing_program() => dnf(node).await?,
                other => other?.lines().filter(|line| line.contains("Version:")).map(str::to_owned).collect(),
            }
        }
        Err(error) => return Err(error),
    };
    #[allow(clippy::cast_precision_loss, reason = "nobody has so many packages")]
    let verdict = judge(waiting.len() as f64, limits);
    let mut findings = vec![match waiting.len() {
        0 => Finding::new(verdict, "no update waits"),
        many => {
            Finding::new(verdict, format!("{many} update(s) wait")).detail(waiting.into_iter().take(DETAIL).collect())
        }
    }];
    if !node.find("/run/reboot-required", short()).await?.is_empty() {
        findings.push(Finding::warn("an update waits for a restart of the host"));
    }
    Ok(findings)
}

async fn dnf(node: &Node) -> Result<Vec<String>, ReachError> {
    match node.text(&["dnf", "-q", "-C", "list", "--upgrades"], short()).await {
        Ok(said) => Ok(said.lines().skip(1).filter(|line| !line.trim().is_empty()).map(str::to_owned).collect()),
        Err(ReachError::Failed { status: 1, .. }) => Ok(Vec::new()), // nothing in the list
        Err(error) => Err(error),
    }
}

/// A program of the operator: its status says how it stands, what it prints why.
pub(super) async fn command(node: &Node, argv: &[String]) -> Result<Vec<Finding>, ReachError> {
    let name = argv.first().map_or("", String::as_str);
    let mut running = node.start(argv, Duration::from_hours(24))?; // the group's time ends it
    let (mut said, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        let read = running.read(&mut buffer).await?;
        if read == 0 {
            break;
        }
        if said.len() < 16 * 1024 {
            said.extend_from_slice(buffer.get(..read).unwrap_or_default());
        }
    }
    let verdict = match running.finish().await {
        Ok(()) => Verdict::Pass,
        Err(ReachError::Failed { status: 1, .. }) => Verdict::Warn,
        Err(error @ ReachError::Failed { .. }) if !error.is_missing_program() => Verdict::Fail,
        Err(error) => return Err(error),
    };
    let said = String::from_utf8_lossy(&said).into_owned();
    let clean = |line: &str| line.trim_end().chars().filter(|letter| !letter.is_control()).collect::<String>();
    let lines: Vec<String> = said.lines().map(clean).filter(|line| !line.is_empty()).take(DETAIL).collect();
    let text = lines.first().cloned().unwrap_or_else(|| format!("{name} printed nothing"));
    Ok(vec![Finding::new(verdict, text).detail(lines)])
}

/// A few names, and how many more there are.
fn listed(names: &[&str]) -> String {
    let shown = names.iter().take(5).copied().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(5) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
