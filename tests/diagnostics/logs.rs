//! `Get-AzureStackLog`.

use std::fs;
use std::time::Duration;

use support::smbd::Smbd;

use crate::stamp::{Stamp, collections};

const SLOW: &str =
    "[roles.Slow]\nlogs = [{ command = [\"sh\", \"-c\", \"echo begun; exec sleep 7505.5\"], name = \"slow.txt\" }]\n";

#[test]
fn p_063_p_074_p_075_w4_the_documented_script_collects_to_a_share_and_all_parts_unpack() {
    let (smbd, stamp) = (Smbd::start(), Stamp::of_two("[stamp]\ntimezone = \"Asia/Tokyo\"\n"));
    let unpacked = stamp.place.path().join("unpacked");
    let printed = stamp.run(&format!(
        r#"$ErrorActionPreference = 'Stop'
           {}
           $null = Invoke-Command $s {{ Test-AzureStack -Include AzsHostingInfraSummary }}
           $share = '{}'
           $fromDate = (Get-Date).AddHours(-8); $toDate = (Get-Date)
           foreach ($culture in 'de-DE', 'ja-JP') {{
               [cultureinfo]::CurrentCulture = $culture
               Invoke-Command -Session $s {{ Get-AzureStackLog -OutputSharePath $using:share -OutputShareCredential $using:c -FilterByRole Storage, SeedRing -FromDate $using:fromDate -ToDate $using:toDate }}
               Start-Sleep 1
           }}
           "state: $($s.State) $((Invoke-Command $s {{ Get-CloudAdminUserList }}).Name)"
           $new = Get-ChildItem '{}' -Directory | Select-Object -Last 1
           Get-ChildItem $new.FullName -Filter *.zip | ForEach-Object {{ Expand-Archive $_.FullName -DestinationPath '{}' }}"#,
        Smbd::credential(),
        smbd.share("plain"),
        smbd.folder("plain").display(),
        unpacked.display(),
    ));
    assert!(
        printed.text.contains("2 zip(s) with") && printed.text.contains("state: Opened CloudAdmin"),
        "{}",
        printed.text
    );
    let folders = collections(&smbd.folder("plain"));
    assert_eq!(folders.len(), 2);
    let log = fs::read_to_string(folders[0].join("Get-AzureStackLog_Output.log")).unwrap();
    assert!(log.contains("CloudAdmin") && log.contains("+09:00 Storage.zip is there"), "{log}");
    let line = "a line of the storage\n".repeat(1000);
    let path = stamp.place.path().strip_prefix("/").unwrap().join("logs/storage.log");
    for node in ["node01", "node02"] {
        assert_eq!(fs::read_to_string(unpacked.join(node).join(&path)).unwrap(), line);
    }
    let reports: Vec<_> =
        fs::read_dir(unpacked.join("node01/validation")).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(
        reports.iter().any(|path| path.extension().is_some_and(|extension| extension == "HTML")),
        "P-074: {reports:?}"
    );
    // P-042: the password of the share is nowhere
    let record: Vec<u8> = fs::read_dir(stamp.endpoint.state().join("record"))
        .unwrap()
        .flat_map(|entry| fs::read(entry.unwrap().path()).unwrap_or_default())
        .collect();
    assert!(!String::from_utf8_lossy(&record).contains("Teller 55") && !stamp.endpoint.printed().contains("Teller 55"));
}

#[test]
fn p_054_p_055_p_056_p_058_p_064_p_065_parameters_are_looked_at_before_work() {
    let (smbd, stamp) = (Smbd::start(), Stamp::new(""));
    let printed = stamp.run(&format!(
        r#"{}
           $share = '{}'; $bad = [pscredential]::new('carol', (ConvertTo-SecureString wrong -AsPlainText -Force))
           "01 $(Attempt {{ Get-AzureStackLog -OutputPath $using:out -FilterByRole Storage -FilterByResourceProvider eventhub }})"
           "02 $(Attempt {{ Get-AzureStackLog -OutputPath $using:out -OutputSharePath $using:share -OutputShareCredential $using:c }})"
           "03 $(Attempt {{ Get-AzureStackLog -OutputPath $using:out -FilterByRole Nope }})"
           "04 $(Attempt {{ Get-AzureStackLog -OutputPath $using:out -FilterByNode Nope }})"
           "05 $(Attempt {{ Get-AzureStackLog -OutputPath $using:out -FilterByLogType Trace }})"
           "06 $(Attempt {{ Get-AzureStackLog -OutputPath $using:out -FilterByResourceProvider eventhub }})"
           "07 $(Attempt {{ Get-AzureStackLog -OutputPath /etc }})"
           "08 $(Attempt {{ Get-AzureStackLog -OutputPath $using:out -FromDate '2020-01-02' -ToDate '2020-01-01' }})"
           "09 $(Attempt {{ Get-AzureStackLog -OutputSharePath $using:share -OutputShareCredential $using:bad }})"
           "10 $(Attempt {{ Get-AzureStackLog -OutputSharePath '\\127.0.0.1@1\x' -OutputShareCredential $using:c }})"
           "11 $(Attempt {{ Get-AzureStackLog -OutputSasUri 'https://localhost/logs?sp=r&sig=x' }})"
           "none $((Get-ChildItem $out).Count)"
           [cultureinfo]::CurrentCulture = 'de-DE'
           Attempt {{ Get-AzureStackLog -OutputPath $using:out -FilterByRole storage -FromDate 'Friday, August 18, 2017 6:34:48 AM' }} 3>$null
           $date = [datetime]'2019-05-04'
           Attempt {{ Get-AzureStackLog -OutputPath $using:out -FromDate $using:date -ToDate '01/31/2020 10:00:00' }} 3>$null"#,
        Smbd::credential(),
        smbd.share("plain"),
    ));
    let ids: Vec<&str> = printed.text.lines().filter(|line| line.starts_with(char::is_numeric)).collect();
    let command = "Get-AzureStackLog";
    let expected = [
        format!("01 AmbiguousParameterSet,{command}"),
        format!("02 AmbiguousParameterSet,{command}"),
        format!("03 RoleNotFound,{command}"),
        format!("04 NodeNotFound,{command}"),
        format!("05 ParameterArgumentValidationError,{command}"),
        format!("06 ResourceProviderNotFound,{command}"),
        format!("07 LogTargetRefused,{command}"),
        format!("08 InvalidTimeWindow,{command}"),
        format!("09 LogTargetDenied,{command}"),
        format!("10 LogTargetNotFound,{command}"),
        format!("11 LogTargetRefused,{command}"),
    ];
    assert_eq!(ids[..11], expected, "{}", printed.text);
    assert!(printed.text.contains("none 0"), "{}", printed.text);
    let folders = stamp.collections();
    assert_eq!(folders.len(), 2, "{}", printed.text);
    let logs: Vec<String> =
        folders.iter().map(|folder| fs::read_to_string(folder.join("Get-AzureStackLog_Output.log")).unwrap()).collect();
    assert!(logs.iter().any(|log| log.contains("From 2017-08-18 06:34:48")), "{logs:?}");
    assert!(
        logs.iter().any(|log| log.contains("From 2019-05-04 00:00:00") && log.contains("to 2020-01-31 10:00:00")),
        "{logs:?}"
    );
}

