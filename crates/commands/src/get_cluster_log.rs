use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use clixml::DateTime;
use cmdlet::{Cmdlet, Ps, PsObject, Run, Switch, Terminate};
use inventory::{Cluster, Node};
use psrp::record::ErrorCategory;
use reach::{Limits, ReachError};
use tokio::fs::File;
use tokio::io::AsyncWriteExt as _;
use tokio::task::JoinSet;

use crate::cloud_admin::{INVALID_OPERATION, record};
use crate::diagnostics::{Diagnostics, known, progress, progress_end, read_inventory, wrong_argument};
use crate::get_azure_stack_log::nodes;

/// Writes the cluster log of each node into a file NODE_cluster.log.
///
/// The cluster log is the journal of the units, and the files, that the endpoint's inventory names for its cluster: those of Corosync and
/// Pacemaker, of etcd, of Kubernetes, or the whole journal. One file object is returned for each node.
///
/// # Examples
/// ```powershell
/// Get-ClusterLog -Destination /srv/logs -TimeSpan 30
/// ```
/// The last half hour of all nodes, into a folder that the endpoint's configuration lists.
///
/// ```powershell
/// Get-ClusterLog node01 -UseLocalTime
/// ```
/// Everything of one node, with times of the stamp's zone, into the first folder that the configuration lists.
#[derive(Cmdlet)]
#[cmdlet(
    verb = "Get",
    noun = "ClusterLog",
    module = "PrivilegedEndpoint",
    output = "System.IO.FileInfo",
    role = "Operate",
    positional_binding = false
)]
pub struct GetClusterLog {
    /// The nodes; without it all.
    #[parameter(position = 0, completer = nodes)]
    node: Vec<String>,
    /// The folder for the files; the endpoint's configuration lists which there may be. Without it the first of them.
    destination: Option<String>,
    /// Minutes before now that the logs begin; without it they begin where they begin.
    #[parameter(alias = "Span", range(1, 5_256_000))]
    time_span: Option<u32>,
    /// Times of the stamp's zone instead of universal ones.
    #[parameter(alias = "lt")]
    use_local_time: Switch,
}

/// A file, as PowerShell shows one.
#[derive(PsObject)]
#[ps_object(
    type_name = "System.IO.FileInfo",
    table(mode(width = 6), last_write_time(width = 20), length(width = 12), name)
)]
pub struct FileInfo {
    name: String,
    full_name: String,
    directory_name: String,
    extension: String,
    length: i64,
    exists: bool,
    last_write_time: DateTime,
    last_write_time_utc: DateTime,
    mode: String,
    // what PowerShell's own views show of a file, which they find on a file only
    mode_without_hard_link: String,
    unix_mode: String,
    user: String,
    group: String,
    size: i64,
    name_string: String,
    length_string: String,
    last_write_time_string: String,
    #[ps_object(name = "PSParentPath")]
    parent: String,
    #[ps_object(name = "PSChildName")]
    child: String,
    #[ps_object(name = "PSIsContainer")]
    is_container: bool,
}

const ACTIVITY: &str = "Writing cluster logs";

/// A node's logs take no longer.
const PATIENCE: Duration = Duration::from_hours(1);

impl Run for GetClusterLog {
    async fn end(&mut self, ps: &mut Ps<'_>) -> Result<(), Terminate> {
        let (info, diagnostics) = (ps.info(), ps.service::<Diagnostics>()?);
        let inventory = read_inventory(ps).await?;
        let first = || diagnostics.log_folders.first().map(|folder| folder.display().to_string()).unwrap_or_default();
        let destination = self.destination.clone().unwrap_or_else(first);
        let folder =
            diagnostics.folder(&destination).map_err(|text| wrong_argument(info, "DestinationRefused", &text))?;
        let names: Vec<String> = inventory.nodes.iter().map(|node| node.name.clone()).collect();
        let chosen = known(info, "node", &self.node, &names)?;
        let zone = self.use_local_time.is_present().then(|| inventory.stamp.timezone.clone());
        let since = self.time_span.map(|minutes| SystemTime::now() - Duration::from_secs(u64::from(minutes) * 60));
        let mut written = JoinSet::new();
        for node in inventory.nodes.iter().filter(|node| chosen.is_empty() || chosen.contains(&node.name)) {
            let path = folder.join(format!("{}_cluster.log", node.name));
            let work =
                Writing { node: node.clone(), cluster: inventory.cluster.clone(), since, zone: zone.clone(), path };
            written.spawn(async move { (work.node.name.clone(), work.write().await) });
        }
        let (all, mut done) = (written.len(), 0);
        let mut tick = tokio::time::interval(Duration::from_secs(5));
        loop {
            let ended = tokio::select! {
                ended = written.join_next() => ended,
                _ = tick.tick() => {
                    ps.progress(progress(ACTIVITY, &format!("{done} of {all}"), done, all)).await?;
                    continue;
                }
            };
            let Some(ended) = ended else { break };
            done += 1;
            match ended {
                Ok((_, Ok(file))) => ps.write(file).await?,
                Ok((node, Err(error))) => {
                    let text = format!("The cluster log of {node} was not written: {error}.");
                    let error = record(info, INVALID_OPERATION, &text, "ClusterLogFailed", ErrorCategory::ReadError);
                    ps.write_error(error.target(node.as_str(), node.as_str(), "String")).await?;
                }
                Err(error) => {
                    let error = record(
                        info,
                        INVALID_OPERATION,
                        &error.to_string(),
                        "ClusterLogFailed",
                        ErrorCategory::NotSpecified,
                    );
                    ps.write_error(error).await?;
                }
            }
        }
        ps.progress(progress_end(ACTIVITY)).await
    }
}

