//! Sessions, jobs, several computers, input, questions, a whole import.

use support::listening::Listening;

use crate::script;

#[test]
fn l_047_a_session_by_name_takes_input_and_gives_every_stream() {
    let server = Listening::test_table();
    let printed = script(
        &server,
        "$s = New-PSSession @here -Name mine\n\
         $s.Name; $s.Transport\n\
         1..3 | Invoke-Command $s { Measure-PepInput } | Select-Object -Last 1\n\
         $null = Invoke-Command $s { Write-PepStream } -ErrorVariable e -ErrorAction SilentlyContinue\n\
         $e.Count -gt 0\n\
         Remove-PSSession $s\n\
         (Get-PSSession).Count",
    );
    assert_eq!(printed[..3], ["mine", "WSMan", "total 3"]);
    for line in ["WARNING: warning text", "VERBOSE: verbose text", "DEBUG: debug text", "information text", "host text"]
    {
        assert!(printed.contains(&line.to_owned()), "{line} in {printed:?}");
    }
    assert!(printed.ends_with(&["True".into(), "0".into()]), "{printed:?}");
}

#[test]
fn several_computers_at_once_and_a_job() {
    let server = Listening::test_table();
    let printed = script(
        &server,
        "$here.Remove('ComputerName')\n\
         Invoke-Command -ComputerName localhost, 127.0.0.1 @here { Get-PepGreeting -Name many } | ForEach-Object PSComputerName | Sort-Object\n\
         $job = Invoke-Command -ComputerName localhost @here -AsJob { Get-PepGreeting -Name job -Count 2 }\n\
         $job | Wait-Job -Timeout 30 | Receive-Job\n\
         $job.State\n\
         $job = Invoke-Command -ComputerName localhost @here -AsJob { Start-PepTask -Seconds 600 -Quiet }\n\
         Start-Sleep 1; Stop-Job $job; $job.State",
    );
    let expected = ["127.0.0.1", "localhost", "Hello job (Low) 1", "Hello job (Low) 2", "Completed", "Stopped"];
    assert_eq!(printed, expected);
}

#[test]
fn l_030_many_sessions_and_many_commands_side_by_side() {
    let server = Listening::test_table();
    let printed = script(
        &server,
        "$all = 1..8 | ForEach-Object { New-PSSession @here }\n\
         $jobs = 1..3 | ForEach-Object { Invoke-Command @here -AsJob { Get-PepGreeting -Name x -Count 50 } }\n\
         (Invoke-Command $all { Get-PepGreeting -Name y -Count 50 }).Count\n\
         ($jobs | Wait-Job -Timeout 60 | Receive-Job).Count\n\
         $all | Remove-PSSession",
    );
    assert_eq!(printed, ["400", "150"]);
}

#[test]
fn l_028_l_029_more_than_fits_into_one_fragment_goes_both_ways() {
    let server = Listening::test_table();
    let printed = script(
        &server,
        "$s = New-PSSession @here\n\
         $long = 'x' * 3MB\n\
         (Invoke-Command $s { Get-PepGreeting -Name $using:long }).Length\n\
         ($long | Invoke-Command $s { Measure-PepInput } | Select-Object -Last 1)",
    );
    assert_eq!(printed, [(3 * 1024 * 1024 + "Hello  (Low) 1".len()).to_string(), "total 1".into()]);
}

#[test]
fn import_pssession_of_the_whole_session() {
    let server = Listening::pepd(env!("CARGO_BIN_EXE_pepd"));
    let printed = script(
        &server,
        "$s = New-PSSession @here\n\
         $module = Import-PSSession $s -AllowClobber -WarningVariable w 3>$null\n\
         'New-CloudAdminUser' -in $module.ExportedFunctions.Keys\n\
         $w.Count\n\
         $null = New-CloudAdminUser operator7 (ConvertTo-SecureString 'Str0ng&Long&Enough!' -AsPlainText -Force)\n\
         (Get-CloudAdminUserList).Name -join ' '\n\
         Get-CloudAdminUserList | ForEach-Object { (Get-CloudAdminUserList).Count }",
    );
    assert_eq!(printed, ["True", "0", "CloudAdmin operator7", "2", "2"]);
}
