//! W3: the facts of the stamp.

use std::fs;

use support::pwsh::Printed;

use crate::site::{STAMP, Site};
use crate::{ELSEWHERE, LOCAL, PROMPT};

fn lines(printed: &Printed) -> Vec<&str> {
    printed.text.lines().collect()
}

#[test]
fn p_045_p_046_p_048_the_facts_come_with_nested_objects_and_go_through_json_and_back() {
    for language in ELSEWHERE {
        let site = Site::new(STAMP, "", language);
        let printed = site.run(
            r"$stamp = Invoke-Command -Session $s { Get-AzureStackStampInformation }
              [cultureinfo]::CurrentCulture.Name
              ($stamp.PSObject.Properties.Name | Where-Object { $_ -notmatch '^(PSComputerName|PSShowComputerName|RunspaceId)$' }) -join ' '
              $stamp.StampVersion, $stamp.RegionName, $stamp.Timezone, $stamp.NumberOfNodes, ($stamp.EmergencyConsoleIPAddresses -join ',')
              [System.TimeZoneInfo]::FindSystemTimeZoneById($stamp.Timezone).BaseUtcOffset.TotalHours
              $stamp.ExternalDNSIPAddress02, $stamp.TenantExternalEndpoints.TenantPortal, ($null -eq $stamp.AdminExternalEndpoints.AdminPortal)
              $stamp | ConvertTo-Json -Depth 5 | Set-Content $HOME/AzureStackStampInformation.json
              $back = Get-Content -Raw $HOME/AzureStackStampInformation.json | ConvertFrom-Json
              $back.TenantExternalEndpoints.TenantResourceManager, ($back.EmergencyConsoleIPAddresses -is [array]), ($back.CloudID -as [guid]).Guid.Length",
        );
        let culture = language.split('.').next().unwrap().replace('_', "-");
        let expected = [
            &*culture,
            "StampVersion CloudID DeploymentID RegionName DomainFQDN DomainNetBIOSName ExternalDomainFQDN Timezone NumberOfNodes \
             EmergencyConsoleIPAddresses TimeServers ExternalDNSIPAddress01 ExternalDNSIPAddress02 AADTenantID AADTenantName \
             TenantExternalEndpoints AdminExternalEndpoints",
            "1.2108.2.65",
            "east",
            "W. Europe Standard Time",
            "1",
            "192.0.2.225",
            "1",
            "192.0.2.54",
            "https://portal.east.example.com/",
            "True",
            "https://management.east.example.com/",
            "True",
            "36",
        ];
        assert_eq!(lines(&printed), expected);
    }
}

#[test]
fn p_046_members_of_the_vendors_file_that_nobody_knows_arrive_nested() {
    let vendor = r#"{ "RegionName": "west", "HardwareOEM": { "Nodes": [ { "Name": "n1", "Slots": [1, 2] } ] }, "CloudID": "6f1c3a7e-2f0b-4a53-9a3e-0a9d2a0b7c11" }"#;
    let site = Site::new(&STAMP.replace("[stamp]\n", "[stamp]\ndeployment_info = \"HERE/info.json\"\n"), "", "C.UTF-8");
    fs::write(site.path("info.json"), vendor).unwrap();
    let printed = site.run(
        r"$stamp = Invoke-Command -Session $s { Get-AzureStackStampInformation } -WarningVariable told
          $stamp.HardwareOEM.Nodes[0].Slots[1], $stamp.CloudID, $stamp.RegionName
          $told.Count; ($told -join '').Contains('`region` of the inventory holds, and not RegionName')",
    );
    assert!(lines(&printed)[0].starts_with("WARNING: `region` of the inventory holds"), "{}", printed.text);
    assert_eq!(lines(&printed)[1..], ["2", "6f1c3a7e-2f0b-4a53-9a3e-0a9d2a0b7c11", "east", "1", "True"]);
}

#[test]
fn p_047_its_warnings_are_silenced_as_scripts_do_it() {
    let site = Site::new("", "", "C.UTF-8");
    let printed = site.run(
        r"Invoke-Command -Session $s { Get-AzureStackStampInformation -WarningAction SilentlyContinue } -WarningVariable silent | Out-Null
          Invoke-Command -Session $s { Get-AzureStackStampInformation } -WarningVariable told | Out-Null
          $silent.Count; $told.Count; $told[0].Message -match 'has no \[stamp\]: these facts are what is seen of'",
    );
    let (shown, counted): (Vec<&str>, Vec<&str>) =
        lines(&printed).into_iter().partition(|line| line.starts_with("WARNING: "));
    assert_eq!((shown.len(), counted), (1, vec!["0", "1", "True"]), "{}", printed.text);
}

#[test]
fn p_049_a_broken_inventory_is_a_clear_error_and_no_partial_object() {
    let site = Site::new(STAMP, "", "C.UTF-8");
    fs::write(site.path("inventory.toml"), "[stamp]\nregoin = \"east\"\nregion = \"east\"\n").unwrap();
    let attempt = r"try { $got = Invoke-Command -Session $s { Get-AzureStackStampInformation } -ErrorAction Stop } catch { $_.FullyQualifiedErrorId; $_.CategoryInfo.Category; $_.Exception.Message }
                    $null -eq $got";
    let printed = site.run(attempt);
    let text = &printed.text;
    assert!(text.starts_with("InventoryNotValid,Get-AzureStackStampInformation\nInvalidData\n"), "{text}");
    assert!(
        text.contains("inventory.toml:2:1: unknown key `regoin`") && text.contains("did you mean `region`?"),
        "{text}"
    );
    assert!(text.trim_end().ends_with("True"), "{text}");
    fs::write(site.path("inventory.toml"), STAMP.replace("HERE", "/nowhere")).unwrap();
    let printed = site.run("(Invoke-Command -Session $s { Get-AzureStackStampInformation }).RegionName");
    assert_eq!(printed.text, "east\n");
}

#[test]
fn w3_in_the_console_and_imported_whatever_the_language() {
    for language in ELSEWHERE {
        let site = Site::new(STAMP, "", language);
        let console = site.enter();
        let list = console.send("Get-AzureStackStampInformation", PROMPT);
        assert!(list.lines().any(|line| line.trim_end() == "RegionName                  : east"), "{list}");
        assert!(
            list.contains("TenantExternalEndpoints     : @{TenantResourceManager=https://management.east"),
            "{list}"
        );
        console.send("exit", LOCAL);
        let printed = site
            .run("$null = Import-PSSession $s; (Get-AzureStackStampInformation).TenantExternalEndpoints.TenantPortal");
        assert_eq!(printed.text, "https://portal.east.example.com/\n");
    }
}
