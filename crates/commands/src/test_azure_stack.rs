use std::sync::Arc;
use std::time::{Duration, Instant};

use clixml::DateTime;
use cmdlet::{BoxFuture, Cmdlet, ConsoleColor, Ps, PsObject, Run, Switch, Terminate};
use health::{Finding, Outcome, Report, Test, Verdict};
use inventory::{Group, Inventory};
use jiff::Zoned;
use psrp::host_call::PsCredential;
use psrp::record::ErrorCategory;

use crate::backup_share;
use crate::cloud_admin::{INVALID_OPERATION, record};
use crate::diagnostics::{Diagnostics, known, progress, progress_end, read_inventory, waited};

/// Tests the health of the stamp: its nodes, and what its inventory says about them.
///
/// The tests run at the same time on all nodes. Each prints one line, PASS, WARN or FAIL, with what is the matter. What cannot be looked at
/// is a WARN. The command returns $true if nothing failed. In the groups UpdateReadiness and SecretRotationReadiness a WARN counts as FAIL.
///
/// A report, AzureStack_Validation_Summary_TIME.HTML and the same as JSON, stays on the endpoint and travels with the next log collection
/// in the zip of the role SeedRing. After a FAIL, run Get-AzureStackLog.
///
/// # Examples
/// ```powershell
/// Test-AzureStack
/// ```
/// Runs the tests of the group Default and returns $true or $false.
///
/// ```powershell
/// Test-AzureStack -Group UpdateReadiness
/// ```
/// Is the stamp ready for an update?
///
/// ```powershell
/// Test-AzureStack -List
/// ```
/// Names of all tests of the group; nothing is run.
///
/// ```powershell
/// Test-AzureStack -Include AzsInfraCapacity, AzsNetworkInfra -Debug
/// ```
/// Runs two tests and shows all that they saw.
///
/// ```powershell
/// Test-AzureStack -DetailedResults | Where-Object Status -ne PASS
/// ```
/// Objects instead of one truth value; the filter runs on the client, after Import-PSSession.
///
/// ```powershell
/// Test-AzureStack -Include AzsBackupShareAccessibility -BackupSharePath \\fileserver\backup -BackupShareCredential $using:cred
/// ```
/// Can backups be written there?
///
/// ```powershell
/// Test-AzureStack -Include AzsInfraRoleSummary -Repair -WhatIf
/// ```
/// Says what would be run to mend what the test finds.
#[derive(Cmdlet)]
#[cmdlet(
    verb = "Test",
    noun = "AzureStack",
    module = "PrivilegedEndpoint",
    output = "System.Boolean",
    output = "PrivilegedEndpoint.TestResult",
    confirm_impact = "High",
    role = "Operate",
    positional_binding = false
)]
pub struct TestAzureStack {
    /// Names of tests to run, whatever group they are in; without it, all tests of the group.
    #[parameter(completer = test_names)]
    include: Vec<String>,
    /// Names of tests to leave out.
    #[parameter(completer = test_names)]
    ignore: Vec<String>,
    /// The tests to run: Default; UpdateReadiness before an update; SecretRotationReadiness before secrets are rotated. The last two count
    /// a WARN as FAIL.
    #[parameter(set("Default", "UpdateReadiness", "SecretRotationReadiness"), default = "Default")]
    group: String,
    /// Prints the tests' names and runs nothing.
    list: Switch,
    /// A share or a local folder that backups go to: the test AzsBackupShareAccessibility writes a file there, reads it back and deletes it.
    backup_share_path: Option<String>,
    /// Who may write there; a local folder, which the endpoint's configuration must list, needs nobody.
    backup_share_credential: Option<PsCredential>,
    /// Returns an object for each test and one for all of them, instead of one truth value.
    detailed_results: Switch,
    /// Runs the repairs that the inventory has for tests that did not pass, after asking for each, and tests again. It is refused while
    /// packages are installed on a node.
    repair: Switch,
    /// Seconds that the tests have together; those that have not ended by then fail.
    #[parameter(range(1, 86_400), default = 1800)]
    timeout_seconds: i32,
    /// Prints no lines; what is returned stays.
    disable_console_output: Switch,
}

