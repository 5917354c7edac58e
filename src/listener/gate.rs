//! Who comes in over the network: the accounts behind the handshakes, and what is done about guesses.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use accounts::{AccountStore, AuthError, Secret};
use audit::Kind;
use negotiate::{
    AbsentMic, AcceptorConfig, Authenticated, BindingPolicy, KerberosService, LogonName, Mechanism, NtAccount, NtHash,
    NtHashes, Passwords, Refusal, ServerNames,
};
use tracing::{error, info, warn};

use super::tickets::Tickets;
use crate::identity::Principal;
use crate::session::Endpoint;

/// Lets accounts in, and slows down who guesses.
pub(crate) struct Gate {
    accounts: Arc<AccountStore>,
    acceptor: Arc<AcceptorConfig>,
    guesses: Guesses,
    endpoint: Arc<Endpoint>,
}

/// How strict the gate is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GateOptions {
    /// Basic is offered inside TLS.
    pub(crate) basic: bool,
    /// What a channel binding must be.
    pub(crate) binding: BindingPolicy,
    /// How long the answer to the first wrong guess waits; each further one waits twice as long.
    pub(crate) delay: Duration,
}

impl Gate {
    pub(crate) fn new(
        accounts: Arc<AccountStore>,
        endpoint: Arc<Endpoint>,
        options: GateOptions,
        tickets: Option<Arc<Tickets>>,
    ) -> Gate {
        let store = Arc::new(Store(Arc::clone(&accounts)));
        let acceptor = AcceptorConfig {
            names: ServerNames::workgroup(&endpoint.computer),
            nt_hashes: Arc::clone(&store) as Arc<dyn NtHashes>,
            passwords: options.basic.then_some(store as Arc<dyn Passwords>),
            kerberos: tickets.map(|tickets| tickets as Arc<dyn KerberosService>),
            absent_mic: AbsentMic::Refuse,
            binding: options.binding,
        };
        Gate { accounts, acceptor: Arc::new(acceptor), guesses: Guesses::new(options.delay), endpoint }
    }

    /// What the handshakes of all connections share.
    pub(crate) fn acceptor(&self) -> Arc<AcceptorConfig> {
        Arc::clone(&self.acceptor)
    }

    /// Lets in who proved to be an account, unless the account says no. It asks the store, which may take time.
    pub(crate) fn admit(&self, proved: &Authenticated, from: SocketAddr) -> Result<Principal, AuthError> {
        let admitted = self.open(proved, from);
        if let Err(error) = &admitted {
            self.endpoint.tell(Kind::AccessRefused, proved.account(), &from.to_string(), &error.to_string());
        }
        admitted
    }

    fn open(&self, proved: &Authenticated, from: SocketAddr) -> Result<Principal, AuthError> {
        let now = SystemTime::now();
        if proved.mechanism() == Mechanism::Ntlm {
            // a password in the clear was noted when it was verified
            self.accounts.note_success(proved.account(), now)?;
        }
        if proved.mechanism() != Mechanism::Basic {
            self.accounts.enter(proved.account(), now)?;
            info!(account = proved.account(), %from, mechanism = %proved.mechanism(), "logged on");
        }
        self.guesses.forget(proved.account(), from.ip());
        Ok(Principal::of_network(proved, from))
    }

    /// Somebody was turned away. The log says why, and the answer is to wait this long. It asks the store, which may take time.
    pub(crate) fn refused(&self, refusal: &Refusal, scheme: Scheme, from: SocketAddr) -> Duration {
        let Some(name) = refusal.guessed() else {
            warn!(%from, reason = %refusal, "a logon was refused");
            self.endpoint.tell(Kind::AccessRefused, "-", &from.to_string(), &refusal.to_string());
            return Duration::ZERO;
        };
        let reason = match scheme {
            // counted when it was verified
            Scheme::Basic => refusal.to_string(),
            Scheme::Handshake => self.accounts.note_failure(&name.user, SystemTime::now()).to_string(),
        };
        warn!(%from, name = %name, reason, "a logon was refused");
        self.endpoint.tell(Kind::AccessRefused, &name.user, &from.to_string(), &reason);
        self.guesses.note(name, from.ip())
    }
}

/// How somebody tried to log on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    /// Name and password in the header.
    Basic,
    /// Anything with tokens.
    Handshake,
}

