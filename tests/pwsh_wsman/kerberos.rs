//! Kerberos users, against MIT's KDC and a daemon whose acceptor is MIT's. L-013, L-035 and L-043, and W-027, W-035, W-039 by way of them.

use std::path::Path;
use std::process::Command;

use support::listening::Listening;
use support::machine;
use support::realm::Realm;

use crate::script_by;

const LOCAL: &str = r"^PS LOCAL>$";
const PROMPT: &str = r"^\[localhost\]: PS>$";

/// A realm, a daemon in it that wants logons over HTTPS bound to the certificate, and what scripts say of alice.
fn stage() -> (Realm, Listening, String) {
    let realm = Realm::start();
    let server = Listening::pepd_in(&realm, env!("CARGO_BIN_EXE_pepd"), "channel_binding = \"strict\"\n");
    let alice = format!(
        "function As($User, $Password = '{}') {{ [pscredential]::new($User, (ConvertTo-SecureString $Password -AsPlainText -Force)) }}\n\
         $here.Remove('Credential')\n\
         function Visit([hashtable] $How) {{\n\
             $all = $here.Clone(); $How.Keys | ForEach-Object {{ $all[$_] = $How[$_] }}\n\
             $s = New-PSSession @all\n\
             (Invoke-Command $s {{ Get-CloudAdminUserList }}).Name -join ','\n\
             Remove-PSSession $s\n\
         }}\n",
        Realm::PASSWORD
    );
    (realm, server, alice)
}

/// How often the daemon let somebody in by this mechanism.
fn logons(server: &Listening, mechanism: &str) -> usize {
    server.printed().lines().filter(|line| line.contains("logged on") && line.contains(mechanism)).count()
}

#[test]
fn l_043_a_ticket_or_a_password_of_the_realm_opens_the_session_over_http_and_https() {
    let (realm, server, alice) = stage();
    let cache = realm.cache("alice");
    realm.ticket("alice", "10m", &cache);
    let client = realm.client(Listening::client(), &cache);
    let printed = script_by(
        &client,
        &server,
        &format!(
            "{alice}\
             $any = @{{ Port = $https; UseSSL = $true; SessionOption = New-PSSessionOption -SkipCACheck -SkipCNCheck }}\n\
             foreach ($door in @{{}}, $any) {{\n\
                 foreach ($way in 'Default', 'Negotiate', 'Kerberos') {{ Visit ($door + @{{ Authentication = $way }}) }}\n\
                 Visit ($door + @{{ Authentication = 'Kerberos'; Credential = As alice@pepd.test }})\n\
                 Visit ($door + @{{ Authentication = 'Kerberos'; Credential = As alice }})\n\
                 Visit ($door + @{{ Authentication = 'Negotiate'; Credential = As alice@PEPD.TEST }})\n\
             }}"
        ),
    );
    assert_eq!(printed, ["CloudAdmin"; 12]);
    assert!(logons(&server, "Kerberos") >= 12 && logons(&server, "NTLM") == 0, "{}", server.printed());
}

#[test]
fn l_043_negotiate_turns_to_ntlm_where_the_account_the_server_or_the_kdc_is_none_of_kerberos() {
    let (realm, server, alice) = stage();
    let client = realm.client(Listening::client(), &realm.cache("nobody"));
    let password = &server.password;
    let printed = script_by(
        &client,
        &server,
        &format!(
            "{alice}\
             Visit @{{ Credential = As CloudAdmin '{password}' }}\n\
             Visit @{{ Credential = As CloudAdmin@GONE.TEST '{password}' }}\n\
             Visit @{{ Credential = As CloudAdmin@PEPD.TEST '{password}' }}\n\
             Visit @{{ Credential = As CloudAdmin@PEPD.TEST '{password}'; ComputerName = '127.0.0.1' }}"
        ),
    );
    assert_eq!(printed, ["CloudAdmin"; 4]);
    assert_eq!(logons(&server, "Kerberos"), 0, "{}", server.printed());

    // a server without Kerberos, which has an account alice of the same password: SPNEGO settles on NTLM in one handshake
    let table = Listening::test_table();
    realm.administer(&format!("addprinc -pw \"{}\" {}", table.password, table.user));
    let printed = script_by(
        &client,
        &table,
        "$here.Credential = [pscredential]::new(\"$($cred.UserName)@PEPD.TEST\", $cred.Password)\n\
         Invoke-Command @here -Authentication Negotiate { Get-PepGreeting -Name World }\n\
         Show-Failure { New-PSSession @here -Authentication Kerberos }",
    );
    assert_eq!(printed[0], "Hello World (Low) 1");
    assert_eq!(printed[1], "AccessDenied,PSSessionOpenFailed", "Kerberos never turns to NTLM: {printed:?}");
}