/// One node's log and where it goes.
struct Writing {
    node: Node,
    cluster: Cluster,
    since: Option<SystemTime>,
    /// The zone of its times; universal without one.
    zone: Option<String>,
    path: PathBuf,
}

impl Writing {
    /// Beside the old one first: that stays until the new one is whole.
    async fn write(&self) -> Result<FileInfo, ReachError> {
        let partial = self.path.with_extension("log.partial");
        let written = self.write_to(&partial).await;
        if let Err(error) = written {
            let _ = tokio::fs::remove_file(&partial).await; // the error that led here counts
            return Err(error);
        }
        tokio::fs::rename(&partial, &self.path).await?;
        FileInfo::of(&self.path).await
    }

    async fn write_to(&self, path: &Path) -> Result<(), ReachError> {
        let reached = reach::Node::of(&self.node)?;
        let mut file = File::options().write(true).create(true).truncate(true).mode(0o600).open(path).await?;
        let units = match (self.cluster.units.is_empty(), self.cluster.files.is_empty()) {
            (true, true) => vec!["*".to_owned()],
            _ => self.cluster.units.clone(),
        };
        for unit in units {
            let argv = self.journal(&unit);
            pour(reach::Source::Program(Box::new(reached.start(&argv, PATIENCE)?)), &mut file).await?;
        }
        for pattern in &self.cluster.files {
            for found in reached.find(pattern, Limits::default()).await? {
                if self.since.is_none_or(|since| found.modified >= since) {
                    file.write_all(format!("==> {} <==\n", found.shown()).as_bytes()).await?;
                    pour(reached.open(&found.path, PATIENCE).await?, &mut file).await?;
                }
            }
        }
        file.sync_all().await?;
        Ok(())
    }

    fn journal(&self, unit: &str) -> Vec<String> {
        let mut argv = match &self.zone {
            Some(zone) => vec!["env".to_owned(), format!("TZ={zone}"), "journalctl".to_owned()],
            None => vec!["journalctl".to_owned(), "--utc".to_owned()],
        };
        argv.extend(["-q", "--no-pager", "-o", "short-iso-precise"].map(str::to_owned));
        if let Some(since) = self.since {
            let seconds = since.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
            argv.push(format!("--since=@{seconds}"));
        }
        if unit != "*" {
            argv.push(format!("--unit={unit}"));
        }
        argv
    }
}

async fn pour(mut source: reach::Source, file: &mut File) -> Result<(), ReachError> {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let read = source.read(&mut buffer).await?;
        if read == 0 {
            break;
        }
        file.write_all(buffer.get(..read).unwrap_or_default()).await?;
    }
    source.finish().await
}

impl FileInfo {
    async fn of(path: &Path) -> Result<FileInfo, ReachError> {
        let facts = tokio::fs::metadata(path).await?;
        let written = facts.modified()?.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let shown = jiff::Timestamp::try_from(facts.modified()?);
        let shown = shown.map_or_else(|_| String::new(), |time| time.strftime("%m/%d/%Y %H:%M").to_string());
        let written = DateTime::from_unix(i64::try_from(written.as_secs()).unwrap_or(0), written.subsec_nanos());
        let named = |name: Option<std::ffi::OsString>| name.unwrap_or_default().to_string_lossy().into_owned();
        let text = |part: Option<&std::ffi::OsStr>| part.unwrap_or_default().to_string_lossy().into_owned();
        let directory = path.parent().map(|parent| parent.display().to_string()).unwrap_or_default();
        let name = text(path.file_name());
        Ok(FileInfo {
            child: name.clone(),
            name_string: name.clone(),
            name,
            full_name: path.display().to_string(),
            parent: format!("Microsoft.PowerShell.Core\\FileSystem::{directory}"),
            directory_name: directory,
            extension: ".log".into(),
            length: i64::try_from(facts.len()).unwrap_or(i64::MAX),
            exists: true,
            last_write_time: written,
            last_write_time_utc: written,
            mode: "-----".into(),
            mode_without_hard_link: "-----".into(),
            unix_mode: "-rw-------".into(),
            user: named(uzers::get_user_by_uid(facts.uid()).map(|user| user.name().to_owned())),
            group: named(uzers::get_group_by_gid(facts.gid()).map(|group| group.name().to_owned())),
            size: i64::try_from(facts.len()).unwrap_or(i64::MAX),
            length_string: facts.len().to_string(),
            last_write_time_string: shown,
            is_container: false,
        })
    }
}
