use crate::SendError;
use crate::host_call::HostCall;
use crate::message::NO_REPLY;

/// Calls that wait for an answer (MS-PSRP 3.2.1.2.6, 3.2.1.3.6). Their ids count from 1 in the pool and in each pipeline.
#[derive(Debug, Default)]
pub(super) struct HostCalls {
    last_id: i64,
    waiting: Vec<i64>,
}

impl HostCalls {
    pub(super) fn begin(&mut self, call: &HostCall, limit: usize) -> Result<i64, SendError> {
        if !call.has_reply() {
            return Ok(NO_REPLY);
        }
        if self.waiting.len() >= limit {
            return Err(SendError::TooManyHostCalls);
        }
        self.last_id += 1;
        self.waiting.push(self.last_id);
        Ok(self.last_id)
    }

    /// Was an answer to this call waited for? It is no longer.
    pub(super) fn end(&mut self, call_id: i64) -> bool {
        let before = self.waiting.len();
        self.waiting.retain(|id| *id != call_id);
        self.waiting.len() < before
    }

    pub(super) fn forget_all(&mut self) {
        self.waiting = Vec::new();
    }
}
