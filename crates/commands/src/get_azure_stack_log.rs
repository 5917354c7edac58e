use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clixml::{DateTime, DateTimeKind};
use cmdlet::{BoxFuture, Cmdlet, CommandInfo, Ps, Run, Switch, Terminate};
use inventory::{Inventory, LogType};
use jiff::{SignedDuration, Timestamp};
use log_collection::{
    Event, Extra, Moment, ObjectStore, PlaceTarget, Request, SasUri, Target, Window, collect, folder_name, jobs,
    role_names,
};
use psrp::host_call::PsCredential;
use psrp::record::{ErrorCategory, ErrorRecord};
use share::{Place, ShareAddress};

use crate::cloud_admin::{INVALID_OPERATION, record};
use crate::diagnostics::{Diagnostics, known, login, progress, progress_end, read_inventory, waited, wrong_argument};

/// Collects the logs of the stamp's roles into zip files on a share, in a local folder, or in an object store.
///
/// What a role's logs are, and on which nodes, stands in the endpoint's inventory: files, journals, what programs print. Files are taken
/// whole if they were written in the time window; journals are cut to it. Times without a zone are meant in the stamp's time zone.
///
/// A new folder AzureStackLogs-TIME-COMPUTER is made at the target. It gets one zip for each role, several for a large one, which all
/// unpack into one tree, and Get-AzureStackLog_Output.log, which says what was collected and what was not. Nothing is kept on the endpoint.
/// The role SeedRing holds the newest report of Test-AzureStack.
///
/// One collection runs at a time. What cannot be read is an error record, and the rest is collected; a node that cannot be reached is a
/// warning. When the time is up, the zips end as they are and can be read. A collection that is broken off leaves the zips that were whole.
///
/// # Examples
/// ```powershell
/// Get-AzureStackLog -OutputSharePath \\fileserver\logs -OutputShareCredential $using:shareCred
/// ```
/// All roles of all nodes, the last four hours, to a share.
///
/// ```powershell
/// Get-AzureStackLog -OutputSharePath \\fileserver\logs -OutputShareCredential $using:shareCred -FilterByRole Storage, System -FromDate $using:from -ToDate $using:to
/// ```
/// Two roles, in a window that the client computed.
///
/// ```powershell
/// Get-AzureStackLog -OutputPath /srv/logs -FromDate "Friday, August 18, 2017 6:34:48 AM" -FilterByNode node01
/// ```
/// To a folder that the endpoint's configuration lists, of one node, up to now.
///
/// ```powershell
/// Get-AzureStackLog -OutputSasUri "https://account.blob.example.com/logs?sp=rwl&se=2027-01-01T00:00:00Z&sig=..." -IncludeDumpFile
/// ```
/// To a container of an object store, with memory dumps.
#[derive(Cmdlet)]
#[cmdlet(
    verb = "Get",
    noun = "AzureStackLog",
    module = "PrivilegedEndpoint",
    default_parameter_set = "Share",
    role = "Operate",
    positional_binding = false
)]
pub struct GetAzureStackLog {
    /// The share that the logs go to: \\server\share or \\server\share\folder.
    #[parameter(set_name = "Share", mandatory)]
    #[parameter(set_name = "ShareProvider", mandatory)]
    output_share_path: String,
    /// Who may write there. It is asked for when it is not given.
    #[parameter(set_name = "Share", mandatory)]
    #[parameter(set_name = "ShareProvider", mandatory)]
    output_share_credential: Option<PsCredential>,
    /// A local folder that the logs go to; the endpoint's configuration lists which there may be.
    #[parameter(set_name = "Path", mandatory)]
    #[parameter(set_name = "PathProvider", mandatory)]
    output_path: String,
    /// The address of a container of an object store, with a signature that permits to read, write and list.
    #[parameter(set_name = "Sas", mandatory, secret)]
    #[parameter(set_name = "SasProvider", mandatory, secret)]
    output_sas_uri: String,
    /// The roles to collect from; without it all.
    #[parameter(set_name = "Share", completer = roles)]
    #[parameter(set_name = "Path", completer = roles)]
    #[parameter(set_name = "Sas", completer = roles)]
    filter_by_role: Vec<String>,
    /// Resource providers to collect from, instead of roles: roles of the inventory that are named so.
    #[parameter(set_name = "ShareProvider", mandatory, completer = roles)]
    #[parameter(set_name = "PathProvider", mandatory, completer = roles)]
    #[parameter(set_name = "SasProvider", mandatory, completer = roles)]
    filter_by_resource_provider: Vec<String>,
    /// The nodes to collect from; without it all.
    #[parameter(completer = nodes)]
    filter_by_node: Vec<String>,
    /// The kinds of logs: File, Share, WindowsEvent (journals); without it all.
    #[parameter(set("File", "Share", "WindowsEvent"))]
    filter_by_log_type: Vec<String>,
    /// The beginning of the time window; without it four hours before its end.
    from_date: Option<DateTime>,
    /// The end of the time window; without it now.
    to_date: Option<DateTime>,
    /// Minutes that the collection may take.
    #[parameter(range(1, 10_080), default = 150)]
    time_out_in_minutes: i32,
    /// Takes memory dumps, too.
    include_dump_file: Switch,
}