/// What came of a test, or of all of them.
#[derive(PsObject)]
#[ps_object(
    type_name = "PrivilegedEndpoint.TestResult",
    table(name(width = 30), status(width = 6), duration_seconds(label = "Seconds", width = 8), message)
)]
pub struct TestResult {
    name: String,
    description: String,
    status: String,
    message: String,
    started: DateTime,
    duration_seconds: f64,
    findings: Vec<TestFinding>,
}

/// What a test found on one node.
#[derive(PsObject)]
#[ps_object(type_name = "PrivilegedEndpoint.TestFinding", table(node(width = 16), status(width = 6), message))]
pub struct TestFinding {
    node: String,
    status: String,
    message: String,
    detail: Vec<String>,
}

impl Run for TestAzureStack {
    async fn end(&mut self, ps: &mut Ps<'_>) -> Result<(), Terminate> {
        let inventory = read_inventory(ps).await?;
        let mut all = health::tests(&inventory);
        if let Some(path) = &self.backup_share_path {
            all.push(backup_share::test(ps, path, self.backup_share_credential.as_ref())?);
        }
        let tests = self.selected(ps, all)?;
        if self.list.is_present() {
            for test in tests {
                ps.write(test.name).await?;
            }
            return Ok(());
        }
        if self.repair.is_present() {
            refuse_during_update(ps, &inventory).await?;
        }
        let (started, since) = (Zoned::now(), Instant::now());
        let mut outcomes = self.run(ps, tests.clone(), &inventory).await?;
        if self.repair.is_present() {
            self.mend(ps, &tests, &mut outcomes, &inventory).await?;
        }
        self.report(ps, &started, since.elapsed(), &outcomes).await?;
        let well = outcomes.iter().all(|outcome| outcome.verdict < Verdict::Fail);
        if !self.detailed_results.is_present() {
            return ps.write(well).await;
        }
        let overall = overall(&started, since.elapsed(), &outcomes);
        for outcome in outcomes {
            ps.write(TestResult::from(outcome)).await?;
        }
        ps.write(overall).await
    }
}

const ACTIVITY: &str = "Testing the stamp";

impl TestAzureStack {
    /// The tests that are meant.
    fn selected(&self, ps: &Ps<'_>, all: Vec<Test>) -> Result<Vec<Test>, Terminate> {
        let names: Vec<String> = all.iter().map(|test| test.name.clone()).collect();
        let include = known(ps.info(), "test", &self.include, &names)?;
        let ignore = known(ps.info(), "test", &self.ignore, &names)?;
        let group = self.group();
        let chosen = |test: &Test| {
            if include.is_empty() { test.groups.contains(&group) } else { include.contains(&test.name) }
        };
        Ok(all.into_iter().filter(|test| chosen(test) && !ignore.contains(&test.name)).collect())
    }

    fn group(&self) -> Group {
        match self.group.to_ascii_lowercase().as_str() {
            "updatereadiness" => Group::UpdateReadiness,
            "secretrotationreadiness" => Group::SecretRotationReadiness,
            _ => Group::Default,
        }
    }

