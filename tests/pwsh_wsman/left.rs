//! Sessions that are left and come back to.

use support::listening::Listening;

use crate::script;

/// What a runspace is asked for.
const CONNECTION: &str = "$to = [System.Management.Automation.Runspaces.WSManConnectionInfo]::new($false, 'localhost', $port, '/wsman', 'http://schemas.microsoft.com/powershell/PrivilegedEndpoint', $cred)\n";

#[test]
fn l_039_a_session_is_left_and_its_running_command_goes_on_where_it_was() {
    let server = Listening::test_table();
    let printed = script(
        &server,
        &format!(
            "{CONNECTION}\
             $r = [runspacefactory]::CreateRunspace($to); $r.Open()\n\
             $ps = [powershell]::Create().AddCommand('Start-PepTask').AddParameter('Seconds', 3).AddParameter('Quiet'); $ps.Runspace = $r\n\
             $out = [System.Management.Automation.PSDataCollection[psobject]]::new()\n\
             $in = [System.Management.Automation.PSDataCollection[psobject]]::new(); $in.Complete()\n\
             $run = $ps.BeginInvoke($in, $out)\n\
             Start-Sleep 1; $r.Disconnect(); $r.RunspaceStateInfo.State; $ps.InvocationStateInfo.State\n\
             Start-Sleep 1; $r.Connect(); $r.RunspaceStateInfo.State; $null = $ps.ConnectAsync()\n\
             for ($i = 0; $ps.InvocationStateInfo.State -ne 'Completed' -and $i -lt 200; $i++) {{ Start-Sleep -Milliseconds 50 }}\n\
             $ps.InvocationStateInfo.State; \"$out\"; $r.Close()"
        ),
    );
    let expected = ["Disconnected", "Disconnected", "Opened", "Completed", "tick 0 tick 5 tick 10 task done"];
    assert_eq!(printed, expected);
}

#[test]
fn l_040_a_command_may_be_started_and_left_at_once() {
    let server = Listening::test_table();
    let printed = script(
        &server,
        "$s = Invoke-Command @here -InDisconnectedSession -SessionName left { Start-PepTask -Seconds 1 -Quiet }\n\
         $s.State; $s.Name; $s.Availability",
    );
    assert_eq!(printed, ["Disconnected", "left", "None"]);
}

#[test]
fn l_022_l_041_another_process_comes_to_the_session_and_to_its_running_command() {
    let server = Listening::test_table();
    let left = script(
        &server,
        &format!(
            "{CONNECTION}\
             $r = [runspacefactory]::CreateRunspace($to); $r.Open()\n\
             $ps = [powershell]::Create().AddCommand('Start-PepTask').AddParameter('Seconds', 4).AddParameter('Quiet'); $ps.Runspace = $r\n\
             $null = $ps.BeginInvoke()\n\
             Start-Sleep 1; $r.Disconnect()\n\
             $r.InstanceId.Guid; $ps.InstanceId.Guid; $r.RunspaceStateInfo.State"
        ),
    );
    assert_eq!(left[2], "Disconnected");
    let fetched = script(
        &server,
        &format!(
            "{CONNECTION}\
             $r = [runspace]::GetRunspace($to, [guid]'{}', [guid]'{}', $Host, $null)\n\
             $ps = $r.CreateDisconnectedPowerShell()\n\
             $ps.Connect() | Select-Object -Last 1\n\
             $ps.InvocationStateInfo.State; $r.RunspaceStateInfo.State\n\
             $again = [powershell]::Create().AddCommand('Get-PepGreeting').AddParameter('Name', 'second'); $again.Runspace = $r\n\
             $again.Invoke(); $r.Close()",
            left[0], left[1]
        ),
    );
    assert_eq!(fetched, ["task done", "Completed", "Opened", "Hello second (Low) 1"]);
}