const ACTIVITY: &str = "Collecting logs";

/// So many zips are written at a time, at most.
const AT_A_TIME: usize = 4;

impl Run for GetAzureStackLog {
    async fn end(&mut self, ps: &mut Ps<'_>) -> Result<(), Terminate> {
        let (info, diagnostics) = (ps.info(), ps.service::<Diagnostics>()?);
        let inventory = read_inventory(ps).await?;
        let zone = inventory.stamp.zone();
        let now = Timestamp::now();
        let window = Window::new(self.from_date.map(moment), self.to_date.map(moment), &zone, now)
            .map_err(|error| wrong_argument(info, "InvalidTimeWindow", &error.to_string()))?;
        let jobs = self.jobs(ps, &inventory, &diagnostics)?;
        let who = format!("{} ({})", ps.session().account, ps.session().source);
        let permit = diagnostics.collections.take(&who).map_err(|busy| {
            let since = busy.since.strftime("%Y-%m-%d %H:%M:%S %:z");
            let text =
                format!("A log collection is running already: {} began it at {since}. One runs at a time.", busy.who);
            record(info, INVALID_OPERATION, &text, "LogCollectionInProgress", ErrorCategory::ResourceBusy)
        })?;
        let target = waited(ps, ACTIVITY, "Looking at the target", self.target(info, &diagnostics)).await??;
        let begun = loop {
            match permit.begin() {
                Some(begun) => break begun,
                None => tokio::time::sleep(Duration::from_millis(100)).await,
            }
        };
        let limit = Duration::from_mins(self.time_out_in_minutes.unsigned_abs().into());
        let at = |time: Timestamp| time.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S %:z").to_string();
        let head = vec![
            format!("Get-AzureStackLog, begun by {who} at {}", at(now)),
            format!("From {} to {}, {} minutes at most", at(window.from), at(window.to), self.time_out_in_minutes),
        ];
        if window.to.duration_since(window.from) > SignedDuration::from_hours(8) {
            ps.warning("The time window is longer than eight hours: the collection may take long and much room.")
                .await?;
        }
        let folder = folder_name(begun, &zone, &ps.session().computer);
        ps.verbose(format!("Collecting to {}", target.shown(&folder))).await?;
        let at_a_time = std::thread::available_parallelism().map_or(2, usize::from).clamp(2, AT_A_TIME);
        let part_bytes = diagnostics.part_bytes;
        let request = Request { jobs, window, limit, part_bytes, folder, head, zone, at_a_time };
        let ended = self.run(ps, request, target).await;
        drop(permit);
        ended
    }
}

