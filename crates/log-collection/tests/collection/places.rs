//! Shares, object stores, and places that refuse.

use std::fs;
use std::io::ErrorKind;
use std::sync::Arc;

use log_collection::{Extra, ObjectStore, PlaceTarget, Target, collect};
use share::{Login, Place};
use support::object_store::{self, SIGNATURE};
use support::smbd::{Options, PASSWORD, Smbd, USER};
use tokio::task::spawn_blocking;

use crate::world::{Tree, World, listen};

/// A log that does not get smaller.
fn noise(world: &World, bytes: usize) {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut noise = Vec::with_capacity(bytes);
    while noise.len() < bytes {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        noise.extend_from_slice(&state.to_le_bytes());
    }
    fs::write(world.logs.path().join("web/noise.log"), noise).unwrap();
}

async fn share(smbd: &Smbd, name: &str) -> Arc<dyn Target> {
    let address = smbd.share(name).parse().unwrap();
    let place = spawn_blocking(move || Place::share(&address, &Login::parse(USER, PASSWORD), share::LIMIT).unwrap());
    Arc::new(PlaceTarget(Arc::new(place.await.unwrap())))
}

#[tokio::test(flavor = "multi_thread")]
async fn p_063_logs_stream_to_an_encrypted_share_by_smb_3() {
    let encrypted: &[&str] = &["smb encrypt = required"];
    let smbd = Smbd::with(&Options {
        shares: &[("enc", encrypted)],
        global: &["server min protocol = SMB3"],
        ..Options::default()
    });
    let world = World::new("");
    noise(&world, 5_000_000);
    let request = world.request(&["Storage", "WAS"], &[], &[], &Extra::default());
    let folder = smbd.folder("enc").join(&request.folder);
    let told = listen(collect(request, share(&smbd, "enc").await)).await;
    told.end.unwrap().unwrap();
    let tree = Tree::read(&folder);
    assert_eq!(tree.files, ["Get-AzureStackLog_Output.log", "Storage.zip", "WAS.zip"]);
    let there = tree.unpacked.iter().find(|(name, _)| name.ends_with("noise.log")).unwrap().1;
    assert_eq!(*there, fs::read(world.logs.path().join("web/noise.log")).unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn p_069_a_target_that_is_full_ends_the_run_with_an_error_about_space() {
    let smbd = Smbd::with(&Options { shares: &[("small", &[])], longest_file: Some(1 << 20), ..Options::default() });
    let world = World::new("");
    noise(&world, 8_000_000);
    let mut request = world.request(&["WAS"], &[], &[], &Extra::default());
    let folder = smbd.folder("small").join(&request.folder);
    request.part_bytes = 1 << 30;
    let told = listen(collect(request, share(&smbd, "small").await)).await;
    let error = told.end.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::StorageFull, "{error}");
    assert!(error.to_string().contains("full"), "{error}");
    let left: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["Get-AzureStackLog_Output.log"], "what is half is taken away");
    assert!(fs::read_to_string(folder.join("Get-AzureStackLog_Output.log")).unwrap().contains("full"));
}

#[tokio::test(flavor = "multi_thread")]
async fn p_069_what_will_not_fit_is_refused_before_the_first_byte() {
    struct Small(Arc<dyn Target>);
    impl Target for Small {
        fn check(&self) -> std::io::Result<()> {
            self.0.check()
        }
        fn room(&self) -> Option<u64> {
            Some(1000)
        }
        fn create_folder(&self, name: &str) -> std::io::Result<()> {
            self.0.create_folder(name)
        }
        fn create(&self, name: &str) -> std::io::Result<Box<dyn log_collection::TargetFile>> {
            self.0.create(name)
        }
        fn rename(&self, from: &str, to: &str) -> std::io::Result<()> {
            self.0.rename(from, to)
        }
        fn remove(&self, name: &str) {
            self.0.remove(name);
        }
        fn shown(&self, name: &str) -> String {
            self.0.shown(name)
        }
        fn shows_unfinished(&self) -> bool {
            true
        }
    }
    let world = World::new("");
    let told =
        listen(collect(world.request(&["Storage"], &[], &[], &Extra::default()), Arc::new(Small(world.folder()))))
            .await;
    let error = told.end.unwrap().unwrap_err();
    assert!(error.to_string().contains("There is not enough space on the disk"), "{error}");
    assert_eq!(fs::read_dir(world.out.path()).unwrap().count(), 0, "nothing was made");
}

#[tokio::test(flavor = "multi_thread")]
async fn p_066_logs_go_to_an_object_store_block_by_block_and_the_signature_is_never_told() {
    let (nginx, world) = (object_store::ObjectStore::start(), World::new(""));
    noise(&world, 20_000_000);
    let certificate = fs::read(nginx.certificate()).unwrap();
    let trusted: Vec<_> = rustls_pemfile(&certificate);
    let open = |signature: &str| ObjectStore::new(nginx.uri(signature).parse().unwrap(), trusted.clone()).unwrap();
    let wrong = open("sp=rwl&sig=wrong");
    let refused = spawn_blocking(move || wrong.check()).await.unwrap().unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::PermissionDenied);
    assert!(!refused.to_string().contains("wrong"), "{refused}");
    let untrusted = ObjectStore::new(nginx.uri(SIGNATURE).parse().unwrap(), Vec::new()).unwrap();
    let refused = spawn_blocking(move || untrusted.check()).await.unwrap().unwrap_err();
    assert!(refused.to_string().contains("certificate") && !refused.to_string().contains("SECRET"), "{refused}");

    let store = open(SIGNATURE);
    let checked = store.clone();
    spawn_blocking(move || checked.check()).await.unwrap().unwrap();
    let request = world.request(&["Storage", "WAS"], &[], &[], &Extra::default());
    let folder = request.folder.clone();
    let told = listen(collect(request, Arc::new(store))).await;
    let summary = told.end.unwrap().unwrap();
    assert!(!summary.folder.contains("SECRET"), "{summary:?}");
    let names = ["Get-AzureStackLog_Output.log", "Storage.zip", "WAS.zip"].map(|name| format!("{folder}/{name}"));
    assert_eq!(nginx.blobs(), names);
    let mut tree = Tree::default();
    tree.unpack(&nginx.blob(&names[1]));
    tree.unpack(&nginx.blob(&names[2]));
    assert!(nginx.blob(&names[2]).len() > 8 << 20, "more than one block");
    let there = tree.unpacked.iter().find(|(name, _)| name.ends_with("noise.log")).unwrap().1;
    assert_eq!(*there, fs::read(world.logs.path().join("web/noise.log")).unwrap());
    assert!(!String::from_utf8(nginx.blob(&names[0])).unwrap().contains("SECRET"));
}

/// The certificates of a PEM file.
fn rustls_pemfile(pem: &[u8]) -> Vec<rustls::pki_types::CertificateDer<'static>> {
    use rustls::pki_types::pem::PemObject as _;
    rustls::pki_types::CertificateDer::pem_slice_iter(pem).map(Result::unwrap).collect()
}
