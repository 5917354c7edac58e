//! Another implementation's client enters an endpoint: `enter-psrp-rs HOST PORT USER PASSWORD tls|plain basic|ntlm`. Its configuration name is
//! always Microsoft.PowerShell.

use psrp_rs::{
    AuthMethod, Command, Pipeline, RunspacePool, WinrmClient, WinrmConfig, WinrmCredentials, WinrmPsrpTransport,
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [host, port, user, password, way, logon] =
        arguments.try_into().expect("HOST PORT USER PASSWORD tls|plain basic|ntlm");
    let tls = way == "tls";
    let config = WinrmConfig {
        auth_method: if logon == "basic" { AuthMethod::Basic } else { AuthMethod::Ntlm },
        port: port.parse()?,
        use_tls: tls,
        accept_invalid_certs: tls,
        operation_timeout_secs: 20,
        ..Default::default()
    };
    let client = WinrmClient::new(config, WinrmCredentials::new(user, password, ""))?;
    let (id, creation) = RunspacePool::<WinrmPsrpTransport<'_>>::build_creation_fragments(1, 1)?;
    let transport = WinrmPsrpTransport::open(&client, &host, &creation).await?;
    let mut pool = RunspacePool::open_from_transport(transport, id, 1, 1).await?;
    let listed = Pipeline::empty().add_command(Command::new("Get-Command")).run(&mut pool).await?;
    println!("{} commands", listed.len());
    match pool.run_script("1 + 1").await {
        Ok(output) => println!("a script ran: {output:?}"),
        Err(error) => println!("a script is refused: {error}"),
    }
    pool.close().await?;
    Ok(())
}