impl GetAzureStackLog {
    fn jobs(
        &self,
        ps: &Ps<'_>,
        inventory: &Inventory,
        diagnostics: &Diagnostics,
    ) -> Result<Vec<log_collection::Job>, ErrorRecord> {
        let (info, all) = (ps.info(), role_names(inventory));
        let roles = if self.filter_by_resource_provider.is_empty() {
            known(info, "role", &self.filter_by_role, &all)?
        } else {
            known(info, "resource provider", &self.filter_by_resource_provider, &all)?
        };
        let names: Vec<String> = inventory.nodes.iter().map(|node| node.name.clone()).collect();
        let nodes = known(info, "node", &self.filter_by_node, &names)?;
        let types = self.filter_by_log_type.iter().map(|name| match name.to_ascii_lowercase().as_str() {
            "file" => LogType::File,
            "share" => LogType::Share,
            _ => LogType::WindowsEvent,
        });
        let own = health::newest(&diagnostics.reports).map(|files| vec![files.html, files.json]).unwrap_or_default();
        let extra = Extra { dumps: self.include_dump_file.is_present(), own };
        let jobs = jobs(inventory, &roles, &nodes, &types.collect::<Vec<_>>(), &extra);
        if jobs.is_empty() {
            let text = "There is nothing to collect: no such role has logs of this kind on these nodes.";
            return Err(wrong_argument(info, "NothingToCollect", text));
        }
        Ok(jobs)
    }

    /// Where it goes, looked at before anything is done.
    async fn target(
        &self,
        info: &'static CommandInfo,
        diagnostics: &Diagnostics,
    ) -> Result<Arc<dyn Target>, Terminate> {
        let refused = |text: &str| wrong_argument(info, "LogTargetRefused", text);
        let opened = if !self.output_path.is_empty() {
            let folder = diagnostics.folder(&self.output_path).map_err(|text| refused(&text))?;
            opened(move || Ok(Arc::new(PlaceTarget(Arc::new(Place::folder(&folder)?))) as Arc<dyn Target>)).await
        } else if !self.output_sas_uri.is_empty() {
            let uri: SasUri = self
                .output_sas_uri
                .parse()
                .map_err(|error| refused(&format!("The address of the object store cannot be used: {error}.")))?;
            let store = ObjectStore::new(uri, Vec::new()).map_err(|error| refused(&error.to_string()))?;
            opened(move || Ok(Arc::new(store) as Arc<dyn Target>)).await
        } else {
            let address: ShareAddress = self.output_share_path.parse().map_err(|error| {
                refused(&format!("'{}' is no share: {error}.", self.output_share_path.escape_debug()))
            })?;
            let login = self.output_share_credential.as_ref().map(login).transpose();
            let login = login.and_then(|login| login.ok_or("There is no credential for the share."));
            let login = login.map_err(refused)?;
            opened(move || {
                let place = Place::share(&address, &login, share::LIMIT)?;
                Ok(Arc::new(PlaceTarget(Arc::new(place))) as Arc<dyn Target>)
            })
            .await
        };
        Ok(opened.map_err(|error| failed(info, &error))?)
    }

    async fn run(&self, ps: &mut Ps<'_>, request: Request, target: Arc<dyn Target>) -> Result<(), Terminate> {
        let mut told = collect(request, target);
        let mut last: Option<Instant> = None;
        while let Some(event) = waited(ps, ACTIVITY, "Looking what there is", told.recv()).await? {
            match event {
                Event::Line(text) => ps.verbose(text).await?,
                Event::Warning(text) => ps.warning(text).await?,
                Event::Lost { what, why } => {
                    let text = format!("{what} was not collected, or not as a whole: {why}.");
                    let error = record(ps.info(), INVALID_OPERATION, &text, "LogSourceLost", ErrorCategory::ReadError);
                    ps.write_error(error.target(what.as_str(), what.as_str(), "String")).await?;
                }
                Event::Progress { read, all, done, things } => {
                    if last.is_none_or(|last| last.elapsed() > Duration::from_secs(2)) {
                        last = Some(Instant::now());
                        let status = format!("{done} of {things}, {} of {}", megabytes(read), megabytes(all));
                        let (now, whole) = if all > 0 { (read, all) } else { (done as u64, things as u64) };
                        let percent = usize::try_from(now.min(whole) * 100 / whole.max(1)).unwrap_or(0);
                        ps.progress(progress(ACTIVITY, &status, percent, 100)).await?;
                    }
                }
                Event::End(Ok(summary)) => {
                    ps.progress(progress_end(ACTIVITY)).await?;
                    if summary.late {
                        let minutes = self.time_out_in_minutes;
                        ps.warning(format!(
                            "The time of {minutes} minutes was up: the zips hold what was read until then."
                        ))
                        .await?;
                    }
                    let text = format!(
                        "{} zip(s) with {} of logs are in {}.",
                        summary.zips.len(),
                        megabytes(summary.read),
                        summary.folder
                    );
                    return ps.write_host(text, None, None, false).await;
                }
                Event::End(Err(error)) => {
                    ps.progress(progress_end(ACTIVITY)).await?;
                    return Err(failed(ps.info(), &error).into());
                }
            }
        }
        Err(failed(ps.info(), &io::Error::other("the collection did not answer")).into())
    }
}

