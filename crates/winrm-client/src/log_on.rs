//! Which way to log on, and its first token.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use negotiate::multipart::Protocol;
use negotiate::{
    ChannelBinding, Credentials, Initiator, KerberosError, KerberosTrouble, LogonName, NtHash, Package, Wrapping,
};

use crate::error::Error;
use crate::target::{Authentication, Target};

/// How long Kerberos may take to say that it is not to be had, when there is NTLM as well: name services without an answer are slow.
const KDC: Duration = Duration::from_secs(8);

/// A way to log on, on a connection of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// Name and password in each request.
    Basic,
    /// NTLM messages as they are.
    Ntlm,
    /// SPNEGO, with whatever suits the account.
    Negotiate,
    /// Kerberos' tokens as they are, as Windows sends them.
    Kerberos,
    /// Kerberos and nothing else in SPNEGO, for servers that do not offer it by its own name.
    WrappedKerberos,
}

impl Way {
    /// What may be tried with a server, one after the other, while it does not offer what came before.
    pub(crate) fn of(target: &Target) -> &'static [Way] {
        match target.authentication {
            Authentication::Basic => &[Way::Basic],
            Authentication::Ntlm => &[Way::Ntlm],
            Authentication::Negotiate => &[Way::Negotiate],
            Authentication::Kerberos if target.tickets.are_wrapped() => &[Way::WrappedKerberos],
            Authentication::Kerberos => &[Way::Kerberos, Way::WrappedKerberos],
        }
    }

    /// The scheme of its tokens.
    pub(crate) fn scheme(self) -> &'static str {
        if self == Way::Kerberos { "Kerberos" } else { "Negotiate" }
    }

    /// The name under which its messages are sealed.
    pub(crate) fn protocol(self) -> Protocol {
        if self == Way::Kerberos { Protocol::Kerberos } else { Protocol::Spnego }
    }
}

/// The handshake and its first token. None for Basic, which has none.
pub(crate) async fn begin(
    target: &Arc<Target>,
    way: Way,
    binding: Option<ChannelBinding>,
) -> Result<Option<(Initiator, Vec<u8>)>, Error> {
    let begun = match way {
        Way::Basic => return Ok(None),
        Way::Ntlm => Initiator::new(Package::Ntlm, ntlm(target, binding)),
        Way::Kerberos => kerberos(target, Wrapping::None, binding).await?,
        Way::WrappedKerberos => {
            target.tickets.wrap();
            kerberos(target, Wrapping::Spnego(None), binding).await?
        }
        Way::Negotiate if target.user.is_empty() => kerberos(target, Wrapping::Spnego(None), binding).await?,
        Way::Negotiate if may_be_of_a_realm(target) => with_kerberos_first(target, binding).await?,
        Way::Negotiate => Initiator::new(Package::Negotiate, ntlm(target, binding)),
    };
    Ok(Some(begun))
}

/// Kerberos knows accounts as `user@REALM`, and servers by name. Everybody else logs on by NTLM, as on Windows.
fn may_be_of_a_realm(target: &Target) -> bool {
    let address = target.name().parse::<IpAddr>().is_ok();
    !address && !target.tickets.are_not_to_be_had() && target.user.contains('@')
}

/// Kerberos if it is to be had; NTLM in the same breath, for servers that have none. Whoever's password is wrong hears that, and
/// shows it to nobody else.
async fn with_kerberos_first(
    target: &Arc<Target>,
    binding: Option<ChannelBinding>,
) -> Result<(Initiator, Vec<u8>), Error> {
    let credentials = ntlm(target, binding.clone());
    let both = kerberos(target, Wrapping::Spnego(Some(credentials.clone())), binding);
    match tokio::time::timeout(KDC, both).await {
        Ok(Err(Error::Kerberos(error))) if error.trouble.is_for_want_of_kerberos() => {}
        Ok(begun) => return begun,
        Err(_) => {}
    }
    target.tickets.give_up();
    Ok(Initiator::new(Package::Negotiate, credentials))
}

/// On a thread that may wait: a KDC is asked.
async fn kerberos(
    target: &Arc<Target>,
    wrapping: Wrapping,
    binding: Option<ChannelBinding>,
) -> Result<(Initiator, Vec<u8>), Error> {
    let target = Arc::clone(target);
    let begun = tokio::task::spawn_blocking(move || {
        let begin = || {
            let context = target.tickets.context(&target, binding.as_ref())?;
            Initiator::kerberos(wrapping.clone(), Box::new(context))
        };
        match begin() {
            // the ticket that a password once bought
            Err(error) if error.trouble == KerberosTrouble::Expired && !target.user.is_empty() => {
                target.tickets.forget();
                begin()
            }
            begun => begun,
        }
    });
    let lost = |_| KerberosError::new(KerberosTrouble::Other, "the KDC was not asked".to_owned());
    Ok(begun.await.map_err(lost)??)
}

fn ntlm(target: &Target, binding: Option<ChannelBinding>) -> Credentials {
    let LogonName { user, domain } = LogonName::parse(&target.user);
    Credentials {
        user,
        domain,
        nt_hash: NtHash::of_password(target.password.expose()),
        target: format!("HTTP/{}", target.host),
        binding,
    }
}
