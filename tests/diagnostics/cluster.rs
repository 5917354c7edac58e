//! `Get-ClusterLog`.

use std::fs;
use std::time::{Duration, SystemTime};

use support::endpoint::Endpoint;
use support::stand_in::StandIn;

use crate::stamp::Stamp;

#[test]
fn p_078_one_file_a_node_comes_back_as_a_file_object() {
    let stamp = Stamp::of_two("[cluster]\nfiles = [\"PLACE/logs/*.log\"]\n");
    let old = stamp.place.path().join("logs/old.log");
    fs::write(&old, "long ago\n").unwrap();
    let yesterday = SystemTime::now() - Duration::from_hours(24);
    fs::File::options().write(true).open(&old).unwrap().set_modified(yesterday).unwrap();
    let printed = stamp.run(
        r#"$files = Invoke-Command $s { Get-ClusterLog -Destination $using:out -TimeSpan 60 }
           "1 $($files.Name | Sort-Object) $($files[0].GetType().Name) $($files[0].Length -gt 20000) $($files[0].LastWriteTime.GetType().Name)"
           "2 $($files[0].FullName -like "$out/node0?_cluster.log") $($files[0].PSTypeNames[0])"
           $files | Out-String -Width 120
           $one = Invoke-Command $s { Get-ClusterLog node02 -Span 60 -lt }
           "3 $($one.Name)"
           "4 $(Attempt { Get-ClusterLog -Node nope }) $(Attempt { Get-ClusterLog -Destination /etc })"
           $all = Invoke-Command $s { Get-ClusterLog node01 }
           "5 $((Get-Content $all.FullName -Raw).Contains('long ago'))""#,
    );
    let text = &printed.text;
    assert!(text.contains("1 node01_cluster.log node02_cluster.log PSCustomObject True DateTime"), "{text}");
    assert!(text.contains("2 True Deserialized.System.IO.FileInfo"), "{text}");
    assert!(
        text.contains("Size Name") && text.contains("22041 node01_cluster.log"),
        "as PowerShell shows files: {text}"
    );
    assert!(text.contains("3 node02_cluster.log"), "{text}");
    assert!(text.contains("4 NodeNotFound,Get-ClusterLog DestinationRefused,Get-ClusterLog"), "{text}");
    assert!(text.contains("5 True"), "{text}");
    let log = fs::read_to_string(stamp.out().join("node02_cluster.log")).unwrap();
    assert!(
        log.starts_with("==> ") && log.contains("a line of the storage") && !log.contains("long ago"),
        "the last hour only"
    );
}

#[test]
fn without_a_folder_in_the_configuration_there_is_no_get_clusterlog() {
    let endpoint = Endpoint::start(env!("CARGO_BIN_EXE_pepd"));
    let client = StandIn::new(&endpoint.connect_command());
    let printed = client.client.run(
        "$s = New-PSSession -HostName SERVER01\n\
         (Invoke-Command $s { Get-Command Get-AzureStackLog, Test-AzureStack }).Name -join ' '\n\
         try { Invoke-Command $s { Get-ClusterLog } -ErrorAction Stop } catch { $_.FullyQualifiedErrorId }",
    );
    let lines: Vec<&str> = printed.text.lines().collect();
    assert_eq!(lines, ["Get-AzureStackLog Test-AzureStack", "CommandNotFoundException"]);
}
