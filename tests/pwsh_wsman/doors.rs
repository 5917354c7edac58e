//! HTTP and HTTPS, ports and URIs, whom to trust, how to log on.

use std::io;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::thread;

use support::listening::Listening;

use crate::{script, script_by};

#[test]
fn l_043_negotiate_over_http_and_https_and_basic_over_https() {
    let server = Listening::test_table();
    let printed = script(
        &server,
        "$any = New-PSSessionOption -SkipCACheck -SkipCNCheck\n\
         foreach ($door in @{}, @{ Port = $https; UseSSL = $true; SessionOption = $any }) {\n\
             foreach ($way in 'Default', 'Negotiate', 'Basic') {\n\
                 if ($way -eq 'Basic' -and -not $door.UseSSL) { continue }\n\
                 $how = $here.Clone(); $door.Keys | ForEach-Object { $how[$_] = $door[$_] }\n\
                 $s = New-PSSession @how -Authentication $way\n\
                 Invoke-Command $s { Get-PepGreeting -Name World }\n\
                 Remove-PSSession $s\n\
             }\n\
         }\n\
         Show-Failure { New-PSSession @here -Authentication Basic }",
    );
    let (greetings, refusal) = printed.split_at(5);
    assert_eq!(greetings, ["Hello World (Low) 1"; 5]);
    assert_eq!(refusal[1], "Basic authentication is not supported over HTTP on Unix.");
}

#[test]
fn l_012_ports_and_uris() {
    let server = Listening::test_table();
    let printed = script(
        &server,
        "$any = New-PSSessionOption -SkipCACheck -SkipCNCheck\n\
         $who = @{ Credential = $cred; ConfigurationName = 'PrivilegedEndpoint' }\n\
         Invoke-Command -ConnectionUri \"http://127.0.0.1:$port/wsman\" @who { Get-PepGreeting -Name uri }\n\
         Invoke-Command -ConnectionUri \"https://127.0.0.1:$https/wsman\" -SessionOption $any @who { Get-PepGreeting -Name uri }\n\
         Show-Failure { New-PSSession -ConnectionUri \"http://127.0.0.1:$port/elsewhere\" @who }",
    );
    assert_eq!(printed[..2], ["Hello uri (Low) 1"; 2]);
    assert_eq!(printed[2], "URLNotAvailable,PSSessionOpenFailed");
}

/// The same server under a name that its certificate does not have.
fn another_name(server: SocketAddr) -> u16 {
    let door = TcpListener::bind("127.0.0.2:0").unwrap();
    let port = door.local_addr().unwrap().port();
    thread::spawn(move || {
        for visitor in door.incoming() {
            let (visitor, inside) = (visitor.unwrap(), TcpStream::connect(server).unwrap());
            for (mut from, mut to) in [(visitor.try_clone().unwrap(), inside.try_clone().unwrap()), (inside, visitor)] {
                thread::spawn(move || {
                    drop(io::copy(&mut from, &mut to));
                    drop(to.shutdown(Shutdown::Write));
                });
            }
        }
    });
    port
}

#[test]
fn l_014_a_certificate_is_checked_unless_its_checks_are_left_out_one_by_one() {
    let server = Listening::test_table();
    let another = another_name(server.https); // 127.0.0.2
    let visit = "function Visit($Name, $Options) {\n\
             $at = if ($Name -eq '127.0.0.2') { $another } else { $https }\n\
             $option = New-PSSessionOption @Options\n\
             $s = New-PSSession -ComputerName $Name -Port $at -UseSSL -Credential $cred -ConfigurationName PrivilegedEndpoint -SessionOption $option\n\
             $s.State; Remove-PSSession $s\n\
         }\n";
    // nobody vouches for it
    let printed = script(
        &server,
        &format!(
            "$another = {another}; {visit}\
             Show-Failure {{ Visit 127.0.0.1 @{{}} }}\n\
             Show-Failure {{ Visit 127.0.0.1 @{{ SkipCNCheck = $true }} }}\n\
             Visit 127.0.0.1 @{{ SkipCACheck = $true }}\n\
             Show-Failure {{ Visit 127.0.0.2 @{{ SkipCACheck = $true }} }}\n\
             Visit 127.0.0.2 @{{ SkipCACheck = $true; SkipCNCheck = $true }}"
        ),
    );
    let refused = "ServerNotTrusted,PSSessionOpenFailed";
    assert_eq!([&printed[0], &printed[2], &printed[5]], [refused; 3], "{printed:?}");
    assert!(printed[1].contains("is not trusted: UnknownIssuer"), "{printed:?}");
    assert_eq!([&printed[4], printed.last().unwrap()], ["Opened"; 2], "{printed:?}");
    // the machine trusts it, under its own names
    let trusting = Listening::client().variable("SSL_CERT_FILE", &server.certificate);
    let printed = script_by(
        &trusting,
        &server,
        &format!(
            "$another = {another}; {visit}\
             Visit 127.0.0.1 @{{}}\n\
             Show-Failure {{ Visit 127.0.0.2 @{{}} }}\n\
             Visit 127.0.0.2 @{{ SkipCNCheck = $true }}"
        ),
    );
    assert_eq!([&printed[0], printed.last().unwrap()], ["Opened"; 2], "{printed:?}");
    assert_eq!(printed[1], refused, "{printed:?}");
    assert!(printed[2].contains("not valid for name"), "{printed:?}");
}

#[test]
fn l_013_what_the_client_does_not_do_it_says_before_it_goes_anywhere() {
    let server = Listening::test_table();
    let printed = script(
        &server,
        "Show-Failure { New-PSSession @here -Authentication Credssp }\n\
         Show-Failure { New-PSSession @here -Authentication Digest }\n\
         $option = [System.Management.Automation.Remoting.PSSessionOption]::new()\n\
         $option.ProxyAccessType = 'IEConfig'\n\
         Show-Failure { New-PSSession @here -SessionOption $option }",
    );
    let texts: Vec<&String> = printed.iter().skip(1).step_by(2).collect();
    assert!(texts[0].contains("This way to log on cannot be used"), "{printed:?}");
    assert!(texts[1].contains("This way to log on cannot be used"), "{printed:?}");
    assert!(texts[2].contains("does not go through proxies"), "{printed:?}");
}

#[test]
fn l_003_names_and_texts_of_every_alphabet_arrive() {
    let server = Listening::test_table(); // its password is not ASCII
    let printed = script(
        &server,
        "$s = New-PSSession @here -Name 'Sitzung é 🚪'\n\
         $s.Name\n\
         Invoke-Command $s { Get-PepGreeting -Name 'Grüße 🚀 мир' }\n\
         $empty = [pscredential]::new('carol', [securestring]::new())\n\
         $here.Credential = $empty\n\
         Show-Failure { New-PSSession @here }",
    );
    assert_eq!(printed[..3], ["Sitzung é 🚪", "Hello Grüße 🚀 мир (Low) 1", "AccessDenied,PSSessionOpenFailed"]);
}

#[test]
fn l_015_languages_and_utf_16_envelopes_travel() {
    let server = Listening::test_table();
    let printed = script(
        &server,
        "$option = [System.Management.Automation.Remoting.PSSessionOption]::new()\n\
         $option.UseUTF16 = $true; $option.Culture = 'de-DE'; $option.UICulture = 'fr-FR'\n\
         Invoke-Command @here -SessionOption $option { Get-PepGreeting -Name 'é 🚀' }",
    );
    assert_eq!(printed, ["Hello é 🚀 (Low) 1"]);
}
