//! Collections of real logs from two nodes, one of them behind Debian's sshd, to real places.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod places;
mod world;

use std::fs;
use std::time::{Duration, Instant};

use inventory::LogType;
use log_collection::{Extra, RunLock, collect};
use world::World;

#[tokio::test(flavor = "multi_thread")]
async fn p_050_p_060_p_062_all_roles_of_all_nodes_go_into_a_zip_each_with_a_log_beside() {
    let world = World::new("");
    let report = world.logs.path().join("AzureStack_Validation_Summary_1.HTML");
    fs::write(&report, "<html>").unwrap();
    let extra = Extra { own: vec![report], ..Extra::default() };
    let mut request = world.request(&[], &[], &[], &extra);
    request.jobs.retain(|job| job.role != "Slow");
    let folder = request.folder.clone();
    let (told, tree) = world.collect(request).await;
    let summary = told.end.unwrap().unwrap();
    assert!(told.lost.is_empty() && told.warnings.is_empty(), "{:?} {:?}", told.lost, told.warnings);
    assert_eq!(tree.files, ["Get-AzureStackLog_Output.log", "SeedRing.zip", "Storage.zip", "WAS.zip"]);
    assert_eq!(summary.zips, tree.files[1..]);
    let stamp = folder.strip_prefix("AzureStackLogs-").and_then(|rest| rest.strip_suffix("-pep01")).unwrap();
    assert!(stamp.len() == 14 && stamp.bytes().all(|byte| byte.is_ascii_digit()), "{folder}");
    let mut expected: Vec<String> = ["node01", "node02"]
        .iter()
        .flat_map(|node| {
            ["commands/said.txt", "storage/a.log", "storage/b's $(x).log", "storage/empty.log"]
                .map(|name| format!("{node}/{name}"))
        })
        .collect();
    // not in it: what is no log, what is older than the window, dumps
    expected.extend(
        [
            "node01/commands/seq_5.txt",
            "node01/validation/AzureStack_Validation_Summary_1.HTML",
            "node01/web/access.log",
        ]
        .map(str::to_owned),
    );
    expected.sort();
    let mut names = tree.names(&world);
    names.sort();
    assert_eq!(names, expected);
    let said = |node: &str| tree.unpacked[&format!("{node}/commands/said.txt")].clone();
    assert_eq!((said("node01"), said("node02")), (b"it's $HOME\n".to_vec(), b"it's $HOME\n".to_vec()));
    for part in ["A test", "Storage.zip is there", "3 zip(s)"] {
        assert!(tree.log.contains(part), "{part}: {}", tree.log);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn p_051_p_052_p_053_p_067_filters_leave_what_was_meant() {
    let world = World::new("");
    let of = async |roles: &[&str], nodes: &[&str], types: &[LogType], dumps: bool| {
        let extra = Extra { dumps, ..Extra::default() };
        let mut request = world.request(roles, nodes, types, &extra);
        request.jobs.retain(|job| job.role != "Slow");
        request.folder = format!("folder-{}", rand());
        world.collect(request).await.1.names(&world)
    };
    let web = of(&["was"], &[], &[], false).await;
    assert_eq!(web, ["node01/commands/seq_5.txt", "node01/web/access.log"]);
    let both = of(&["WAS", "Storage"], &[], &[LogType::Share, LogType::WindowsEvent], false).await;
    assert_eq!(both, web, "Storage has nothing of these kinds");
    let second = of(&[], &["NODE02"], &[LogType::File], true).await;
    assert!(
        second.iter().all(|name| name.starts_with("node02/")) && second.contains(&"node02/dumps/core.1".into()),
        "{second:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn p_061_a_large_role_has_several_parts_that_unpack_into_one_tree() {
    let world = World::new("");
    for number in 0..6 {
        let noise: Vec<u8> =
            (0..300_000_u32).map(|at| at.wrapping_mul(2_654_435_761 + number).to_le_bytes()[2]).collect();
        fs::write(world.logs.path().join(format!("storage/noise{number}.log")), noise).unwrap();
    }
    let mut request = world.request(&["Storage"], &[], &[], &Extra::default());
    request.part_bytes = 700_000;
    let (told, tree) = world.collect(request).await;
    let zips = told.end.unwrap().unwrap().zips;
    assert!(
        zips.len() >= 6 && zips.contains(&"Storage.zip".into()) && zips.contains(&"Storage_2.zip".into()),
        "{zips:?}"
    );
    assert_eq!(tree.unpacked.len(), 2 * (6 + 4), "{:?}", tree.names(&world));
    let longest =
        zips.iter().map(|zip| fs::metadata(world.out.path().join(tree_folder(&world)).join(zip)).unwrap().len()).max();
    assert!(longest < Some(750_000), "{longest:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn p_068_when_the_time_is_up_the_zips_are_readable_and_what_is_missing_is_told() {
    let world = World::new("");
    let mut request = world.request(&["Slow", "WAS"], &[], &[], &Extra::default());
    request.limit = Duration::from_secs(4);
    let started = Instant::now();
    let (told, tree) = world.collect(request).await;
    assert!(started.elapsed() < Duration::from_secs(20));
    let summary = told.end.unwrap().unwrap();
    assert!(summary.late && summary.lost == 1, "{summary:?}");
    assert!(told.lost[0].0.contains("Slow on node02") && told.lost[0].1.contains("the time was up"), "{:?}", told.lost);
    assert_eq!(tree.unpacked["node02/commands/slow.txt"], b"begun\n", "what came is there");
    assert!(tree.files.contains(&"WAS.zip".into()) && tree.log.contains("LOST: Slow on node02"), "{}", tree.log);
}

#[tokio::test(flavor = "multi_thread")]
async fn p_071_a_collection_that_nobody_waits_for_ends_at_once_and_the_next_one_runs() {
    let (world, lock) = (World::new(""), RunLock::default());
    let permit = lock.take("CloudAdmin").unwrap();
    assert_eq!(lock.take("other").unwrap_err().who, "CloudAdmin");
    let request = world.request(&["Slow"], &[], &[], &Extra::default());
    let folder = world.out.path().join(&request.folder);
    let events = collect(request, world.folder());
    let wait = async |what: &dyn Fn() -> bool| {
        let end = Instant::now() + Duration::from_secs(20);
        while !what() {
            assert!(Instant::now() < end, "{:?}", world::Tree::read(&folder));
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    wait(&|| folder.join("Slow.zip.partial").exists()).await;
    drop(events);
    drop(permit);
    let _again = lock.take("other").unwrap();
    wait(&|| !folder.join("Slow.zip.partial").exists()).await;
    wait(&|| fs::read_to_string(folder.join("Get-AzureStackLog_Output.log")).unwrap().contains("broken off")).await;
    let mut request = world.request(&["WAS"], &[], &[], &Extra::default());
    request.folder += "-2";
    assert!(world.collect(request).await.0.end.unwrap().is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn p_073_a_node_that_cannot_be_reached_is_one_warning_and_the_rest_is_collected() {
    let mut world = World::new("");
    world.sshd = None;
    let (told, tree) = world.collect(world.request(&[], &[], &[], &Extra::default())).await;
    assert!(told.end.unwrap().is_ok() && told.lost.is_empty(), "{:?}", told.lost);
    assert_eq!(told.warnings.len(), 1);
    assert!(told.warnings[0].contains("node02") && told.warnings[0].contains("refused"), "{:?}", told.warnings);
    assert!(
        tree.unpacked.keys().all(|name| name.starts_with("node01/")) && tree.unpacked.len() == 6,
        "{:?}",
        tree.names(&world)
    );
    assert!(tree.log.contains("WARNING: Nothing is collected from node02"));
}

fn rand() -> String {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed).to_string()
}

fn tree_folder(world: &World) -> String {
    let entry = fs::read_dir(world.out.path()).unwrap().next().unwrap().unwrap();
    entry.file_name().into_string().unwrap()
}
