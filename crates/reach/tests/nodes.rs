//! This host, and a second one behind Debian's sshd.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStringExt as _;
use std::time::{Duration, Instant};

use reach::{Limits, Node, ReachError, Ssh};
use support::machine;
use support::sshd::{ADDRESS, Sshd};

fn far(node: &Sshd) -> Node {
    Node::Ssh(Ssh::new(&machine::user(), ADDRESS, node.port(), node.key(), &node.host_key()).unwrap())
}

#[tokio::test]
async fn both_hosts_run_the_same_arguments_and_hold_the_same_files() {
    let sshd = Sshd::node(ADDRESS);
    let place = tempfile::tempdir().unwrap();
    let odd = OsString::from_vec(b"it's $(id) `x`\n\xff.log".to_vec());
    fs::write(place.path().join(&odd), "odd").unwrap();
    fs::write(place.path().join("plain.log"), "plain").unwrap();
    fs::write(place.path().join("other.txt"), "no log").unwrap();
    fs::create_dir(place.path().join("below")).unwrap();
    fs::write(place.path().join("below/deep.log"), "deep").unwrap();
    let limit = Duration::from_secs(20);
    for node in [Node::Local, far(&sshd)] {
        let said = node.text(&["printf", "%s|", "a b", "$HOME", "'"], Limits::default()).await.unwrap();
        assert_eq!(said, "a b|$HOME|'|", "{node:?}");
        let flat = node.find(&format!("{}/*.log", place.path().display()), Limits::default()).await.unwrap();
        assert_eq!(flat.iter().map(|file| file.path.clone()).collect::<Vec<_>>().len(), 2, "{flat:?}");
        let all = node.find(&format!("{}/**/*.log", place.path().display()), Limits::default()).await.unwrap();
        assert_eq!(all.len(), 3, "{all:?}");
        let file = flat.iter().find(|file| file.path.to_string_lossy().contains("it's")).unwrap();
        let mut source = node.open(&file.path, limit).await.unwrap();
        let (mut buffer, mut all) = ([0; 100], Vec::new());
        loop {
            let read = source.read(&mut buffer).await.unwrap();
            if read == 0 {
                break;
            }
            all.extend_from_slice(&buffer[..read]);
        }
        source.finish().await.unwrap();
        assert_eq!(all, b"odd");
        assert!(node.find("/there/is/nothing/*.log", Limits::default()).await.unwrap().is_empty());
        let missing = node.run(&["no-such-program"], Limits::default()).await.unwrap_err();
        assert!(missing.is_missing_program(), "{missing}");
        let failed = node.run(&["ls", "/nowhere"], Limits::default()).await.unwrap_err();
        assert!(matches!(&failed, ReachError::Failed { status: 2, said, .. } if said.contains("nowhere")), "{failed}");
        let much = node.run(&["seq", "100000"], Limits { bytes: 1000, ..Limits::default() }).await.unwrap_err();
        assert!(matches!(much, ReachError::TooMuch { .. }), "{much}");
        assert!(node.run(&["echo", "a\0b"], Limits::default()).await.is_err());
    }
}

#[tokio::test]
async fn a_host_with_another_key_is_not_entered_and_one_that_is_gone_is_unreachable() {
    let (sshd, other) = (Sshd::node(ADDRESS), Sshd::node(ADDRESS));
    let wrong = Ssh::new(&machine::user(), ADDRESS, sshd.port(), sshd.key(), &other.host_key()).unwrap();
    let error = Node::Ssh(wrong).run(&["true"], Limits::default()).await.unwrap_err();
    assert!(
        matches!(&error, ReachError::Unreachable(said) if said.contains("Host key verification failed")),
        "{error}"
    );
    let node = far(&sshd);
    drop(sshd);
    let error = node.run(&["true"], Limits::default()).await.unwrap_err();
    assert!(matches!(&error, ReachError::Unreachable(said) if said.contains("refused")), "{error}");
}

#[tokio::test]
async fn what_hangs_is_ended_with_all_that_it_started() {
    let sshd = Sshd::node(ADDRESS);
    for (node, mark) in [(Node::Local, "7501.25"), (far(&sshd), "7502.25")] {
        let limits = Limits { time: Duration::from_secs(1), ..Limits::default() };
        let started = Instant::now();
        let error = node.run(&["sh", "-c", &format!("sleep {mark} & sleep {mark}")], limits).await.unwrap_err();
        assert!(matches!(error, ReachError::TimedOut { .. }), "{error}");
        assert!(started.elapsed() < Duration::from_secs(10));
        drop(node.start(&["sleep", mark], Duration::from_secs(2)).unwrap()); // and what is given up
        let end = Instant::now() + Duration::from_secs(15);
        while running(mark) {
            assert!(Instant::now() < end, "a sleep {mark} is left");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

/// Does a process of this host have the argument?
fn running(mark: &str) -> bool {
    let processes = fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    processes.map(|process| process.path().join("cmdline")).any(|path| {
        let line = fs::read(path).unwrap_or_default();
        line.split(|byte| *byte == 0).any(|argument| argument == mark.as_bytes()) && line.starts_with(b"sleep")
    })
}
