use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::chain::Chain;
use crate::damage::Kind;
use crate::key::PublicKey;

/// The file of checkpoints in a record's directory.
pub const CHECKPOINTS: &str = "checkpoints.log";

/// How far journals had come at some time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// 1, 2, 3 …
    pub seq: u64,
    /// Microseconds since 1970, universal time.
    pub time: u64,
    /// The journals that have changed since the checkpoint before.
    pub heads: Vec<Head>,
}

/// How far one journal had come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The journal's file name.
    pub file: String,
    /// Its lines.
    pub seq: u64,
    /// The hash of the last of them, in hexadecimal.
    pub hash: String,
    /// What will become of it.
    pub state: HeadState,
    /// The item that it is being handed over to, or was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
}

/// What will become of a journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HeadState {
    /// It grows.
    Open,
    /// Its session is over: it stays as it is.
    Ended,
    /// It was handed over and taken away.
    Removed,
}

/// The log of checkpoints, line by line: `HASH SIGNATURE JSON`. The hash is that of a [`Chain`]; the signature is the key's over
/// the hash, in base64.
#[derive(Clone, Debug)]
pub struct CheckpointLog {
    chain: Chain,
    seq: u64,
}

impl Default for CheckpointLog {
    fn default() -> CheckpointLog {
        CheckpointLog { chain: Chain::start("checkpoints"), seq: 0 }
    }
}

impl CheckpointLog {
    /// The number of the next checkpoint.
    pub fn next_seq(&self) -> u64 {
        self.seq + 1
    }

    /// Writes one more line, signed by `sign`, without its end.
    ///
    /// # Errors
    /// If it cannot be made into JSON.
    pub fn write(
        &mut self,
        checkpoint: &Checkpoint,
        sign: impl FnOnce(&[u8]) -> Vec<u8>,
    ) -> Result<String, serde_json::Error> {
        let json = serde_json::to_string(checkpoint)?;
        let hash = self.chain.next(&json);
        self.seq = checkpoint.seq;
        Ok(format!("{hash} {} {json}", STANDARD.encode(sign(&self.chain.hash()))))
    }

    /// Reads the next line. Without a key the signature is not looked at.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(&mut self, line: &str, key: Option<&PublicKey>) -> Result<Checkpoint, Kind> {
        let mut parts = line.splitn(3, ' ');
        let (Some(hash), Some(signature), Some(json)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(Kind::Malformed);
        };
        if self.chain.next(json) != hash {
            return Err(Kind::Altered);
        }
        let signature = STANDARD.decode(signature).map_err(|_| Kind::Malformed)?;
        if key.is_some_and(|key| !key.has_signed(&self.chain.hash(), &signature)) {
            return Err(Kind::BadSignature);
        }
        let checkpoint: Checkpoint = serde_json::from_str(json).map_err(|_| Kind::Malformed)?;
        if checkpoint.seq != self.next_seq() {
            return Err(Kind::Malformed);
        }
        self.seq = checkpoint.seq;
        Ok(checkpoint)
    }
}
