use std::hash::Hash;
use std::time::Instant;

use uuid::Uuid;

use super::Server;
use super::config::MAX_BATCH;
use super::output::End;
use super::shell::State;
use super::ticket::TicketId;
use super::user::{List, UserKey};
use crate::action::{CommandDescription, Enumerate, EnumerateResponse, Items, Pull, PullResponse, Release, Response};
use crate::fault::Fault;
use crate::header::{Header, ShellSelector};
use crate::id::ShellId;
use crate::resource::Resource;

impl<I: Clone + Eq + Hash> Server<I> {
    /// One shell, or the configuration of the service.
    pub(super) fn get(&mut self, user: UserKey, header: &Header, now: Instant) -> Result<Response, Fault> {
        if header.resource == Resource::WinRmConfig {
            return Ok(Response::GetConfig(Box::new(self.config.service())));
        }
        self.own_or_any_shell(header)?;
        let (key, shell) = self.shell_of(user, header)?;
        if matches!(shell.state, State::Ended(_)) {
            return Err(Fault::ShellNotFound);
        }
        shell.last_active = now;
        let shell = self.shells.get(&key).ok_or(Fault::ShellNotFound)?;
        Ok(Response::GetShell(Box::new(shell.describe(&self.config, now, true))))
    }

    /// One's own shells, or the commands of one of them.
    pub(super) fn enumerate(
        &mut self,
        ticket: TicketId,
        user: UserKey,
        header: &Header,
        enumerate: &Enumerate,
        now: Instant,
    ) -> Result<Response, Fault> {
        let wanted = enumerate.filter.as_ref().and_then(|filter| filter.shell.as_deref());
        let mut items = match header.resource {
            Resource::Shell => self.shells_of(user, wanted, now),
            Resource::Command => self.commands_of(user, header, wanted)?,
            _ => return Err(Fault::UnknownResource),
        };
        if !enumerate.optimize {
            let context = self.keep(user, items, now);
            return Ok(Response::Enumerate(EnumerateResponse { context: Some(context), items: None }));
        }
        let part = self.part(ticket, &mut items, enumerate.max_elements)?;
        let context = if items.is_empty() { None } else { Some(self.keep(user, items, now)) };
        Ok(Response::Enumerate(EnumerateResponse { context, items: Some(part) }))
    }

    pub(super) fn pull(
        &mut self,
        ticket: TicketId,
        user: UserKey,
        pull: &Pull,
        now: Instant,
    ) -> Result<Response, Fault> {
        let mut list =
            self.list(user, &pull.context).filter(|list| list.until > now).ok_or(Fault::EnumerationContext)?;
        let part = self.part(ticket, &mut list.items, pull.max_elements)?;
        if list.items.is_empty() {
            return Ok(Response::Pull(PullResponse { context: None, items: part }));
        }
        let context = list.context.clone();
        if let Some(user) = self.users.get_mut(&user) {
            user.lists.push(list);
        }
        Ok(Response::Pull(PullResponse { context: Some(context), items: part }))
    }

    pub(super) fn release_list(&mut self, user: UserKey, release: &Release) -> Result<Response, Fault> {
        self.list(user, &release.context).map(|_| Response::Release).ok_or(Fault::EnumerationContext)
    }

    fn shells_of(&self, user: UserKey, wanted: Option<&str>, now: Instant) -> Items {
        let wanted = wanted.map(ShellId::parse);
        let mut keys =
            self.users.get(&user).map(|u| u.shells.values().copied().collect::<Vec<_>>()).unwrap_or_default();
        keys.sort_unstable();
        let shells = keys
            .iter()
            .filter_map(|key| self.shells.get(key))
            .filter(|shell| !matches!(shell.state, State::Creating(_) | State::Ended(_)))
            .filter(|shell| wanted.is_none_or(|wanted| wanted == Ok(shell.id)));
        Items::Shells(shells.map(|shell| shell.describe(&self.config, now, true)).collect())
    }

    fn commands_of(&self, user: UserKey, header: &Header, wanted: Option<&str>) -> Result<Items, Fault> {
        let id = match (wanted, header.shell) {
            (Some(wanted), _) => ShellId::parse(wanted).map_err(|_| Fault::ShellNotFound)?,
            (None, ShellSelector::Id(id)) => id,
            (None, _) => return Err(Fault::FilterRequired),
        };
        let key = self.users.get(&user).and_then(|u| u.shells.get(&id)).ok_or(Fault::ShellNotFound)?;
        let shell = self.shells.get(key).ok_or(Fault::ShellNotFound)?;
        let commands = shell.commands.iter().filter(|(_, command)| command.output.end != End::Told);
        Ok(Items::Commands(commands.map(|(id, c)| CommandDescription { id: *id, line: c.line.clone() }).collect()))
    }

    /// As many of the first items as were asked for and fit.
    fn part(&self, ticket: TicketId, items: &mut Items, most: Option<u32>) -> Result<Items, Fault> {
        let room = self.tickets.get(&ticket).map_or(0, |ticket| ticket.room);
        let most = usize::try_from(most.unwrap_or(1).min(MAX_BATCH)).unwrap_or(usize::MAX);
        let fitting = items.fitting(room);
        if fitting == 0 && !items.is_empty() {
            return Err(Fault::ResponseTooLarge);
        }
        Ok(items.take(most.min(fitting)))
    }

    fn keep(&mut self, user: UserKey, items: Items, now: Instant) -> String {
        let limits = &self.config.limits;
        let context = format!("uuid:{:X}", Uuid::new_v4().hyphenated());
        if let Some(user) = self.users.get_mut(&user) {
            user.lists.push(List { context: context.clone(), items, until: now + limits.enumeration_timeout });
            let surplus = user.lists.len().saturating_sub(limits.contexts_per_user);
            user.lists.drain(..surplus);
        }
        context
    }

    fn list(&mut self, user: UserKey, context: &str) -> Option<List> {
        let user = self.users.get_mut(&user)?;
        let at = user.lists.iter().position(|list| list.context == context)?;
        Some(user.lists.swap_remove(at))
    }
}
