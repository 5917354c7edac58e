//! Reading one thing into pieces.

use std::time::Duration;

use reach::{ReachError, Source};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};

use crate::part::Piece;
use crate::plan::{Listed, What};

/// Bytes of a piece.
const PIECE: usize = 128 * 1024;

/// A plain zip says the size of a file in 32 bits; some room is left.
const LARGE: u64 = 0xf000_0000;

/// What is known to be no longer than this is cut there, so that no zip needs what old programs do not understand.
const LONGEST_PROGRAM: u64 = 2 * 1024 * 1024 * 1024;

/// Why a thing is not there, or not whole.
pub(crate) enum Loss {
    /// It could not be read.
    Failed(ReachError),
    /// The time was up after so many bytes.
    Late(u64),
    /// It was cut at so many bytes.
    Long(u64),
    /// Nobody takes it any more: the target has failed, and says so itself.
    Target,
}

/// Reads it and hands it over. `count` hears of each piece how many bytes it has. What a program does not print makes no file.
pub(crate) async fn read(
    thing: &Listed,
    pieces: &mpsc::Sender<Piece>,
    deadline: Instant,
    count: &(dyn Fn(u64) + Sync),
) -> Result<u64, Loss> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() {
        return Err(Loss::Late(0));
    }
    let limit = left + Duration::from_secs(1); // the deadline here comes first
    let opened = match &thing.what {
        What::File(path) => thing.reach.open(path, limit).await,
        What::Program(argv) => thing.reach.start(argv, limit).map(|running| Source::Program(Box::new(running))),
    };
    let mut source = opened.map_err(Loss::Failed)?;
    let most = thing.size.unwrap_or(LONGEST_PROGRAM); // a file that grows is read as far as it was listed
    let (mut all, mut begun) = (0, false);
    let ended = loop {
        let room = usize::try_from(most - all).unwrap_or(usize::MAX).min(PIECE);
        let mut piece = vec![0; room.max(1)];
        let read = match timeout_at(deadline, source.read(&mut piece)).await {
            Ok(Ok(read)) => read,
            Ok(Err(error)) => break Err(Loss::Failed(error)),
            Err(_) => break Err(Loss::Late(all)),
        };
        if read > 0 && room == 0 {
            // there is more than is taken
            break if thing.size.is_some() { Ok(()) } else { Err(Loss::Long(all)) };
        }
        if !begun && (read > 0 || thing.size.is_some()) {
            begun = true;
            begin(thing, pieces).await?;
        }
        if read == 0 {
            break Ok(());
        }
        piece.truncate(read);
        let length = u64::try_from(read).unwrap_or(0);
        all += length;
        count(length);
        pieces.send(Piece::Data(piece)).await.map_err(|_| Loss::Target)?;
    };
    if begun {
        pieces.send(Piece::End).await.map_err(|_| Loss::Target)?;
    }
    ended?;
    // what was cut here has not ended by itself
    let is_whole = thing.size.is_none_or(|size| all < size) || matches!(thing.what, What::Program(_));
    if is_whole {
        source.finish().await.map_err(Loss::Failed)?;
    }
    Ok(all)
}

async fn begin(thing: &Listed, pieces: &mpsc::Sender<Piece>) -> Result<(), Loss> {
    let is_large = thing.size.is_some_and(|size| size >= LARGE);
    let piece = Piece::Begin { name: thing.name.clone(), modified: thing.modified, is_large };
    pieces.send(piece).await.map_err(|_| Loss::Target)
}