    /// Runs tests and prints a line for each, in their order.
    async fn run(
        &self,
        ps: &mut Ps<'_>,
        tests: Vec<Test>,
        inventory: &Arc<Inventory>,
    ) -> Result<Vec<Outcome>, Terminate> {
        let names: Vec<String> = tests.iter().map(|test| test.name.clone()).collect();
        let limit = Duration::from_secs(self.timeout_seconds.unsigned_abs().into());
        let mut told = health::run(tests, inventory, limit);
        let mut outcomes: Vec<Outcome> = Vec::new();
        let mut tick = tokio::time::interval(Duration::from_secs(5));
        while outcomes.len() < names.len() {
            tokio::select! {
                outcome = told.recv() => match outcome {
                    Some(mut outcome) => {
                        if self.group() != Group::Default && outcome.verdict == Verdict::Warn {
                            outcome.verdict = Verdict::Fail; // not ready
                        }
                        self.print(ps, &outcome).await?;
                        outcomes.push(outcome);
                    }
                    None => break,
                },
                _ = tick.tick() => {}
            }
            let name = names.get(outcomes.len()).map_or("", String::as_str);
            ps.progress(progress(ACTIVITY, name, outcomes.len(), names.len())).await?;
        }
        ps.progress(progress_end(ACTIVITY)).await?;
        Ok(outcomes)
    }

    /// One line, and under `-Verbose` and `-Debug` what was seen.
    async fn print(&self, ps: &mut Ps<'_>, outcome: &Outcome) -> Result<(), Terminate> {
        if !self.disable_console_output.is_present() {
            let color = match outcome.verdict {
                Verdict::Pass => ConsoleColor::Green,
                Verdict::Warn => ConsoleColor::Yellow,
                Verdict::Fail => ConsoleColor::Red,
            };
            let reason = outcome.reason().map(|reason| format!("  {reason}")).unwrap_or_default();
            let line = format!("{:<32} {}{reason}", outcome.name, outcome.verdict);
            ps.write_host(line, Some(color), None, false).await?;
        }
        for finding in &outcome.findings {
            ps.verbose(format!("{}: {} {}", outcome.name, finding.verdict, finding.shown())).await?;
            for line in &finding.detail {
                ps.debug(format!("{}: {}{line}", outcome.name, node(finding))).await?;
            }
            if finding.detail.is_empty() {
                ps.debug(format!("{}: {}", outcome.name, finding.shown())).await?;
            }
        }
        Ok(())
    }

    /// Runs the repairs that the user agrees to, and tests again what they belong to.
    async fn mend(
        &self,
        ps: &mut Ps<'_>,
        tests: &[Test],
        outcomes: &mut [Outcome],
        inventory: &Arc<Inventory>,
    ) -> Result<(), Terminate> {
        let repairs = health::repairs(tests, outcomes, inventory);
        if repairs.is_empty() {
            return ps
                .warning("There is nothing to repair: no test that did not pass has a repair in the inventory.")
                .await;
        }
        let mut mended: Vec<String> = Vec::new();
        for repair in repairs {
            let action = format!("Repair {}: {}", repair.test, repair.shown());
            if !ps.should_process(&repair.node.name, &action).await? {
                continue;
            }
            let limit = Duration::from_secs(self.timeout_seconds.unsigned_abs().into());
            match waited(ps, ACTIVITY, &action, repair.run(limit)).await? {
                Ok(said) => {
                    ps.verbose(format!("{} on {}: {}", repair.shown(), repair.node.name, said.trim())).await?;
                    mended.push(repair.test);
                }
                Err(error) => {
                    let text = format!("{} on {}: {error}", action, repair.node.name);
                    let error =
                        record(ps.info(), INVALID_OPERATION, &text, "RepairFailed", ErrorCategory::NotSpecified);
                    ps.write_error(error.target(repair.node.name.as_str(), repair.node.name.as_str(), "String"))
                        .await?;
                }
            }
        }
        let again: Vec<Test> = tests.iter().filter(|test| mended.contains(&test.name)).cloned().collect();
        for outcome in self.run(ps, again, inventory).await? {
            if let Some(old) = outcomes.iter_mut().find(|old| old.name == outcome.name) {
                *old = outcome;
            }
        }
        Ok(())
    }