#[test]
fn p_070_p_071_w4_a_job_runs_in_the_background_a_second_one_is_refused_and_a_stopped_one_makes_room() {
    let stamp = Stamp::new(SLOW);
    let printed = stamp.run(
        r#"$t = New-PSSession -HostName SERVER01
           $job = Invoke-Command -Session $s { Get-AzureStackLog -OutputPath $using:out -FilterByRole Slow } -AsJob
           for ($i = 0; -not (Get-ChildItem $out -Recurse -Filter *.partial) -and $i -lt 300; $i++) { Start-Sleep -Milliseconds 100 }
           "1 $($job.State)"
           try { Invoke-Command $t { Get-AzureStackLog -OutputPath $using:out -FilterByRole Storage } -ErrorAction Stop } catch { "2 $($_.FullyQualifiedErrorId) $_" }
           $watch = [diagnostics.stopwatch]::StartNew()
           Stop-Job $job
           "3 $($job.State) $($watch.Elapsed.TotalSeconds -lt 10)"
           "4 $(Invoke-Command $t { Get-AzureStackLog -OutputPath $using:out -FilterByRole Storage } 6>&1)"
           $job = Invoke-Command -Session $t { Get-AzureStackLog -OutputPath $using:out -FilterByRole Storage -TimeOutInMinutes 5 } -AsJob
           $null = Wait-Job $job -Timeout 60
           "5 $($job.State)"; Receive-Job $job
           Remove-PSSession $t"#,
    );
    let line = |start: &str| {
        printed.text.lines().find(|line| line.starts_with(start)).unwrap_or_else(|| panic!("{}", printed.text))
    };
    assert_eq!(line("1 "), "1 Running");
    assert!(
        line("2 ").contains("LogCollectionInProgress,Get-AzureStackLog") && line("2 ").contains("CloudAdmin"),
        "{}",
        line("2 ")
    );
    assert_eq!(line("3 "), "3 Stopped True");
    assert!(line("4 ").contains("1 zip(s) with"), "{}", line("4 "));
    assert_eq!(line("5 "), "5 Completed");
    let received = printed.text.split("5 Completed").nth(1).unwrap();
    assert!(received.contains("1 zip(s) with"), "{}", printed.text);
}

#[test]
fn w4_interactively_with_using_names_and_progress_and_a_missing_credential_is_asked_for() {
    let (smbd, stamp) = (Smbd::start(), Stamp::new("[roles.Gone]\nlogs = []\n"));
    let prompt = r"^\[server01\]: PS>$";
    let console = stamp.client.client.console();
    console.send(&Smbd::credential(), r"^PS LOCAL>$");
    console.send(&format!("$share = '{}'", smbd.share("plain")), r"^PS LOCAL>$");
    console.send("Enter-PSSession -HostName SERVER01", prompt);
    let said = console.send(
        "Get-AzureStackLog -OutputSharePath $using:share -OutputShareCredential $using:c -FilterByRole Storage",
        prompt,
    );
    assert!(said.contains("1 zip(s) with"), "{said}");
    let nothing = console.send(
        "Get-AzureStackLog -OutputSharePath $using:share -OutputShareCredential $using:c -FilterByRole Gone",
        prompt,
    );
    assert!(nothing.contains("NothingToCollect"), "{nothing}");
    console.type_line(
        "Get-AzureStackLog -OutputSharePath $using:share -OutputShareCredential carol -FilterByRole Storage",
    );
    console.wait_for("Password for user carol:");
    std::thread::sleep(Duration::from_millis(300));
    console.type_line(support::smbd::PASSWORD);
    console.wait_for_last(prompt);
    assert_eq!(collections(&smbd.folder("plain")).len(), 2);
    let help = console.send("Get-Help Get-AzureStackLog", prompt);
    assert!(help.contains("OutputSasUri"), "{help}");
    console.send("exit", r"^PS LOCAL>$");
}
