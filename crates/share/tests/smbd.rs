//! Shares of a real smbd.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use std::fs;
use std::io::{Read as _, Write as _};
use std::thread;
use std::time::{Duration, Instant};

use share::{Login, Place, ShareAddress, ShareError};
use support::machine;
use support::smbd::{Options, PASSWORD, Smbd, USER};

const LIMIT: Duration = Duration::from_secs(10);

fn enter(smbd: &Smbd, share: &str) -> Result<Place, ShareError> {
    Place::share(&smbd.share(share).parse().unwrap(), &Login::parse(USER, PASSWORD), LIMIT)
}

/// All that callers do in a place.
fn round_trip(place: &Place) {
    let text: Vec<u8> = (0..3_000_000_u32).flat_map(u32::to_le_bytes).collect();
    place.check_writable().unwrap();
    assert!(place.room().unwrap() > 0);
    place.create_folder(".new").unwrap();
    let mut file = place.create(".new/Größe.txt").unwrap();
    file.write_all(&text).unwrap();
    assert_eq!(file.finish().unwrap(), text.len() as u64);
    place.create(".new/empty").unwrap().finish().unwrap();
    place.rename(".new", "whole").unwrap();
    let entries = place.list("whole").unwrap();
    let listed: Vec<(&str, u64)> = entries.iter().map(|entry| (entry.name.as_str(), entry.size)).collect();
    assert_eq!(listed, [("Größe.txt", text.len() as u64), ("empty", 0)]);
    let mut file = place.open("whole/Größe.txt").unwrap();
    assert_eq!(file.size(), text.len() as u64);
    let mut read = Vec::new();
    file.read_to_end(&mut read).unwrap();
    assert!(read == text, "what was read is what was written");
    assert!(matches!(place.create_folder("whole"), Err(ShareError::Exists { .. })));
    assert!(matches!(place.create("whole/empty").map(drop), Err(ShareError::Exists { .. })));
    place.create_folder("other").unwrap();
    assert!(matches!(place.rename("other", "whole"), Err(ShareError::Exists { .. })));
    place.create("whole/new").unwrap().finish().unwrap();
    place.rename_over("whole/new", "whole/empty").unwrap();
    assert!(place.rename_over("whole/empty", "other").is_err(), "a folder stays");
    assert_eq!(place.entry("whole/Größe.txt").unwrap(), entries[0]);
    assert!(place.entry("").unwrap().is_folder);
    assert!(matches!(place.entry("whole/nothing"), Err(ShareError::NotFound { .. })));
    assert!(matches!(place.open("whole/nothing").map(drop), Err(ShareError::NotFound { .. })));
    assert!(matches!(place.remove_folder("whole"), Err(ShareError::Exists { .. })), "it is not empty");
    assert!(matches!(place.create("../outside").map(drop), Err(ShareError::Other { .. })));
    place.remove_folder_of_files("whole").unwrap();
    place.remove_folder("other").unwrap();
    assert_eq!(place.list("").unwrap(), []);
}

#[test]
fn a_local_folder_does_what_a_share_does() {
    let folder = tempfile::tempdir().unwrap();
    round_trip(&Place::folder(folder.path()).unwrap());
    let nowhere = Place::folder(&folder.path().join("nowhere")).map(drop);
    assert!(matches!(nowhere, Err(ShareError::NotFound { .. })), "{nowhere:?}");
}

#[test]
fn a_plain_share_and_a_folder_in_it() {
    let smbd = Smbd::start();
    round_trip(&enter(&smbd, "plain").unwrap());
    fs::create_dir_all(smbd.folder("plain").join("one/two")).unwrap();
    round_trip(&enter(&smbd, r"plain\one\two").unwrap());
    assert!(matches!(enter(&smbd, r"plain\one\three").map(drop), Err(ShareError::NotFound { .. })));
    fs::write(smbd.folder("plain").join("file"), "").unwrap();
    assert!(matches!(enter(&smbd, r"plain\file").map(drop), Err(ShareError::NotAFolder { .. })));
}

#[test]
fn each_dialect_with_signing_required() {
    for newest in ["SMB3_11", "SMB3_02", "SMB3_00", "SMB2_10", "SMB2_02"] {
        let newest = format!("server max protocol = {newest}");
        let global = ["server signing = mandatory", newest.as_str()];
        let smbd = Smbd::with(&Options { global: &global, shares: &[("signed", &[])], ..Options::default() });
        round_trip(&enter(&smbd, "signed").unwrap());
    }
}