    async fn report(
        &self,
        ps: &mut Ps<'_>,
        started: &Zoned,
        took: Duration,
        outcomes: &[Outcome],
    ) -> Result<(), Terminate> {
        let directory = ps.service::<Diagnostics>()?.reports.clone();
        let session = ps.session();
        let report = Report::new(&session.computer, &session.account, &self.group, started, took, outcomes);
        let started = started.clone();
        let written = tokio::task::spawn_blocking(move || report.write(&directory, &started)).await;
        let files = match written {
            Ok(Ok(files)) => files,
            Ok(Err(error)) => return ps.warning(format!("The report could not be written: {error}")).await,
            Err(error) => return ps.warning(format!("The report could not be written: {error}")).await,
        };
        if self.disable_console_output.is_present() {
            return Ok(());
        }
        let name = files.html.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let failed = outcomes.iter().any(|outcome| outcome.verdict == Verdict::Fail);
        let next = if failed { ": run Get-AzureStackLog" } else { "" };
        let text = format!("The report {name} goes with the next log collection, in the zip of SeedRing{next}.");
        ps.write_host(text, None, None, false).await
    }
}

/// Nothing is mended while packages change.
async fn refuse_during_update(ps: &mut Ps<'_>, inventory: &Inventory) -> Result<(), Terminate> {
    for node in &inventory.nodes {
        match waited(ps, ACTIVITY, "Is anything being installed?", health::update_in_progress(node)).await? {
            Ok(None) => {}
            Ok(Some(tool)) => {
                let text = format!("Packages are being installed on {} ({tool}): repair when it has ended.", node.name);
                let error =
                    record(ps.info(), INVALID_OPERATION, &text, "UpdateInProgress", ErrorCategory::ResourceBusy);
                return Err(error.target(node.name.as_str(), node.name.as_str(), "String").into());
            }
            Err(error) => {
                ps.warning(format!("Whether packages are being installed on {} is not known: {error}", node.name))
                    .await?;
            }
        }
    }
    Ok(())
}

fn node(finding: &Finding) -> String {
    if finding.node.is_empty() { String::new() } else { format!("{}: ", finding.node) }
}

fn overall(started: &Zoned, took: Duration, outcomes: &[Outcome]) -> TestResult {
    let count = |verdict| outcomes.iter().filter(|outcome| outcome.verdict == verdict).count();
    let (pass, warn, fail) = (count(Verdict::Pass), count(Verdict::Warn), count(Verdict::Fail));
    TestResult {
        name: "Overall".into(),
        description: "All tests of this run".into(),
        status: outcomes.iter().map(|outcome| outcome.verdict).max().unwrap_or(Verdict::Pass).to_string(),
        message: format!("{pass} PASS, {warn} WARN, {fail} FAIL"),
        started: DateTime::from_unix(started.timestamp().as_second(), 0),
        duration_seconds: took.as_secs_f64(),
        findings: Vec::new(),
    }
}

impl From<Outcome> for TestResult {
    fn from(outcome: Outcome) -> TestResult {
        TestResult {
            status: outcome.verdict.to_string(),
            message: outcome.reason().unwrap_or_default(),
            started: DateTime::from_unix(outcome.started.as_second(), 0),
            duration_seconds: outcome.duration.as_secs_f64(),
            findings: outcome.findings.into_iter().map(TestFinding::from).collect(),
            name: outcome.name,
            description: outcome.description,
        }
    }
}

impl From<Finding> for TestFinding {
    fn from(finding: Finding) -> TestFinding {
        let Finding { verdict, node, text, detail } = finding;
        TestFinding { node, status: verdict.to_string(), message: text, detail }
    }
}

/// The names of all tests, for completion.
fn test_names<'a>(ps: &'a Ps<'_>) -> BoxFuture<'a, Vec<String>> {
    let inventory = read_inventory(ps);
    Box::pin(async move {
        let inventory = inventory.await.ok();
        inventory
            .map(|inventory| health::tests(&inventory).into_iter().map(|test| test.name).collect())
            .unwrap_or_default()
    })
}