#[test]
fn l_035_each_trouble_with_tickets_has_the_error_id_of_windows_and_a_text_that_helps() {
    let (realm, server, alice) = stage();
    let expired = realm.cache("expired");
    realm.ticket("alice", "1s", &expired);
    let bob = realm.cache("bob");
    realm.ticket("bob", "10m", &bob);
    let client = realm.client(Listening::client(), &realm.cache("nobody"));
    let kerberos = "Authentication = 'Kerberos'";
    let printed = script_by(
        &client,
        &server,
        &format!(
            "{alice}\
             Show-Failure {{ Visit @{{}} }}\n\
             Show-Failure {{ Visit @{{ {kerberos} }} }}\n\
             Show-Failure {{ Visit @{{ {kerberos}; Credential = As alice wrong }} }}\n\
             Show-Failure {{ Visit @{{ Credential = As alice@PEPD.TEST wrong }} }}\n\
             Show-Failure {{ Visit @{{ {kerberos}; Credential = As stranger }} }}\n\
             Show-Failure {{ Visit @{{ {kerberos}; Credential = As alice@GONE.TEST }} }}\n\
             Show-Failure {{ Visit @{{ {kerberos}; Credential = As alice; ComputerName = '127.0.0.1' }} }}\n\
"
        ),
    );
    let expected = [
        (
            "1312",
            "0x8009030e occurred while using Kerberos authentication: A specified logon session does not exist: there is no Kerberos ticket",
        ),
        ("1312", "kinit"),
        ("LogonFailure", "The user name or password is incorrect. (Preauthentication failed)"),
        ("LogonFailure", "The user name or password is incorrect. (Preauthentication failed)"),
        ("LogonFailure", "not found in Kerberos database"),
        (
            "AuthenticationFailed",
            "0x80090311 occurred while using Kerberos authentication: No authority could be contacted",
        ),
        ("NetworkPathNotFound", "the KDC has no service principal HTTP/ of this name"),
    ];
    assert_eq!(printed.len(), 2 * expected.len(), "{printed:#?}");
    for (lines, (id, text)) in printed.chunks(2).zip(expected) {
        assert_eq!(lines[0], format!("{id},PSSessionOpenFailed"), "{printed:#?}");
        assert!(lines[1].contains(text), "{text} in {printed:#?}");
    }
    assert!(!server.printed().contains("logged on"), "{}", server.printed());

    realm.wait_for_expiry(&expired);
    let client = realm.client(Listening::client(), &expired);
    let printed = script_by(&client, &server, &format!("{alice}Show-Failure {{ Visit @{{ {kerberos} }} }}\n"));
    assert_eq!(printed[0], "1312,PSSessionOpenFailed", "{printed:?}");
    assert!(printed[1].contains("The Kerberos ticket has expired. Get a new one with kinit"), "{printed:?}");

    // a KDC vouches for bob, but the daemon does not know him
    let client = realm.client(Listening::client(), &bob);
    let printed = script_by(&client, &server, &format!("{alice}Show-Failure {{ Visit @{{ {kerberos} }} }}\n"));
    assert_eq!(printed[0], "AccessDenied,PSSessionOpenFailed", "{printed:?}");
    assert!(
        server.printed().contains("bob@PEPD.TEST: the principal is not mapped to an account"),
        "{}",
        server.printed()
    );
}