#[test]
fn a_share_or_a_whole_server_that_requires_encryption() {
    let share: [(&str, &[&str]); 1] = [("encrypted", &["smb encrypt = required"])];
    for newest in ["SMB3_11", "SMB3_00"] {
        let newest = format!("server max protocol = {newest}");
        let smbd = Smbd::with(&Options { global: &[&newest], shares: &share, ..Options::default() });
        round_trip(&enter(&smbd, "encrypted").unwrap());
    }
    let global = ["smb encrypt = required"];
    let smbd = Smbd::with(&Options { global: &global, shares: &[("all", &[])], ..Options::default() });
    round_trip(&enter(&smbd, "all").unwrap());
    let old = ["server max protocol = SMB2_10"];
    let smbd = Smbd::with(&Options { global: &old, shares: &share, ..Options::default() });
    let refused = enter(&smbd, "encrypted").map(drop).unwrap_err();
    assert!(matches!(refused, ShareError::Denied { .. }), "{refused}");
}

#[test]
fn what_is_wrong_is_said() {
    let readonly: &[&str] = &["read only = yes"];
    let smbd = Smbd::with(&Options { shares: &[("plain", &[]), ("readonly", readonly)], ..Options::default() });
    let plain: ShareAddress = smbd.share("plain").parse().unwrap();
    let wrong = |login: Login| Place::share(&plain, &login, LIMIT).map(drop).unwrap_err();
    for login in [Login::parse(USER, "wrong"), Login::parse("nobody", PASSWORD), Login::parse(USER, "")] {
        let refused = wrong(login);
        assert!(matches!(refused, ShareError::Credential { .. }), "{refused}");
        assert!(refused.to_string().contains("the user name or the password is wrong"), "{refused}");
    }
    let refused = enter(&smbd, "nowhere").map(drop).unwrap_err();
    assert!(matches!(refused, ShareError::NoShare { .. }), "{refused}");
    let readonly = enter(&smbd, "readonly").unwrap();
    assert!(matches!(readonly.check_writable(), Err(ShareError::Denied { .. })));
    assert!(matches!(readonly.create_folder("x"), Err(ShareError::Denied { .. })));
    for user in [r".\carol", r"WORKGROUP\carol", "carol@example.com"] {
        Place::share(&plain, &Login::parse(user, PASSWORD), LIMIT).map(drop).unwrap();
    }
}

#[test]
fn nobody_there_is_said_in_time() {
    let none = |text: &str| {
        let started = Instant::now();
        let error = Place::share(&text.parse().unwrap(), &Login::parse(USER, PASSWORD), Duration::from_secs(1));
        let error = error.map(drop).unwrap_err();
        assert!(matches!(error, ShareError::NoServer { .. }), "{error}");
        assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
        error.to_string()
    };
    let closed = none(&format!(r"\\127.0.0.1@{}\share", machine::free_port()));
    assert!(closed.contains("refused"), "{closed}");
    none(r"\\no-such-host.invalid\share");
    // somebody who says nothing
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    none(&format!(r"\\127.0.0.1@{}\share", silent.local_addr().unwrap().port()));
    // somebody who speaks something else
    let other = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = other.local_addr().unwrap().port();
    let speaker = thread::spawn(move || other.accept().unwrap().0.write_all(b"220 mail.example.com\r\n").unwrap());
    none(&format!(r"\\127.0.0.1@{port}\share"));
    speaker.join().unwrap();
}

#[test]
fn a_full_disk_is_said() {
    let smbd = Smbd::with(&Options { shares: &[("small", &[])], longest_file: Some(2 << 20), ..Options::default() });
    let place = enter(&smbd, "small").unwrap();
    let mut file = place.create("large").unwrap();
    let piece = vec![7; 256 << 10];
    let full = (0..64).find_map(|_| file.write_all(&piece).err()).map(ShareError::from);
    let full = full.or_else(|| file.finish().err());
    assert!(matches!(full, Some(ShareError::Full { .. })), "{full:?}");
    place.remove_file("large").unwrap();
}

#[test]
fn a_server_that_goes_away_in_the_middle_is_said() {
    let mut smbd = Smbd::start();
    let place = enter(&smbd, "plain").unwrap();
    let mut file = place.create("large").unwrap();
    let piece = vec![7; 1 << 20];
    file.write_all(&piece).unwrap();
    smbd.kill();
    let lost = (0..64).find_map(|_| file.write_all(&piece).err()).map(ShareError::from);
    assert!(matches!(lost, Some(ShareError::Lost { .. })), "{lost:?}");
    assert!(matches!(place.list(""), Err(ShareError::Lost { .. })));
}