/// Opens a target and looks whether it may be written.
async fn opened(open: impl FnOnce() -> io::Result<Arc<dyn Target>> + Send + 'static) -> io::Result<Arc<dyn Target>> {
    let opened = tokio::task::spawn_blocking(move || {
        let target = open()?;
        target.check()?;
        Ok(target)
    });
    opened.await.map_err(io::Error::other)?
}

/// The target did not take it.
fn failed(info: &CommandInfo, error: &io::Error) -> ErrorRecord {
    let (id, category, more) = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            ("LogTargetFull", ErrorCategory::WriteError, "There is not enough space on the disk. ")
        }
        io::ErrorKind::PermissionDenied => ("LogTargetDenied", ErrorCategory::PermissionDenied, ""),
        io::ErrorKind::NotFound | io::ErrorKind::HostUnreachable => {
            ("LogTargetNotFound", ErrorCategory::ObjectNotFound, "")
        }
        _ => ("LogCollectionFailed", ErrorCategory::WriteError, ""),
    };
    let text = format!("The logs were not collected. {more}{error}.");
    record(info, INVALID_OPERATION, &text, id, category)
}

/// A date as it was said: with its zone, or as a clock of the stamp shows it.
fn moment(date: DateTime) -> Moment {
    let civil = |date: DateTime| {
        let civil = date.to_civil();
        let small = |number: u8| i8::try_from(number).unwrap_or(0);
        let nanoseconds = i32::try_from(civil.fraction.saturating_mul(100)).unwrap_or(0);
        jiff::civil::DateTime::new(
            i16::try_from(civil.year).unwrap_or(1),
            small(civil.month),
            small(civil.day),
            small(civil.hour),
            small(civil.minute),
            small(civil.second),
            nanoseconds,
        )
        .unwrap_or(jiff::civil::DateTime::MIN)
    };
    let wall = civil(date);
    let minutes = match date.kind {
        DateTimeKind::Unspecified => return Moment::Wall(wall),
        DateTimeKind::Utc => 0,
        DateTimeKind::Local(minutes) => i32::from(minutes),
    };
    let offset = jiff::tz::Offset::from_seconds(minutes * 60).unwrap_or(jiff::tz::Offset::UTC);
    offset.to_timestamp(wall).map_or(Moment::Wall(wall), Moment::Instant)
}

fn megabytes(bytes: u64) -> String {
    #[allow(clippy::cast_precision_loss, reason = "one decimal")]
    let megabytes = bytes as f64 / 1024.0 / 1024.0;
    format!("{megabytes:.1} MiB")
}

/// The names of all roles, for completion.
fn roles<'a>(ps: &'a Ps<'_>) -> BoxFuture<'a, Vec<String>> {
    let inventory = read_inventory(ps);
    Box::pin(async move { inventory.await.map(|inventory| role_names(&inventory)).unwrap_or_default() })
}

/// The names of all nodes, for completion.
pub(crate) fn nodes<'a>(ps: &'a Ps<'_>) -> BoxFuture<'a, Vec<String>> {
    let inventory = read_inventory(ps);
    Box::pin(async move {
        let names = |inventory: Arc<Inventory>| inventory.nodes.iter().map(|node| node.name.clone()).collect();
        inventory.await.map(names).unwrap_or_default()
    })
}
