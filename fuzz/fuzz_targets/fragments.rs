//! The bytes below the messages: fragments, and the lines of the out-of-process framing, in pieces of any size.
#![no_main]

use std::sync::{Arc, LazyLock};

use bytes::BytesMut;
use libfuzzer_sys::fuzz_target;
use psrp::fragment::{Defragmenter, FragmentLimits, Fragmenter};
use psrp::message::PsVersionTable;
use psrp::out_of_process::{LINE_LIMIT, PacketReader, Server, ServerEvent};
use psrp::pool::server::{Config, PipelineEnd};
use psrp::session_key::SessionKey;

const LIMITS: FragmentLimits = FragmentLimits { object: 1_000, total: 10_000 };

fn join(bytes: &[u8], piece: usize) -> Vec<Vec<u8>> {
    let mut defragmenter = Defragmenter::new(LIMITS);
    let mut messages = Vec::new();
    for mut piece in bytes.chunks(piece) {
        while let Ok(Some(message)) = defragmenter.next_message(&mut piece) {
            assert!(message.len() <= LIMITS.object);
            messages.push(message.into_owned());
        }
    }
    messages
}

fn fragments(bytes: &[u8], piece: usize) {
    let messages = join(bytes, piece);
    let mut fragmenter = Fragmenter::default();
    let mut again = BytesMut::new();
    for message in &messages {
        let mut fragments = fragmenter.begin(message.clone().into());
        while !fragments.is_done() {
            fragments.write(22 + piece, &mut again);
        }
    }
    if again.len() <= 9_000 {
        assert_eq!(join(&again, piece), messages);
    }
}

fn lines(bytes: &[u8], piece: usize) {
    let mut reader = PacketReader::default();
    'lines: for mut piece in bytes.chunks(piece) {
        loop {
            match reader.next_packet(&mut piece) {
                Ok(Some(packet)) => {
                    let line = packet.to_line();
                    assert!(line.len() <= LINE_LIMIT);
                    assert_eq!(PacketReader::default().next_packet(&mut &line[..]), Ok(Some(packet)));
                }
                Ok(None) => break,
                Err(_) => break 'lines,
            }
        }
    }
}

static CONFIG: LazyLock<Arc<Config>> = LazyLock::new(|| {
    Arc::new(Config::new(PsVersionTable {
        ps_version: clixml::Version::new(7, 6),
        ps_edition: "Core".into(),
        compatible_versions: Vec::new(),
        more: Vec::new(),
    }))
});

fn session(bytes: &[u8], piece: usize) {
    let mut server = Server::new(Arc::clone(&CONFIG), SessionKey::new([7; 32]));
    for piece in bytes.chunks(piece) {
        let _ = server.receive(piece);
        while let Some(event) = server.poll_event() {
            match event {
                ServerEvent::Signal { id } | ServerEvent::ClosePipeline { id } => {
                    let _ = server.pool().finish_pipeline(id, PipelineEnd::Stopped);
                }
                ServerEvent::CloseSession => server.pool().close_pool(),
                ServerEvent::Pool(_) => {}
            }
        }
        while server.poll_output().is_some() {}
    }
}

fuzz_target!(|data: &[u8]| {
    let Some((first, bytes)) = data.split_first() else { return };
    let piece = 1 + usize::from(*first);
    fragments(bytes, piece);
    lines(bytes, piece);
    session(bytes, piece);
});
