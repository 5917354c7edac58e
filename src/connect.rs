//! `pepd connect`: the SSH subsystem. It carries standard input to the daemon's socket and the socket to standard output, and
//! nothing else: whoever runs it is told to the daemon by the kernel, not by this program.

use std::io;
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::Path;

/// Relays until the daemon closes.
///
/// # Errors
/// If nobody listens at the socket, or either side breaks.
pub fn relay(socket: &Path) -> io::Result<()> {
    let stream = UnixStream::connect(socket).map_err(|error| {
        io::Error::new(error.kind(), format!("no endpoint answers at {}: {error}", socket.display()))
    })?;
    let mut to_daemon = stream.try_clone()?;
    std::thread::spawn(move || {
        let _ = copy(&mut io::stdin().lock(), &mut to_daemon);
        let _ = to_daemon.shutdown(Shutdown::Write);
    });
    let mut from_daemon = &stream;
    copy(&mut from_daemon, &mut io::stdout().lock())
}

/// Every piece goes on as it comes.
fn copy(from: &mut impl io::Read, to: &mut impl io::Write) -> io::Result<()> {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let read = from.read(&mut buffer)?;
        let Some(piece) = buffer.get(..read).filter(|piece| !piece.is_empty()) else { return Ok(()) };
        to.write_all(piece)?;
        to.flush()?;
    }
}
