//! What is printed.

use std::fs;
use std::time::Duration;

/// A process, and what it had taken when the load began.
pub(crate) struct Process {
    id: u32,
    cpu_before: Duration,
}

impl Process {
    pub(crate) fn of(id: u32) -> Process {
        Process { id, cpu_before: cpu(id) }
    }

    fn cpu(&self) -> Duration {
        cpu(self.id).saturating_sub(self.cpu_before)
    }

    fn resident_kib(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.id)).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
        line.trim().trim_end_matches(" kB").parse().unwrap_or_default()
    }
}

/// User and system time, in the kernel's ticks of 10 ms.
fn cpu(id: u32) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<u64>().ok()).unwrap_or_default();
    Duration::from_millis((ticks(11) + ticks(12)) * 10)
}

/// One load's figures.
pub(crate) struct Row {
    way: &'static str,
    load: &'static str,
    times: Vec<Duration>,
    took: Duration,
    server: Option<(Duration, u64)>,
}

impl Row {
    pub(crate) fn new(
        way: &'static str,
        load: &'static str,
        mut times: Vec<Duration>,
        took: Duration,
        server: Option<&Process>,
    ) -> Row {
        times.sort();
        let server = server.map(|server| (server.cpu(), server.resident_kib()));
        Row { way, load, times, took, server }
    }

    pub(crate) fn times(&self) -> usize {
        self.times.len()
    }

    /// A line of a table in Markdown: what, sessions, p50, p90, p99, things per second, the server's CPU and memory.
    #[allow(clippy::cast_precision_loss)]
    pub(crate) fn table(&self, sessions: usize, things: usize) -> String {
        let at = |percent: usize| {
            let at = self.times.len().saturating_sub(1) * percent / 100;
            self.times.get(at).map_or_else(String::new, |time| format!("{:.2} ms", time.as_secs_f64() * 1e3))
        };
        let server = self.server.map_or_else(
            || "–".to_owned(),
            |(cpu, kib)| format!("{:.2} s, {:.0} MiB", cpu.as_secs_f64(), kib as f64 / 1024.0),
        );
        format!(
            "| {}, {} | {sessions} | {} | {} | {} | {:.0} | {server} |",
            self.load,
            self.way,
            at(50),
            at(90),
            at(99),
            things as f64 / self.took.as_secs_f64()
        )
    }
}
