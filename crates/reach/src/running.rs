//! A program that runs, here or through `ssh`. When it is dropped, it and all that it started end at once.

use std::ffi::OsString;
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::AsyncReadExt as _;
use tokio::process::{Child, ChildStdout, Command};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};

use crate::ReachError;

/// So much of what a program complains about is kept.
const COMPLAINT_BYTES: u64 = 4 * 1024;

/// A running program. Its standard output is read from it.
#[derive(Debug)]
pub struct Running {
    program: String,
    group: Group,
    output: ChildStdout,
    complaint: JoinHandle<String>,
    deadline: Instant,
    limit: Duration,
    through_ssh: bool,
}

#[derive(Debug)]
struct Group(Child);

impl Drop for Group {
    fn drop(&mut self) {
        // its id is there until it was waited for, so no other group can have it
        let pid = self.0.id().and_then(|pid| i32::try_from(pid).ok()).and_then(Pid::from_raw);
        if let Some(pid) = pid {
            let _ = kill_process_group(pid, Signal::KILL); // it may have ended by itself
        }
    }
}

impl Running {
    /// Starts it in a process group of its own, with a clean environment. `named` is what errors call it.
    pub(crate) fn start(
        program: &OsString,
        arguments: &[OsString],
        named: String,
        limit: Duration,
        through_ssh: bool,
    ) -> Result<Running, ReachError> {
        let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        let mut command = Command::new(program);
        command.args(arguments).env_clear().env("PATH", path).env("LC_ALL", "C.UTF-8").env("TZ", "UTC");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.process_group(0).kill_on_drop(true);
        let failed = |reason| ReachError::NotStarted { program: named.clone(), reason };
        let mut child = command.spawn().map_err(failed)?;
        let pipes = child.stdout.take().zip(child.stderr.take());
        let (output, errors) = pipes.ok_or_else(|| failed(std::io::Error::other("it has no output")))?;
        let complaint = tokio::spawn(async move {
            let (mut kept, mut errors) = (Vec::new(), errors);
            let _ = (&mut errors).take(COMPLAINT_BYTES).read_to_end(&mut kept).await;
            let _ = tokio::io::copy(&mut errors, &mut tokio::io::sink()).await; // so that it never waits for us
            one_line(&kept)
        });
        let deadline = Instant::now() + limit;
        Ok(Running { program: named, group: Group(child), output, complaint, deadline, limit, through_ssh })
    }

    /// Waits for its end, once its output has been read.
    ///
    /// # Errors
    /// If it did not end well, or not in time.
    pub async fn finish(mut self) -> Result<(), ReachError> {
        let ended = timeout_at(self.deadline, self.group.0.wait()).await.map_err(|_| self.timed_out())??;
        let status = ended.code().unwrap_or(-1);
        if status == 0 {
            return Ok(());
        }
        let said = timeout_at(self.deadline, &mut self.complaint).await.ok().and_then(Result::ok).unwrap_or_default();
        Err(match status {
            255 if self.through_ssh => ReachError::Unreachable(said),
            124 if self.through_ssh => self.timed_out(),
            _ => ReachError::Failed { program: self.program.clone(), status, said },
        })
    }

    /// Reads all that it prints, at most so much, and waits for its end.
    ///
    /// # Errors
    /// If it prints more, takes too long, or does not end well.
    pub async fn output(mut self, limit: usize) -> Result<Vec<u8>, ReachError> {
        let mut all = Vec::new();
        let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
        let read = timeout_at(self.deadline, (&mut self.output).take(most).read_to_end(&mut all)).await;
        read.map_err(|_| self.timed_out())??;
        if all.len() > limit {
            return Err(ReachError::TooMuch { program: self.program.clone(), limit });
        }
        self.finish().await.map(|()| all)
    }

    /// Reads some of what it prints; 0 at its end.
    ///
    /// # Errors
    /// If it takes longer than it may.
    pub async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ReachError> {
        match timeout_at(self.deadline, self.output.read(buffer)).await {
            Ok(read) => Ok(read?),
            Err(_) => Err(self.timed_out()),
        }
    }

    fn timed_out(&self) -> ReachError {
        ReachError::TimedOut { program: self.program.clone(), limit: self.limit }
    }
}

/// A complaint, on one line and without what could move a screen's cursor.
fn one_line(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    lines.join("; ").chars().filter(|letter| !letter.is_control()).collect()
}
