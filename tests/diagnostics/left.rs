//! A collection whose client leaves, over WinRM.

use std::fs;
use std::time::{Duration, Instant};

use support::listening::Listening;

use crate::stamp::{collections, write_place};

#[test]
fn p_072_a_collection_goes_on_while_its_client_is_away_and_its_end_is_shown_to_who_comes_back() {
    let place = tempfile::tempdir().unwrap();
    let inventory = "[roles.Slow]\nlogs = [{ command = [\"sh\", \"-c\", \"echo begun; while test ! -e PLACE/go; do sleep 0.1; done; echo done\"], name = \"slow.txt\" }]\n";
    let configuration = write_place(&place, inventory, None);
    let server = Listening::pepd_with(env!("CARGO_BIN_EXE_pepd"), &configuration);
    let (out, go) = (place.path().join("out"), place.path().join("go"));
    let printed = Listening::client().run(&format!(
        r#"$ErrorActionPreference = 'Stop'; $PSStyle.OutputRendering = 'PlainText'
           {}
           $to = [System.Management.Automation.Runspaces.WSManConnectionInfo]::new($false, 'localhost', {}, '/wsman', 'http://schemas.microsoft.com/powershell/PrivilegedEndpoint', $cred)
           $r = [runspacefactory]::CreateRunspace($to); $r.Open()
           $ps = [powershell]::Create().AddCommand('Get-AzureStackLog').AddParameter('OutputPath', '{}').AddParameter('FilterByRole', 'Slow'); $ps.Runspace = $r
           $output = [System.Management.Automation.PSDataCollection[psobject]]::new()
           $in = [System.Management.Automation.PSDataCollection[psobject]]::new(); $in.Complete()
           $run = $ps.BeginInvoke($in, $output)
           for ($i = 0; -not (Get-ChildItem '{}' -Recurse -Filter *.partial) -and $i -lt 300; $i++) {{ Start-Sleep -Milliseconds 100 }}
           $r.Disconnect(); "1 $($r.RunspaceStateInfo.State)"
           $null = New-Item '{}'
           for ($i = 0; -not (Get-ChildItem '{}' -Recurse -Filter *.zip) -and $i -lt 300; $i++) {{ Start-Sleep -Milliseconds 100 }}
           "2 $((Get-ChildItem '{}' -Recurse -Filter *.zip).Name)"
           $r.Connect(); $null = $ps.ConnectAsync()
           for ($i = 0; $ps.InvocationStateInfo.State -ne 'Completed' -and $i -lt 300; $i++) {{ Start-Sleep -Milliseconds 100 }}
           "3 $($ps.InvocationStateInfo.State) $($ps.Streams.Information)"; $r.Close()"#,
        server.credential(),
        server.http.port(),
        out.display(),
        out.display(),
        go.display(),
        out.display(),
        out.display(),
    ));
    assert!(printed.success, "{}", printed.text);
    assert!(printed.text.contains("1 Disconnected") && printed.text.contains("2 Slow.zip"), "{}", printed.text);
    assert!(printed.text.contains("3 Completed 1 zip(s) with"), "{}", printed.text);
    let log = collections(&out)[0].join("Get-AzureStackLog_Output.log");
    let end = Instant::now() + Duration::from_secs(10);
    while !fs::read_to_string(&log).unwrap().contains("1 zip(s)") {
        assert!(Instant::now() < end);
        std::thread::sleep(Duration::from_millis(50));
    }
}
