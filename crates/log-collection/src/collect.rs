//! A collection from its plan to its end.

use std::collections::{BTreeMap, HashSet};
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use reach::ReachError;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

use crate::job::Job;
use crate::output_log::OutputLog;
use crate::part::{Numbers, Part};
use crate::plan::{self, Listed};
use crate::read::{Loss, read};
use crate::target::Target;
use crate::window::Window;

/// What is to be collected, and how.
pub struct Request {
    /// What.
    pub jobs: Vec<Job>,
    /// From when to when.
    pub window: Window,
    /// How long it may take.
    pub limit: Duration,
    /// About how large a zip may become.
    pub part_bytes: u64,
    /// The folder that is made.
    pub folder: String,
    /// What stands at the top of the output log.
    pub head: Vec<String>,
    /// The zone of the times in it.
    pub zone: TimeZone,
    /// How many parts are written at a time.
    pub at_a_time: usize,
}

/// What is told of a collection.
#[derive(Debug)]
pub enum Event {
    /// Something that is worth a line.
    Line(String),
    /// A node cannot be reached, or something like it; the rest is collected.
    Warning(String),
    /// Something is not in the zips, or not whole.
    Lost {
        /// What.
        what: String,
        /// Why.
        why: String,
    },
    /// How far it is.
    Progress {
        /// Bytes that were read.
        read: u64,
        /// Bytes that are known to be there.
        all: u64,
        /// Things that are done.
        done: usize,
        /// Things that there are.
        things: usize,
    },
    /// It has ended.
    End(io::Result<Summary>),
}

/// What was collected.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// The folder, for people.
    pub folder: String,
    /// The zips, by name.
    pub zips: Vec<String>,
    /// Bytes that were read.
    pub read: u64,
    /// Bytes of the zips.
    pub written: u64,
    /// Things that are missing or cut.
    pub lost: usize,
    /// The time was up before all was read.
    pub late: bool,
}

/// Collects. When what this returns is dropped, it is broken off at once, and what is half is taken away.
pub fn collect(request: Request, target: Arc<dyn Target>) -> mpsc::Receiver<Event> {
    let (tell, told) = mpsc::channel(64);
    tokio::spawn(async move {
        let given_up = Arc::new(AtomicBool::new(false));
        let gone = tell.clone();
        let run = Run {
            tell: tell.clone(),
            deadline: Instant::now() + request.limit,
            request,
            target,
            given_up: Arc::clone(&given_up),
            read: AtomicU64::new(0).into(),
            written: AtomicU64::new(0).into(),
            done: AtomicUsize::new(0).into(),
        };
        tokio::select! {
            ended = run.run() => {
                given_up.store(true, Ordering::Relaxed);
                let _ = tell.send(Event::End(ended)).await; // nobody may want to know
            }
            () = gone.closed() => given_up.store(true, Ordering::Relaxed),
        }
    });
    told
}

struct Run {
    tell: mpsc::Sender<Event>,
    deadline: Instant,
    request: Request,
    target: Arc<dyn Target>,
    given_up: Arc<AtomicBool>,
    read: Arc<AtomicU64>,
    written: Arc<AtomicU64>,
    done: Arc<AtomicUsize>,
}

