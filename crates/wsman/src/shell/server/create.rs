use std::collections::BTreeMap;
use std::hash::Hash;
use std::time::{Duration, Instant};

use super::event::{Caller, Event, NewShell, ShellKey};
use super::output::OutputQueue;
use super::shell::{Shell, State};
use super::ticket::{TicketId, WaitsFor};
use super::timers::Timer;
use super::user::UserKey;
use super::{CloseReason, Server};
use crate::action::{Create, CreateResponse, Response};
use crate::envelope::Charset;
use crate::fault::Fault;
use crate::header::Header;
use crate::id::ShellId;
use crate::reply::Outcome;

impl<I: Clone + Eq + Hash> Server<I> {
    #[allow(clippy::too_many_arguments, reason = "one call, and all of it is needed")]
    pub(super) fn create(
        &mut self,
        ticket: TicketId,
        user: UserKey,
        caller: &Caller<I>,
        header: Header,
        create: Create,
        charset: Charset,
        now: Instant,
    ) -> Result<Option<Response>, Fault> {
        if !header.resource.is_configuration(&self.config.configuration) {
            return Err(Fault::UnknownResource);
        }
        let protocol_version = self.protocol_version(&header, true)?;
        streams(&create)?;
        let id = create.shell.unwrap_or_default();
        if self.users.get(&user).is_some_and(|u| u.shells.contains_key(&id)) {
            return Err(Fault::DuplicateShellId);
        }
        let idle_timeout = self.idle_timeout(create.idle_timeout)?.unwrap_or(self.config.limits.idle_timeout);
        self.quotas(user)?;

        let key = ShellKey(self.number());
        let shell = Shell {
            id,
            user,
            name: create.name.clone(),
            owner: caller.owner.clone(),
            address: caller.address.clone(),
            url: caller.url.clone(),
            locale: header.locale.clone(),
            data_locale: header.data_locale.clone(),
            chosen_id: create.shell.is_some(),
            session_id: header.session_id,
            compressed: header.compression,
            utf16: charset == Charset::Utf16,
            buffer_mode: self.config.buffer_mode,
            idle_timeout,
            state: State::Creating(ticket),
            created: now,
            last_active: now,
            idle_timer: now + idle_timeout,
            waiting: 0,
            output: OutputQueue::default(),
            commands: BTreeMap::new(),
        };
        self.shells.insert(key, shell);
        if let Some(u) = self.users.get_mut(&user) {
            u.shells.insert(id, key);
        }
        if let Some(t) = self.tickets.get_mut(&ticket) {
            t.waits_for = WaitsFor::Verdict;
        }
        self.timers.arm(now + idle_timeout, Timer::Idle(key));
        self.events.push_back(Event::Create(Box::new(NewShell {
            shell: key,
            id,
            identity: caller.identity.clone(),
            owner: caller.owner.clone(),
            address: caller.address.clone(),
            name: create.name,
            protocol_version,
            locale: header.locale,
            data_locale: header.data_locale,
            creation: create.creation,
        })));
        Ok(None)
    }

    /// The shell of an [`Event::Create`] is there. Its client is told so; what follows of PSRP goes through `write`.
    pub fn accept_shell(&mut self, key: ShellKey, now: Instant) {
        let Some(shell) = self.shells.get_mut(&key) else { return };
        let State::Creating(ticket) = shell.state else { return };
        shell.state = State::Connected;
        shell.last_active = now;
        let address = shell.url.clone();
        let shell = shell.describe(&self.config, now, false);
        self.finish(ticket, Outcome::Response(Response::Create(Box::new(CreateResponse { address, shell }))), now);
    }

    /// There is no shell for an [`Event::Create`], and this is why.
    pub fn refuse_shell(&mut self, key: ShellKey, fault: Fault, now: Instant) {
        let Some(shell) = self.shells.get(&key) else { return };
        let State::Creating(ticket) = shell.state else { return };
        self.finish(ticket, Outcome::Fault(fault), now);
        self.forget_shell(key);
    }

    /// PSRP's version is given twice; this one is checked for its major part only, as clients may lie in the minor part.
    pub(super) fn protocol_version(&self, header: &Header, required: bool) -> Result<String, Fault> {
        let strange = header.options.iter().find(|option| option.name.starts_with("PS_") && option.must_comply);
        if let Some(option) = strange {
            return Err(Fault::PluginOption(option.name.clone()));
        }
        match header.option("protocolversion") {
            Some(version) if version.split('.').next() == Some("2") => Ok(version.to_owned()),
            Some(_) => Err(Fault::ProtocolVersion {
                ours: self.config.protocol_version.clone(),
                build: self.config.version.clone(),
            }),
            None if required => Err(Fault::ProtocolVersionMissing),
            None => Ok(String::new()),
        }
    }

    /// What a client asks for: too short is a fault, too long is cut.
    pub(super) fn idle_timeout(&self, asked: Option<Duration>) -> Result<Option<Duration>, Fault> {
        let limits = &self.config.limits;
        match asked {
            Some(asked) if asked < limits.min_idle_timeout => {
                Err(Fault::IdleTimeout { least: limits.min_idle_timeout, most: limits.max_idle_timeout })
            }
            asked => Ok(asked.map(|asked| asked.min(limits.max_idle_timeout))),
        }
    }

    fn quotas(&self, user: UserKey) -> Result<(), Fault> {
        let limits = &self.config.limits;
        let own = self.users.get(&user).map_or(0, |u| u.shells.len());
        if own >= limits.shells_per_user {
            return Err(Fault::ShellsPerUser(limits.shells_per_user));
        }
        if own == 0 && self.users.values().filter(|u| !u.shells.is_empty()).count() >= limits.users {
            return Err(Fault::Users(limits.users));
        }
        if self.shells.len() >= limits.shells {
            return Err(Fault::PluginShells(limits.shells));
        }
        Ok(())
    }

    /// Takes a shell out of everything that knows it.
    pub(super) fn forget_shell(&mut self, key: ShellKey) -> Option<Shell> {
        let shell = self.shells.remove(&key)?;
        self.timers.disarm(shell.idle_timer, Timer::Idle(key));
        for (id, command) in &shell.commands {
            self.forget_linger(key, *id, command.linger);
        }
        if let Some(user) = self.users.get_mut(&shell.user) {
            user.shells.remove(&shell.id);
            user.operations = user.operations.saturating_sub(shell.running());
        }
        Some(shell)
    }

    /// Where the shell of an id is, for a user's own surroundings.
    pub fn find_shell(&self, identity: &I, id: ShellId) -> Option<ShellKey> {
        self.users.get(self.user_keys.get(identity)?)?.shells.get(&id).copied()
    }

    pub(super) fn closed(&mut self, shell: ShellKey, reason: CloseReason) {
        self.events.push_back(Event::Closed { shell, reason });
    }
}

/// `stdin` and `pr` in, `stdout` out.
fn streams(create: &Create) -> Result<(), Fault> {
    let mut input = create.input_streams.split_ascii_whitespace().peekable();
    if input.peek().is_none() || !input.all(|name| name == "stdin" || name == "pr") {
        return Err(Fault::InputStream);
    }
    if create.output_streams.trim() == "stdout" { Ok(()) } else { Err(Fault::OutputStream) }
}
