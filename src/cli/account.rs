//! `pepd account`: accounts without the endpoint, for whoever may read its state directory.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::time::SystemTime;

use accounts::{AccountStore, Secret};
use jiff::Timestamp;
use zeroize::Zeroizing;

use super::place::{self, Surroundings};
use super::{Account, Done, Named, State};

pub(super) fn run(account: Account, surroundings: &Surroundings) -> Done {
    match account {
        Account::Add(Named { name, state }) => add(&name, &open(state, surroundings)?),
        Account::List(state) => list(&open(state, surroundings)?),
        Account::Remove(Named { name, state }) => remove(&name, &open(state, surroundings)?),
        Account::Password(Named { name, state }) => set_password(&name, &open(state, surroundings)?),
    }
}

/// The state directory that is given, or the default one.
pub(super) fn state(given: State, surroundings: &Surroundings) -> Result<PathBuf, Box<dyn std::error::Error>> {
    let place = given.state.or_else(|| place::state(surroundings));
    Ok(std::path::absolute(place.ok_or("there is no home directory for the state: give a directory by --state")?)?)
}

fn open(given: State, surroundings: &Surroundings) -> Result<AccountStore, Box<dyn std::error::Error>> {
    Ok(AccountStore::open(&state(given, surroundings)?)?)
}

fn add(name: &str, accounts: &AccountStore) -> Done {
    accounts::AccountName::parse(name)?; // before a password is typed in vain
    if accounts.find(name)?.is_some() {
        return Err(format!("The account '{name}' exists already.").into());
    }
    let account = accounts.create(name, &new_password(name)?, SystemTime::now())?;
    say(&format!("The account '{}' was created.", account.name))
}

fn set_password(name: &str, accounts: &AccountStore) -> Done {
    let account = accounts.find(name)?.ok_or_else(|| format!("There is no account '{}'.", name.escape_debug()))?;
    accounts.set_password(&account.name, &new_password(&account.name)?, SystemTime::now())?;
    say(&format!("The account '{}' has a new password.", account.name))
}

fn remove(name: &str, accounts: &AccountStore) -> Done {
    let account = accounts.remove(name)?;
    say(&format!("The account '{}' was removed.", account.name))
}

fn list(accounts: &AccountStore) -> Done {
    let now = SystemTime::now();
    let time = |time: SystemTime| {
        Timestamp::try_from(time).map_or_else(|_| String::new(), |time| time.strftime("%Y-%m-%d %H:%M:%SZ").to_string())
    };
    let mut out = io::stdout().lock();
    let columns =
        |name: &str, created: &str, last: &str, state: &str| format!("{name:<20}  {created:<20}  {last:<20}  {state}");
    writeln!(out, "{}", columns("NAME", "CREATED", "LAST SIGN-IN", "STATE"))?;
    for account in accounts.list()? {
        let state = match &account {
            account if !account.enabled => "disabled".to_owned(),
            account if account.is_locked(now) => {
                account.locked_until.map_or_else(String::new, |until| format!("locked until {}", time(until)))
            }
            _ => "enabled".to_owned(),
        };
        let last = account.last_sign_in.map_or_else(|| "never".to_owned(), time);
        writeln!(out, "{}", columns(&account.name, &time(account.created), &last, &state))?;
    }
    Ok(())
}

/// Asks twice on a terminal; else the first line of standard input is the password.
fn new_password(name: &str) -> Result<Secret, Box<dyn std::error::Error>> {
    if !io::stdin().is_terminal() {
        let mut line = Zeroizing::new(String::with_capacity(1024)); // long enough that it does not move
        io::stdin().lock().read_line(&mut line)?;
        return Ok(Secret::new(line.trim_end_matches(['\r', '\n'])));
    }
    let first = Zeroizing::new(rpassword::prompt_password(format!("New password for '{name}': "))?);
    let second = Zeroizing::new(rpassword::prompt_password("The same again: ")?);
    if first != second {
        return Err("The two passwords differ; nothing was changed.".into());
    }
    Ok(Secret::new(first.as_str()))
}

fn say(text: &str) -> Done {
    Ok(writeln!(io::stdout(), "{text}")?)
}