#[test]
fn l_013_without_the_library_kerberos_is_refused_before_anything_goes_out() {
    let server = Listening::test_table();
    let client = Listening::client();
    let broken = tempfile::tempdir().unwrap();
    std::fs::write(broken.path().join("libgssapi_krb5.so.2"), "no library").unwrap();
    let library = machine::built("libpsrpclient.so");
    let path = format!("{}:{}", broken.path().display(), library.parent().unwrap().display());
    let client = client.variable("LD_LIBRARY_PATH", path);
    let printed = script_by(
        &client,
        &server,
        "Show-Failure { New-PSSession @here -Authentication Kerberos }\n\
         $here.Credential = [pscredential]::new(\"$($cred.UserName)@PEPD.TEST\", $cred.Password)\n\
         Invoke-Command @here { Get-PepGreeting -Name World }\n\
         $here.Remove('Credential')\n\
         Show-Failure { New-PSSession @here }",
    );
    assert!(printed[1].contains("Kerberos needs the GSSAPI library of MIT Kerberos"), "{printed:?}");
    assert_eq!(printed[2], "Hello World (Low) 1");
    assert!(printed[4].contains("A user name and a password are needed: use -Credential"), "{printed:?}");
}

#[test]
fn l_047_a_user_with_a_ticket_works_at_the_prompt() {
    let (realm, server, _) = stage();
    let cache = realm.cache("alice");
    realm.ticket("alice", "10m", &cache);
    let console = realm.client(Listening::client(), &cache).console();
    let port = server.http.port();
    let enter = format!(
        "Enter-PSSession localhost -Port {port} -ConfigurationName PrivilegedEndpoint -Authentication Kerberos"
    );
    console.send(&enter, PROMPT);
    let table = console.send("Get-CloudAdminUserList", PROMPT);
    assert!(table.contains("CloudAdmin"), "{table}");
    console.send("exit", LOCAL);
    assert!(server.printed().contains("Kerberos"), "{}", server.printed());
}

/// Another implementation of SPNEGO, MIT's, by way of curl: on an empty body the daemon answers 200 when the handshake is through.
/// curl asks for no encryption and binds nothing, so it may come in inside TLS, and where no binding is asked for.
#[test]
fn w_027_curl_logs_on_by_negotiate_with_a_ticket() {
    let (realm, strict, _) = stage();
    let relaxed = Listening::pepd_in(&realm, env!("CARGO_BIN_EXE_pepd"), "");
    let (alice, nobody) = (realm.cache("alice"), realm.cache("nobody"));
    realm.ticket("alice", "10m", &alice);
    let code = |url: String, cache: &Path| {
        let mut curl = Command::new(machine::on_path("curl").expect("this test needs curl"));
        curl.envs(realm.environment()).env("KRB5CCNAME", format!("FILE:{}", cache.display()));
        curl.args([
            "-s",
            "-k",
            "-o",
            "/dev/null",
            "-w",
            "%{http_code}",
            "--negotiate",
            "-u",
            ":",
            "-X",
            "POST",
            "-d",
            "",
        ]);
        curl.arg(url);
        String::from_utf8(curl.output().unwrap().stdout).unwrap()
    };
    let https = |server: &Listening| format!("https://localhost:{}/wsman", server.https.port());
    assert_eq!(code(https(&relaxed), &alice), "200", "{}", relaxed.printed());
    assert_eq!(code(https(&relaxed), &nobody), "401");
    assert_eq!(code(https(&strict), &alice), "401", "its logon is bound to nothing");
    assert_eq!(code(format!("http://localhost:{}/wsman", relaxed.http.port()), &alice), "401", "it seals nothing");
}