impl Run {
    async fn run(mut self) -> io::Result<Summary> {
        let jobs = std::mem::take(&mut self.request.jobs);
        let (things, mut lost) = self.list(jobs).await;
        let all: u64 = things.iter().filter_map(|thing| thing.size).sum();
        let count = things.len();
        let line = format!("{count} files and programs to collect, {} in files", megabytes(all));
        let log = self.open(all).await?;
        self.told(&log, Event::Line(line)).await;
        for event in lost.drain(..) {
            self.told(&log, event).await;
        }
        let (events, mut happened) = mpsc::channel(64);
        let mut parts = self.start(things, &events);
        drop(events);
        let (mut summary, mut tick) = (Summary::default(), tokio::time::interval(Duration::from_secs(1)));
        let mut open = true;
        let mut failed = None;
        while open || !parts.is_empty() {
            tokio::select! {
                event = happened.recv(), if open => match event {
                    Some(event) => self.told(&log, event).await,
                    None => open = false,
                },
                Some(ended) = parts.join_next() => match ended.map_err(io::Error::other).and_then(|ended| ended) {
                    Ok(zips) => {
                        for zip in &zips {
                            self.told(&log, Event::Line(format!("{zip} is there"))).await;
                        }
                        summary.zips.extend(zips);
                    }
                    Err(error) => {
                        failed = Some(error);
                        break;
                    }
                },
                _ = tick.tick() => self.progress(all, count).await,
            }
        }
        summary.read = self.read.load(Ordering::Relaxed);
        summary.written = self.written.load(Ordering::Relaxed);
        summary.lost = log.lost();
        summary.late = Instant::now() >= self.deadline;
        summary.folder = self.target.shown(&self.request.folder);
        summary.zips.sort();
        if let Some(error) = failed {
            self.given_up.store(true, Ordering::Relaxed);
            log.line(&format!("The collection ended: {error}"));
            let _ = log.close().await; // it may be as broken as the rest
            return Err(error);
        }
        let text = format!(
            "{} zip(s), {} read, {} written, {} lost{}",
            summary.zips.len(),
            megabytes(summary.read),
            megabytes(summary.written),
            summary.lost,
            if summary.late { "; the time was up" } else { "" }
        );
        log.line(&text);
        log.close().await?;
        Ok(summary)
    }

    /// All nodes at the same time; a node is asked one thing after the other.
    async fn list(&self, jobs: Vec<Job>) -> (Vec<Listed>, Vec<Event>) {
        let mut nodes: BTreeMap<String, Vec<(usize, Job)>> = BTreeMap::new();
        for (place, job) in jobs.into_iter().enumerate() {
            nodes.entry(job.node.name.clone()).or_default().push((place, job));
        }
        let (window, deadline) = (self.request.window, self.deadline);
        let mut asked = JoinSet::new();
        for (node, jobs) in nodes {
            asked.spawn(async move {
                let (mut found, mut lost) = (Vec::new(), Vec::new());
                for (place, job) in jobs {
                    let listed = timeout_at(deadline, plan::list(&job, window)).await;
                    let what = || format!("{} on {}: {}", job.role, job.node.name, job.kind);
                    match listed {
                        Ok(Ok(things)) => found.push((place, things)),
                        Ok(Err(error @ (ReachError::Unreachable(_) | ReachError::TimedOut { .. }))) => {
                            lost.push(Event::Warning(format!("Nothing is collected from {node}: {error}.")));
                            found.clear();
                            break;
                        }
                        Ok(Err(error)) => lost.push(Event::Lost { what: what(), why: error.to_string() }),
                        Err(_) => lost.push(Event::Lost { what: what(), why: "the time was up".into() }),
                    }
                }
                (found, lost)
            });
        }
        let (mut found, mut lost) = (Vec::new(), Vec::new());
        while let Some(node) = asked.join_next().await {
            if let Ok((things, events)) = node {
                found.extend(things);
                lost.extend(events);
            }
        }
        found.sort_by_key(|(place, _)| *place);
        (found.into_iter().flat_map(|(_, things)| things).collect(), lost)
    }

    /// Looks whether it fits, then makes the folder and the log in it.
    async fn open(&self, all: u64) -> io::Result<OutputLog> {
        let (target, folder, zone) = (Arc::clone(&self.target), self.request.folder.clone(), self.request.zone.clone());
        let head = self.request.head.clone();
        let opened = tokio::task::spawn_blocking(move || {
            // logs shrink to a tenth as a rule; what shrinks to a quarter only must find room, too
            if let Some(room) = target.room().filter(|room| *room < all / 4) {
                return Err(io::Error::new(
                    io::ErrorKind::StorageFull,
                    format!(
                        "There is not enough space on the disk: {} has {} left, and there are {} to collect",
                        target.shown(""),
                        megabytes(room),
                        megabytes(all)
                    ),
                ));
            }
            target.create_folder(&folder)?;
            OutputLog::open(&*target, &folder, zone, &head)
        });
        opened.await.map_err(io::Error::other)?
    }