impl Scheme {
    /// The scheme of an `Authorization` header.
    pub(crate) fn of(authorization: &str) -> Scheme {
        let name = authorization.trim_start().split(' ').next().unwrap_or_default();
        if name.eq_ignore_ascii_case("Basic") { Scheme::Basic } else { Scheme::Handshake }
    }
}

/// The account store, as handshakes ask it. Any domain is taken for this machine's, as Windows does with local accounts.
struct Store(Arc<AccountStore>);

impl NtHashes for Store {
    fn nt_hash(&self, user: &str, _: &str) -> Option<NtAccount> {
        let found = self.0.nt_hash(user, SystemTime::now()).unwrap_or_else(|error| {
            error!(%error, "the account store does not answer");
            None
        })?;
        Some(NtAccount { name: found.account, nt_hash: NtHash::from_bytes(*found.hash) })
    }
}

impl Passwords for Store {
    fn verify(&self, user: &str, _: &str, password: &str) -> Option<String> {
        self.0.verify_password(user, &Secret::new(password), SystemTime::now()).ok().map(|account| account.name)
    }
}

/// Wrong guesses of late, by account and by source: who guesses waits, twice as long each time.
struct Guesses {
    delay: Duration,
    of_late: Mutex<HashMap<Guesser, (u32, Instant)>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Guesser {
    Account(String),
    Source(IpAddr),
}

impl Guesses {
    /// Nobody waits longer.
    const LONGEST: Duration = Duration::from_secs(3);
    /// Guesses older than this are forgotten.
    const MEMORY: Duration = Duration::from_mins(10);
    /// More guessers are not kept apart: then the oldest are forgotten.
    const MOST: usize = 10_000;

    fn new(delay: Duration) -> Guesses {
        Guesses { delay, of_late: Mutex::default() }
    }

    /// Counts one, and says how long its answer waits.
    fn note(&self, name: &LogonName, source: IpAddr) -> Duration {
        let now = Instant::now();
        let mut of_late = self.of_late.lock().unwrap_or_else(PoisonError::into_inner);
        if of_late.len() >= Self::MOST {
            of_late.retain(|_, (_, last)| now.duration_since(*last) < Self::MEMORY);
        }
        if of_late.len() >= Self::MOST {
            of_late.clear();
        }
        let worst = [Guesser::Account(name.user.to_lowercase()), Guesser::Source(source)].into_iter().map(|guesser| {
            let (count, last) = of_late.entry(guesser).or_insert((0, now));
            *count = if now.duration_since(*last) < Self::MEMORY { count.saturating_add(1) } else { 1 };
            *last = now;
            *count
        });
        let count = worst.max().unwrap_or(1);
        self.delay.saturating_mul(1 << (count - 1).min(16)).min(Self::LONGEST)
    }

    /// A right password ends it.
    fn forget(&self, account: &str, source: IpAddr) {
        let mut of_late = self.of_late.lock().unwrap_or_else(PoisonError::into_inner);
        of_late.remove(&Guesser::Account(account.to_lowercase()));
        of_late.remove(&Guesser::Source(source));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(user: &str) -> LogonName {
        LogonName { user: user.into(), domain: String::new() }
    }

    #[test]
    fn each_wrong_guess_waits_twice_as_long_as_the_one_before_but_not_for_ever() {
        let guesses = Guesses::new(Duration::from_millis(100));
        let source = IpAddr::from([127, 0, 0, 1]);
        let waits: Vec<u128> = (0..8).map(|_| guesses.note(&name("ann"), source).as_millis()).collect();
        assert_eq!(waits, [100, 200, 400, 800, 1600, 3000, 3000, 3000]);
        guesses.forget("ANN", source);
        assert_eq!(guesses.note(&name("ann"), source).as_millis(), 100);
    }

    #[test]
    fn one_account_from_many_sources_and_many_accounts_from_one_source_wait_alike() {
        let guesses = Guesses::new(Duration::from_millis(1));
        for n in 1..=4_u8 {
            guesses.note(&name("ann"), IpAddr::from([127, 0, 0, n]));
            guesses.note(&name(&n.to_string()), IpAddr::from([127, 0, 1, 1]));
        }
        assert_eq!(guesses.note(&name("Ann"), IpAddr::from([127, 0, 0, 9])).as_millis(), 16);
        assert_eq!(guesses.note(&name("bob"), IpAddr::from([127, 0, 1, 1])).as_millis(), 16);
    }
}
