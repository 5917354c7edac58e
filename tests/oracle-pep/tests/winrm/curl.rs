//! curl: every way to log on that it knows, with one question.

use tokio::process::Command;

use crate::raw::{IDENTIFY, SOAP};
use oracle_pep::winrm::{LATIN_PASSWORD, Server};

/// Asks what server it is, and returns the status and the answer.
async fn identify(url: &str, options: &[&str]) -> (String, String) {
    let asked = Command::new("curl")
        .args(["--silent", "--show-error", "--insecure", "--max-time", "20", "--write-out", "\n%{http_code}"])
        .args(["--header", &format!("Content-Type: {SOAP}"), "--data", IDENTIFY])
        .args(options)
        .arg(url)
        .output()
        .await
        .expect("curl");
    let printed = String::from_utf8(asked.stdout).unwrap();
    let (answer, status) = printed.rsplit_once('\n').unwrap();
    (status.to_owned(), answer.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn curl_gets_in_by_basic_inside_tls_and_by_nothing_else_that_it_knows() {
    let server = Server::start().await;
    let (http, https) = (format!("http://{}/wsman", server.http), format!("https://{}/wsman", server.https));
    let right = format!("carol:{LATIN_PASSWORD}");
    let (status, answer) = identify(&https, &["--basic", "--user", &right]).await;
    assert_eq!(status, "200");
    assert!(answer.contains("IdentifyResponse") && answer.contains("Stack: 3.0"), "{answer}");
    for (url, options) in [
        (&https, &[][..]),
        (&https, &["--basic", "--user", "carol:wrong"]),
        (&https, &["--basic", "--user", "nobody:Grüße, Leser 77"]),
        (&https, &["--digest", "--user", &right]),
        (&http, &["--basic", "--user", &right]),
        (&http, &["--header", "Authorization: Bearer x"]),
        (&http, &["--ntlm", "--user", &right]), // it knows neither Unicode nor sealing
    ] {
        assert_eq!(identify(url, options).await.0, "401", "{url} {options:?}");
    }
    assert_eq!(server.dispatched.count(), 1);
}
