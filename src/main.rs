//! `pepd`.

use std::path::PathBuf;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let a: Vec<String> = std::env::args().collect();
    let get = |k: &str| a.windows(2).find(|w| w[0] == k).map(|w| PathBuf::from(&w[1]));
    if a.get(1).map(String::as_str) == Some("connect") {
        pepd::connect::relay(&get("--socket").unwrap())?;
        std::process::exit(0);
    }
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    let users = [(pepd::identity::current_user(), "CloudAdmin".to_string())].into();
    let options = pepd::endpoint::ServeOptions {
        configuration_name: "PrivilegedEndpoint".into(),
        state: get("--state").unwrap(),
        socket: get("--socket").unwrap(),
        table: commands::builtin::builtins(cmdlet::CommandTable::new()),
        services: pepd::session::Services::default(),
        doorkeeper: pepd::identity::Doorkeeper::new(users, Default::default()),
        error_view: cmdlet::format::ErrorView::default(),
        durability: transcript::Durability::Strict,
        protocol: psrp::pool::server::Config::V2_4,
        limits: Default::default(),
        sessions: 10000,
    };
    tokio::runtime::Runtime::new()?.block_on(pepd::endpoint::serve(options, || println!("ready")))?;
    Ok(())
}