    /// A task for each part of each role, so many at a time; the first things first.
    fn start(&self, things: Vec<Listed>, events: &mpsc::Sender<Event>) -> JoinSet<io::Result<Vec<String>>> {
        let mut roles: Vec<(String, Vec<Listed>)> = Vec::new();
        for thing in things {
            match roles.iter_mut().find(|(role, _)| *role == thing.role) {
                Some((_, own)) => own.push(thing),
                None => roles.push((thing.role.clone(), vec![thing])),
            }
        }
        let places = Arc::new(Semaphore::new(self.request.at_a_time.max(1)));
        let dead = Arc::new(Mutex::new(HashSet::new()));
        let mut parts = JoinSet::new();
        for (role, things) in roles {
            let numbers = Arc::new(Numbers::new(&role));
            for things in plan::parts(things, self.request.part_bytes) {
                let part = Part {
                    target: Arc::clone(&self.target),
                    folder: self.request.folder.clone(),
                    numbers: Arc::clone(&numbers),
                    limit: self.request.part_bytes,
                    given_up: Arc::clone(&self.given_up),
                    written: Arc::clone(&self.written),
                };
                let (places, events, dead) = (Arc::clone(&places), events.clone(), Arc::clone(&dead));
                let (deadline, count, done) = (self.deadline, Arc::clone(&self.read), Arc::clone(&self.done));
                parts.spawn(async move {
                    let _place = places.acquire().await;
                    let (pieces, came) = mpsc::channel(8);
                    let writing = tokio::task::spawn_blocking(move || part.write(came));
                    for thing in things {
                        let is_dead = dead.lock().unwrap_or_else(PoisonError::into_inner).contains(&thing.node);
                        let counted = |bytes| {
                            count.fetch_add(bytes, Ordering::Relaxed);
                        };
                        let ended = if is_dead {
                            Err(Loss::Failed(ReachError::Unreachable("it was lost".into())))
                        } else {
                            read(&thing, &pieces, deadline, &counted).await
                        };
                        done.fetch_add(1, Ordering::Relaxed);
                        let why = match ended {
                            Ok(_) => continue,
                            Err(Loss::Target) => break,
                            Err(Loss::Late(bytes)) => format!("the time was up after {bytes} bytes"),
                            Err(Loss::Long(bytes)) => format!("it was cut after {bytes} bytes"),
                            Err(Loss::Failed(error)) => {
                                if matches!(error, ReachError::Unreachable(_)) {
                                    dead.lock().unwrap_or_else(PoisonError::into_inner).insert(thing.node.clone());
                                }
                                error.to_string()
                            }
                        };
                        let _ = events.send(Event::Lost { what: thing.shown(), why }).await; // the run has ended
                    }
                    drop(pieces);
                    writing.await.map_err(io::Error::other)?
                });
            }
        }
        parts
    }

    async fn told(&self, log: &OutputLog, event: Event) {
        match &event {
            Event::Line(text) => log.line(text),
            Event::Warning(text) => {
                log.count_lost();
                log.line(&format!("WARNING: {text}"));
            }
            Event::Lost { what, why } => {
                log.count_lost();
                log.line(&format!("LOST: {what}: {why}"));
            }
            Event::Progress { .. } | Event::End(_) => {}
        }
        let _ = self.tell.send(event).await; // the run ends with who hears it
    }

    async fn progress(&self, all: u64, things: usize) {
        let (read, done) = (self.read.load(Ordering::Relaxed), self.done.load(Ordering::Relaxed));
        let _ = self.tell.send(Event::Progress { read, all, done, things }).await;
    }
}

/// Bytes for people.
pub(crate) fn megabytes(bytes: u64) -> String {
    #[allow(clippy::cast_precision_loss, reason = "one decimal")]
    let megabytes = bytes as f64 / 1024.0 / 1024.0;
    format!("{megabytes:.1} MiB")
}

/// The name of a collection's folder: when it began on the stamp's clock, and on which computer.
pub fn folder_name(now: Timestamp, zone: &TimeZone, computer: &str) -> String {
    let now: Zoned = now.to_zoned(zone.clone());
    format!("AzureStackLogs-{}-{computer}", now.strftime("%Y%m%d%H%M%S"))
}
