//! The vendor's file under the owner's.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use std::fs;

use inventory::{Host, Inventory, InventorySource, Json};
use tempfile::TempDir;

const VENDOR: &str = "\u{feff}{
  \"RegionName\": \"west\", \"Timezone\": \"W. Europe Standard Time\", \"StampVersion\": \"1.1809.0.90\",
  \"CloudID\": \"6f1c3a7e-2f0b-4a53-9a3e-0a9d2a0b7c11\",
  \"EmergencyConsoleIPAddresses\": [\"192.0.2.225\", \"192.0.2.226\", \"192.0.2.227\"],
  \"ExternalDNSIPAddress01\": \"192.0.2.53\", \"ExternalDNSIPAddress02\": \"192.0.2.54\",
  \"TenantExternalEndpoints\": { \"TenantPortal\": \"https://portal.example.com/\", \"TenantHosting\": \"https://h.example.com/\" },
  \"Zebra\": { \"B\": [1, 2.5, null], \"A\": true }, \"Aardvark\": 18446744073709551615
}";

struct Place(TempDir);

impl Place {
    fn new(vendor: &str, more: &str) -> Place {
        let place = Place(tempfile::tempdir().unwrap());
        fs::write(place.0.path().join("info.json"), vendor).unwrap();
        let file = place.0.path().join("info.json");
        fs::write(
            place.0.path().join("inventory.toml"),
            format!("[stamp]\ndeployment_info = \"{}\"\n{more}", file.display()),
        )
        .unwrap();
        place
    }

    fn source(&self) -> InventorySource {
        InventorySource::new(Some(self.0.path().join("inventory.toml")))
    }
}

#[test]
fn what_the_vendor_says_holds_and_what_is_not_known_is_kept_in_its_order() {
    let inventory = Place::new(VENDOR, "").source().read().unwrap();
    let stamp = &inventory.stamp;
    assert_eq!(
        (&*stamp.region, &*stamp.timezone, stamp.endpoints.len(), stamp.dns.len()),
        ("west", "Europe/Berlin", 3, 2)
    );
    assert_eq!(stamp.tenant_endpoints.portal, "https://portal.example.com/");
    let info = stamp.deployment_info.as_ref().unwrap();
    let names: Vec<&str> = info.members().iter().map(|(name, _)| &**name).collect();
    assert_eq!(names[names.len() - 2..], ["Zebra", "Aardvark"]);
    assert_eq!(info.member("zebra").unwrap().member("A"), Some(&Json::Bool(true)));
    assert_eq!(serde_json::to_string(info.member("Zebra").unwrap()).unwrap(), r#"{"B":[1,2.5,null],"A":true}"#);
    assert_eq!(serde_json::to_string(info.member("Aardvark").unwrap()).unwrap(), "18446744073709551615");
}

#[test]
fn the_owners_file_wins_and_it_is_said() {
    let inventory =
        Place::new(VENDOR, "region = \"east\"\ndns = [\"192.0.2.53\", \"192.0.2.54\"]\n").source().read().unwrap();
    assert_eq!(inventory.stamp.region, "east");
    assert_eq!(inventory.stamp.overruled, ["`region` of the inventory holds, and not RegionName of the vendor's file"]);
}

#[test]
fn a_broken_file_of_the_vendor_is_shown_where_it_breaks() {
    let refusal = |vendor: &str| Place::new(vendor, "").source().read().unwrap_err().to_string();
    let said = refusal("{\n  \"RegionName\": \"west\",\n  oops\n}");
    assert!(said.contains("info.json:3:3: key must be a string"), "{said}");
    let said = refusal("{\n  \"RegionName\": 5, \"CloudID\": \"x\" }");
    assert!(
        said.contains("info.json:2:3: `RegionName` is a text, not a number") && said.contains("2:20: \"x\" is no GUID"),
        "{said}"
    );
    assert!(refusal("[]").contains("the file holds a list"));
    assert!(refusal(&"[".repeat(100_000)).contains("recursion limit exceeded"));
}

#[test]
fn a_file_that_changed_is_read_again() {
    let place = Place::new(VENDOR, "");
    let source = place.source();
    let first = source.read().unwrap();
    assert!(std::sync::Arc::ptr_eq(&first, &source.read().unwrap()), "it has not changed");
    fs::write(place.0.path().join("info.json"), "{ \"RegionName\": \"north\" }").unwrap();
    assert_eq!(source.read().unwrap().stamp.region, "north");
    fs::write(place.0.path().join("inventory.toml"), "[stamp]\nregion = \"south\"\n").unwrap();
    assert_eq!(source.read().unwrap().stamp.region, "south");
    fs::write(place.0.path().join("inventory.toml"), "[stamp]\nregion = 1\n").unwrap();
    assert!(source.read().is_err());
}

#[test]
fn without_a_file_it_is_this_hosts() {
    let derived = InventorySource::new(None).read().unwrap();
    assert_eq!(derived.nodes, Inventory::of_host(&Host::this()).nodes);
}
