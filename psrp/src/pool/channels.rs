use crate::Stream;
use crate::fragment::{Defragmenter, FragmentLimits};

/// The streams on which the peer sends to a pool or to a pipeline: each has fragments of its own.
#[derive(Debug)]
pub(super) struct Channels {
    default: Defragmenter,
    prompt_response: Option<Box<Defragmenter>>,
    limits: FragmentLimits,
}

impl Channels {
    pub(super) fn new(limits: FragmentLimits) -> Channels {
        Channels { default: Defragmenter::new(limits), prompt_response: None, limits }
    }

    pub(super) fn stream(&mut self, stream: Stream) -> &mut Defragmenter {
        match stream {
            Stream::Default => &mut self.default,
            Stream::PromptResponse => {
                self.prompt_response.get_or_insert_with(|| Box::new(Defragmenter::new(self.limits)))
            }
        }
    }
}
