//! The table of commands: filled once, looked up ever after.

use clixml::Version;

use crate::CommandInfo;
use crate::format::{PsObject, View};
use crate::run::{Command, Run};

/// Every command that an endpoint has, its aliases, and the views of what the commands write.
#[derive(Clone, Default)]
pub struct CommandTable {
    commands: Vec<Entry>,
    aliases: Vec<(&'static str, &'static str)>,
    views: Vec<View>,
    modules: Vec<(&'static str, Version)>,
}

#[derive(Clone, Copy)]
struct Entry {
    command: Command,
    listed: bool,
}

impl CommandTable {
    /// An empty table.
    pub fn new() -> CommandTable {
        CommandTable::default()
    }

    /// Adds a command; one of the same name that stands already is replaced.
    #[must_use]
    pub fn add<C: Run>(self) -> CommandTable {
        self.insert(Command::of::<C>(), true)
    }

    /// Adds a command that clients call by themselves and no list shows, such as `prompt`.
    #[must_use]
    pub fn add_unlisted<C: Run>(self) -> CommandTable {
        self.insert(Command::of::<C>(), false)
    }

    fn insert(mut self, command: Command, listed: bool) -> CommandTable {
        self.commands.retain(|entry| !entry.command.info.name.eq_ignore_ascii_case(command.info.name));
        self.commands.push(Entry { command, listed });
        self
    }

    /// Takes a command out.
    #[must_use]
    pub fn without(mut self, name: &str) -> CommandTable {
        self.commands.retain(|entry| !entry.command.info.name.eq_ignore_ascii_case(name));
        self
    }

    /// What is left for somebody who may run only these: the others are not there at all, and neither are their aliases.
    #[must_use]
    pub fn only(&self, may_run: impl Fn(&'static CommandInfo) -> bool) -> CommandTable {
        let mut left = self.clone();
        left.commands.retain(|entry| may_run(entry.command.info));
        left.aliases.retain(|(_, target)| left.commands.iter().any(|entry| entry.command.info.name == *target));
        left
    }

    /// Gives a command another name.
    #[must_use]
    pub fn alias(mut self, name: &'static str, target: &'static str) -> CommandTable {
        self.aliases.push((name, target));
        self
    }

    /// Says which version a module has that commands are listed under.
    #[must_use]
    pub fn module(mut self, name: &'static str, version: Version) -> CommandTable {
        self.modules.push((name, version));
        self
    }

    /// The version of a module, letter case aside.
    pub fn module_version(&self, name: &str) -> Option<Version> {
        self.modules.iter().find(|(module, _)| module.eq_ignore_ascii_case(name)).map(|(_, version)| *version)
    }

    /// Adds a view, for the console and for clients that import the session alike.
    #[must_use]
    pub fn view(mut self, view: View) -> CommandTable {
        self.views.push(view);
        self
    }

    /// Adds the view of a type that commands write, if it has one.
    #[must_use]
    pub fn output<T: PsObject>(mut self) -> CommandTable {
        self.views.extend(T::VIEW);
        self
    }

    /// The command of this name, letter case aside: an alias, a plain name, or `Module\Name`. Names only: anything that looks
    /// like a path is just unknown (J-032, J-033).
    pub fn resolve(&self, name: &str) -> Option<&Command> {
        let name = self.alias_target(name).unwrap_or(name);
        let (module, name) = match name.split_once('\\') {
            Some((module, name)) => (Some(module), name),
            None => (None, name),
        };
        self.commands.iter().map(|entry| &entry.command).find(|command| {
            command.info.name.eq_ignore_ascii_case(name)
                && module.is_none_or(|module| command.info.module.eq_ignore_ascii_case(module))
        })
    }

    /// Takes an alias out.
    #[must_use]
    pub fn without_alias(mut self, name: &str) -> CommandTable {
        self.aliases.retain(|(alias, _)| !alias.eq_ignore_ascii_case(name));
        self
    }

    /// What an alias stands for.
    pub fn alias_target(&self, name: &str) -> Option<&'static str> {
        self.aliases.iter().find(|(alias, _)| alias.eq_ignore_ascii_case(name)).map(|(_, target)| *target)
    }

    /// The commands that lists show, in the order added.
    pub fn commands(&self) -> impl Iterator<Item = &'static CommandInfo> {
        self.commands.iter().filter(|entry| entry.listed).map(|entry| entry.command.info)
    }

    /// Every command, those that no list shows too.
    pub fn all(&self) -> impl Iterator<Item = &'static CommandInfo> {
        self.commands.iter().map(|entry| entry.command.info)
    }

    /// Alias and target, in the order added.
    pub fn aliases(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.aliases.iter().copied()
    }

    /// The views, in the order added.
    pub fn views(&self) -> &[View] {
        &self.views
    }
}
