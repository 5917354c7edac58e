//! Serves the table to one client on standard input and output, as the reference server does. `--friendly` shows `prompt` and
//! `TabExpansion2`; `--protocol 2.3` answers with that version; `--many` has a hundred commands more. `--record DIR` leaves the session's record there. `--winrm` listens for WinRM clients instead, tells where, and
//! ends when its standard input does; `--idle SECONDS` hangs up connections that lie idle for so long.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clixml::Version;
use cmdlet::format::{DisplaySettings, ErrorView};
use pepd::identity::Principal;
use pepd::listener::winrm::Patience;
use pepd::session::{Endpoint, OneRole, Services, run};
use psrp::message::PsVersionTable;
use psrp::pool::server::Config;
use tokio::io::AsyncWriteExt as _;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == "--winrm") {
        let mut patience = Patience::default();
        if let [_, seconds] =
            arguments.windows(2).find(|pair| matches!(pair, [name, _] if name == "--idle")).unwrap_or_default()
        {
            patience.idle = Duration::from_secs(seconds.parse()?);
        }
        let server = oracle_pep::winrm::Server::start_restricted(patience).await;
        let told = format!("{} {} {}\n", server.http, server.https, server.certificate().display());
        tokio::io::stdout().write_all(told.as_bytes()).await?;
        tokio::io::stdout().flush().await?;
        tokio::io::copy(&mut tokio::io::stdin(), &mut tokio::io::sink()).await?;
        drop(server);
        std::process::exit(0);
    }
    let friendly = arguments.iter().any(|argument| argument == "--friendly");
    let many = arguments.iter().any(|argument| argument == "--many");
    let old = arguments.windows(2).any(|pair| pair == ["--protocol", "2.3"]);
    let mut psrp = Config::new(version_table());
    psrp.protocol = if old { Config::V2_3 } else { Config::V2_4 };
    let kept = arguments.iter().skip_while(|argument| *argument != "--record").nth(1).map(PathBuf::from);
    let passing = std::env::temp_dir().join(format!("oracle-pepd-{}", std::process::id()));
    let record = kept.as_ref().unwrap_or(&passing);
    let endpoint = Endpoint {
        configuration: "OraclePep".into(),
        table: Arc::new(if many { oracle_pep::many() } else { oracle_pep::table(friendly) }),
        policy: Box::new(OneRole),
        services: Services::default().with(Arc::new(DisplaySettings { error_view: ErrorView::Concise })),
        journal: Arc::new(transcript::Journal::open(record, transcript::Durability::Relaxed)?),
        computer: "SERVER01".into(),
        psrp: Arc::new(psrp),
    };
    let principal = Principal::of_this_process("operator");
    let served = run(Arc::new(endpoint), principal, tokio::io::stdin(), tokio::io::stdout()).await;
    if kept.is_none() {
        std::fs::remove_dir_all(record)?;
    }
    served?;
    std::process::exit(0) // the thread that reads standard input may still wait
}

/// What the reference server says about itself.
fn version_table() -> PsVersionTable {
    let version = |major, minor| Version::new(major, minor);
    PsVersionTable {
        ps_version: Version { major: 7, minor: 6, build: Some(9), revision: None },
        ps_edition: "Core".into(),
        compatible_versions: vec![
            version(1, 0),
            version(2, 0),
            version(3, 0),
            version(4, 0),
            version(5, 0),
            version(5, 1),
            version(6, 0),
            version(7, 0),
        ],
        more: vec![
            ("PSSemanticVersion".into(), "7.6.9".into()),
            ("GitCommitId".into(), "7.6.9".into()),
            ("OS".into(), "Debian GNU/Linux 12 (bookworm)".into()),
            ("Platform".into(), "Unix".into()),
        ],
    }
}
