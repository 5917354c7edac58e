use std::sync::Arc;

use super::{KerberosClient, KerberosContext, KerberosService, KerberosStep};
use crate::acceptor::{Acceptor, AcceptorConfig, BindingPolicy, Channel, Established, Step};
use crate::der::{Reader, tag};
use crate::entropy::Entropy;
use crate::file_time::FileTime;
use crate::identity::{Authenticated, LogonName, Mechanism, Refusal};
use crate::ntlm::Flags;
use crate::spnego::is_kerberos;

/// The token begins a GSS exchange whose mechanism is Kerberos, with nothing around it (RFC 2743 3.1).
pub(crate) fn is_initial(token: &[u8]) -> bool {
    let mechanism = || {
        let outer = Reader::new(token).expect(tag::APPLICATION_0)?;
        Reader::new(outer.contents).expect(tag::OBJECT_IDENTIFIER)
    };
    mechanism().is_ok_and(|oid| is_kerberos(oid.contents))
}

/// The server's half of one Kerberos handshake.
pub(crate) struct KerberosAcceptor {
    channel: Channel,
    policy: BindingPolicy,
    service: Option<Arc<dyn KerberosService>>,
    /// Nothing when the handshake is over.
    context: Option<Box<dyn KerberosContext>>,
}

/// What came of a token.
pub(crate) enum Accepted {
    Continue(Vec<u8>),
    Vouched(Vouched),
}

/// Somebody for whom a KDC vouches, and who is let in by name.
pub(crate) struct Vouched {
    pub(crate) identity: Authenticated,
    pub(crate) context: Box<dyn KerberosContext>,
    pub(crate) token: Option<Vec<u8>>,
    protects: bool,
}

impl KerberosAcceptor {
    pub(crate) fn new(config: &AcceptorConfig, channel: Channel) -> KerberosAcceptor {
        let binding = match &channel {
            Channel::Tls(binding) if config.binding != BindingPolicy::None => Some(binding),
            _ => None,
        };
        let context = config.kerberos.as_ref().map(|service| service.accept(binding));
        KerberosAcceptor { channel, policy: config.binding, service: config.kerberos.clone(), context }
    }

    pub(crate) fn accept(&mut self, token: &[u8]) -> Result<Accepted, Refusal> {
        let (Some(mut context), Some(service)) = (self.context.take(), &self.service) else {
            return Err(Refusal::Unexpected("Kerberos is not offered, or its handshake is over"));
        };
        match context.step(token)? {
            KerberosStep::Continue(token) => {
                self.context = Some(context);
                Ok(Accepted::Continue(token))
            }
            KerberosStep::Done { token, client } => {
                let client = client.ok_or(Refusal::Anonymous)?;
                let identity = self.admit(&client, service.as_ref())?;
                Ok(Accepted::Vouched(Vouched { identity, context, token, protects: client.protects }))
            }
        }
    }

    fn admit(&self, client: &KerberosClient, service: &dyn KerberosService) -> Result<Authenticated, Refusal> {
        let name = LogonName::parse(&client.principal);
        if self.channel == Channel::Plain && !client.protects {
            return Err(Refusal::Missing(Flags::SEAL));
        }
        if self.channel != Channel::Plain && self.policy == BindingPolicy::Strict && !client.bound {
            return Err(Refusal::NoChannelBinding(name));
        }
        let account = service.account(&client.principal).ok_or_else(|| Refusal::NotMapped(client.principal.clone()))?;
        Ok(Authenticated::new(account, name, Mechanism::Kerberos))
    }
}

impl Acceptor for KerberosAcceptor {
    fn step(&mut self, token: &[u8], _: FileTime, _: Entropy) -> Step {
        match self.accept(token) {
            Ok(Accepted::Continue(token)) => Step::Continue(token),
            Ok(Accepted::Vouched(mut vouched)) => {
                let token = vouched.token.take();
                Step::Done(vouched.established(token))
            }
            Err(refusal) => Step::Fail(refusal),
        }
    }
}

impl Vouched {
    /// The end of a handshake in which Kerberos was the mechanism.
    pub(crate) fn established(self, token: Option<Vec<u8>>) -> Established {
        let Vouched { identity, context, protects, .. } = self;
        Established { token, identity, sealing: if protects { Some(context) } else { None } }
    }
}
