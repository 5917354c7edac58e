//! Room, memory, load: what a host has left.

use std::path::Path;

use inventory::Limits;
use reach::{Node, ReachError};

use super::{judge, short};
use crate::Finding;

pub(super) async fn disk(node: &Node, paths: &[String], limits: Limits) -> Result<Vec<Finding>, ReachError> {
    file_systems(node, "-k", paths, limits, "of its room").await
}

pub(super) async fn inodes(node: &Node, paths: &[String], limits: Limits) -> Result<Vec<Finding>, ReachError> {
    file_systems(node, "-i", paths, limits, "of its inodes").await
}

async fn file_systems(
    node: &Node,
    unit: &str,
    paths: &[String],
    limits: Limits,
    of: &str,
) -> Result<Vec<Finding>, ReachError> {
    let mut findings = Vec::new();
    for path in paths {
        let said = node.text(&["df", "-P", unit, "--", path], short()).await?;
        findings.push(match used(&said) {
            Some((_, None)) => Finding::pass(format!("{path}: its file system counts none")),
            Some((line, Some(percent))) => {
                let text = format!("{path}: {percent:.0} % {of} are used");
                Finding::new(judge(percent, limits), text).detail(vec![line])
            }
            None => Finding::warn(format!("{path}: df says nothing that is understood")),
        });
    }
    Ok(findings)
}

/// The line of `df -P`, and how much is used of what a user may use.
fn used(said: &str) -> Option<(String, Option<f64>)> {
    let line = said.lines().nth(1)?;
    let mut numbers = line.split_whitespace().filter_map(|word| word.parse::<f64>().ok());
    let (all, used, free) = (numbers.next()?, numbers.next()?, numbers.next()?);
    let percent = (all > 0.0 && used + free > 0.0).then(|| used * 100.0 / (used + free));
    Some((line.to_owned(), percent))
}

pub(super) async fn memory(node: &Node, limits: Limits) -> Result<Vec<Finding>, ReachError> {
    let said = node.text(&["cat", "/proc/meminfo"], short()).await?;
    let field = |name: &str| {
        let line = said.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()?.parse::<f64>().ok()
    };
    let Some((all, available)) = field("MemTotal:").zip(field("MemAvailable:")).filter(|(all, _)| *all > 0.0) else {
        return Ok(vec![Finding::warn("/proc/meminfo says nothing that is understood")]);
    };
    let percent = (all - available) * 100.0 / all;
    let text = format!("{percent:.0} % of {:.1} GiB memory are used", all / 1024.0 / 1024.0);
    Ok(vec![Finding::new(judge(percent, limits), text)])
}

pub(super) async fn load(node: &Node, limits: Limits) -> Result<Vec<Finding>, ReachError> {
    let said = node.text(&["cat", "/proc/loadavg"], short()).await?;
    let processors = node.text(&["nproc"], short()).await?;
    let five_minutes = said.split_whitespace().nth(1).and_then(|word| word.parse::<f64>().ok());
    let processors = processors.trim().parse::<f64>().ok().filter(|number| *number > 0.0);
    let Some((load, processors)) = five_minutes.zip(processors) else {
        return Ok(vec![Finding::warn("/proc/loadavg says nothing that is understood")]);
    };
    let text = format!("a load of {load:.1} over five minutes on {processors:.0} processors");
    Ok(vec![Finding::new(judge(load / processors, limits), text)])
}

/// Writes a block into a folder, on to the disk, and takes it away again.
pub(super) async fn writable(node: &Node, path: &Path) -> Result<Vec<Finding>, ReachError> {
    let shown = path.display().to_string();
    let made = node.text(&["mktemp", "-p", &shown, ".pepd-write-test-XXXXXXXX"], short()).await;
    let file = match made {
        Ok(file) => file.trim_end_matches('\n').to_owned(),
        Err(error @ ReachError::Failed { .. }) => return Ok(vec![Finding::fail(format!("{shown}: {error}"))]),
        Err(error) => return Err(error),
    };
    let output = format!("of={file}");
    let written = node.run(&["dd", "if=/dev/zero", &output, "bs=4096", "count=1", "conv=fsync"], short()).await;
    let removed = node.run(&["rm", "-f", "--", &file], short()).await;
    Ok(vec![match written.and(removed) {
        Ok(_) => Finding::pass(format!("{shown} is writable")),
        Err(error) => Finding::fail(format!("{shown}: {error}")),
    }])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn df_is_read_as_posix_wants_it() {
        let said = "Filesystem     1024-blocks     Used Available Capacity Mounted on\n/dev/vda         100000 50000 25000      67% /\n";
        let (_, percent) = used(said).unwrap();
        assert!((percent.unwrap() - 66.666).abs() < 0.01);
        let none = "Filesystem Inodes IUsed IFree IUse% Mounted on\nbtrfs 0 0 0 - /\n";
        assert_eq!(used(none).unwrap().1, None);
        assert!(used("df: nothing\n").is_none());
    }
}
