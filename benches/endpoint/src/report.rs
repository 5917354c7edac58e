//! The table.

use std::fmt;
use std::time::Duration;

use crate::clixml_speed::Speed;

/// One measured thing, ours beside the real server's.
pub(crate) struct Row {
    pub(crate) what: &'static str,
    pub(crate) strict: Duration,
    pub(crate) relaxed: Duration,
    pub(crate) theirs: Option<Duration>,
}

#[derive(Default)]
pub(crate) struct Report {
    clixml: String,
    rows: Vec<Row>,
    way: Duration,
    memory: String,
    import: String,
    stock: String,
}

impl Report {
    pub(crate) fn new() -> Report {
        Report::default()
    }

    pub(crate) fn clixml(&mut self, speed: &Speed, psrp_rs: Option<(f64, f64)>) {
        let beside =
            |figure: Option<f64>| figure.map_or_else(|| "not measured".into(), |figure| format!("{figure:.0} MB/s"));
        self.clixml = format!(
            "| | pepd | psrp-rs 1.0.0 | goal |\n|---|---|---|---|\n\
             | encode | {:.0} MB/s | {} | ≥ 500 MB/s |\n\
             | decode | {:.0} MB/s | {} | ≥ 200 MB/s |\n\n\
             A document of {:.1} MB made of property bags, one core, the best of several rounds.\n",
            speed.encode,
            beside(psrp_rs.map(|figures| figures.0)),
            speed.decode,
            beside(psrp_rs.map(|figures| figures.1)),
            speed.megabytes
        );
    }

    pub(crate) fn row(&mut self, row: Row) {
        self.rows.push(row);
    }

    /// What the relay and its pipes take of a command's time.
    pub(crate) fn way(&mut self, time: Duration) {
        self.way = time;
    }

    pub(crate) fn memory(&mut self, per_session: u64, real: Option<u64>) {
        #[allow(clippy::cast_precision_loss)]
        let (kib, mib) = (per_session as f64 / 1024.0, real.map(|bytes| bytes as f64 / 1024.0 / 1024.0));
        let real = mib.map_or_else(|| "not measured".to_owned(), |mib| format!("{mib:.0} MiB"));
        self.memory = format!(
            "An idle session adds {kib:.1} KiB to the daemon's resident memory (2,000 sessions; goal: ≤ 32 KiB); a session of the \
             real server: {real}, a process of its own.\n"
        );
    }

    /// What an import of so many commands costs the server.
    pub(crate) fn import(&mut self, commands: usize, ours: Duration, theirs: Option<Duration>) {
        let theirs = theirs.map_or_else(|| "not measured".to_owned(), milliseconds);
        self.import = format!(
            "\nAn import of {commands} commands, with their views: {} for pepd (relaxed record, goal: ≤ 20 ms), {theirs} for the real \
             server. It is what `Import-PSSession` asks for, from the first request to the last answer.\n",
            milliseconds(ours)
        );
    }

    pub(crate) fn stock_client(&mut self, timings: &str) {
        self.stock =
            format!("\n## Through a stock PowerShell\n\nIts own cost is in these.\n\n```\n{}\n```\n", timings.trim());
    }
}

fn milliseconds(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1e3)
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "# Performance\n\nMade by `./bench`, in one run on one machine with two cores; compare, do not quote.\n"
        )?;
        writeln!(f, "## CLIXML\n\n{}", self.clixml)?;
        writeln!(f, "## Sessions and commands\n")?;
        writeln!(
            f,
            "Both servers are driven by psrp's own client half over standard input and output; pepd through `pepd connect`."
        )?;
        writeln!(
            f,
            "The real server records nothing. pepd does: strictly (each answer waits for a disk sync), or relaxed. Medians.\n"
        )?;
        writeln!(f, "| | pepd, strict | pepd, relaxed | `pwsh -s`, restricted | ratio strict | ratio relaxed |")?;
        writeln!(f, "|---|---|---|---|---|---|")?;
        for row in &self.rows {
            let theirs = row.theirs.map_or_else(|| "not measured".to_owned(), milliseconds);
            let ratio = |ours: Duration| {
                row.theirs
                    .map_or_else(String::new, |theirs| format!("{:.1}", theirs.as_secs_f64() / ours.as_secs_f64()))
            };
            writeln!(
                f,
                "| {} | {} | {} | {theirs} | {} | {} |",
                row.what,
                milliseconds(row.strict),
                milliseconds(row.relaxed),
                ratio(row.strict),
                ratio(row.relaxed)
            )?;
        }
        writeln!(
            f,
            "\nGoal: each at least 30 times faster than the real server. A no-op is not, and cannot be on this way: two turns through \
             `pepd connect` with a bare echo behind it take {} alone, and a strict answer waits for the disk.",
            milliseconds(self.way)
        )?;
        write!(f, "\n{}{}{}", self.memory, self.import, self.stock)
    }
}
