use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use clixml::Secret;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, TransactionBehavior, params};

use crate::directory::{private_directory, private_file};
use crate::name::{AccountName, is_built_in, key};
use crate::password::{Hasher, nt_hash};
use crate::policy::{PasswordRefused, PasswordRule};
use crate::sealing::SealingKey;
use crate::time::{from_millis, to_millis};
use crate::{AccountError, Policy, StoreError, schema};

/// The accounts of an endpoint. Its methods block: for a disk write, and for tens of milliseconds when they hash a password.
/// Several processes may have the same store open.
pub struct AccountStore {
    db: Mutex<Connection>,
    pub(crate) key: SealingKey,
    pub(crate) hasher: Hasher,
}

/// An account, without its secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its name, spelled as it was created.
    pub name: String,
    /// It is the one that every endpoint has and that cannot be removed.
    pub built_in: bool,
    /// It may enter.
    pub enabled: bool,
    /// When it was created.
    pub created: SystemTime,
    /// When its password was set last.
    pub password_changed: SystemTime,
    /// When it entered last.
    pub last_sign_in: Option<SystemTime>,
    /// Until when no password opens it.
    pub locked_until: Option<SystemTime>,
}

impl Account {
    /// Does no password open it now?
    pub fn is_locked(&self, now: SystemTime) -> bool {
        self.locked_until.is_some_and(|until| now < until)
    }

    pub(crate) const COLUMNS: &str = "name, enabled, created, password_changed, last_sign_in, locked_until";

    pub(crate) fn from_row(row: &Row<'_>) -> rusqlite::Result<Account> {
        let name: String = row.get("name")?;
        Ok(Account {
            built_in: is_built_in(&name),
            name,
            enabled: row.get("enabled")?,
            created: from_millis(row.get("created")?),
            password_changed: from_millis(row.get("password_changed")?),
            last_sign_in: row.get::<_, Option<i64>>("last_sign_in")?.map(from_millis),
            locked_until: row.get::<_, Option<i64>>("locked_until")?.map(from_millis),
        })
    }
}

impl AccountStore {
    /// Opens the store in a state directory, and makes whatever is not there yet: the directory (for its owner alone), the
    /// database `accounts.db`, and the key `secrets.key` that seals what the database must not show.
    pub fn open(directory: &Path) -> Result<AccountStore, StoreError> {
        let opened = private_directory(directory)?;
        // One process at a time, since SQLite does not wait for a database that is just being made; until `opened` is closed.
        opened.lock().map_err(|error| StoreError::file("lock", directory, error))?;
        let (database, key_file) = (directory.join("accounts.db"), directory.join("secrets.key"));
        private_file(&database)?;
        let mut db = Connection::open(&database)?;
        schema::configure(&db)?;
        let empty = schema::version(&db)? == 0;
        let key = match SealingKey::read(&key_file)? {
            Some(key) => key,
            None if empty => SealingKey::create(&key_file)?,
            None => return Err(StoreError::KeyMissing { path: key_file }),
        };
        if empty {
            schema::create(&mut db, &key)?;
        }
        if !schema::key_fits(&db, &key)? {
            return Err(StoreError::KeyWrong { path: key_file });
        }
        Ok(AccountStore { db: Mutex::new(db), key, hasher: Hasher::new()? })
    }

    /// The policy that new passwords and guesses are held against.
    pub fn policy(&self) -> Result<Policy, StoreError> {
        Policy::load(&self.db())
    }

    /// Keeps a policy, for this and every other process that opens the store.
    pub fn set_policy(&self, policy: &Policy) -> Result<(), StoreError> {
        self.change(|db| policy.save(db))
    }

    /// All accounts, in the order they were created.
    pub fn list(&self) -> Result<Vec<Account>, StoreError> {
        let db = self.db();
        let mut statement = db.prepare_cached(&format!("SELECT {} FROM account ORDER BY id", Account::COLUMNS))?;
        let accounts = statement.query_map([], Account::from_row)?.collect::<Result<_, _>>()?;
        Ok(accounts)
    }

    /// The account of this name, letter case aside.
    pub fn find(&self, name: &str) -> Result<Option<Account>, StoreError> {
        find(&self.db(), name)
    }

    /// Creates an account.
    pub fn create(&self, name: &str, password: &Secret, now: SystemTime) -> Result<Account, AccountError> {
        let name = AccountName::parse(name)?;
        if self.find(name.as_str())?.is_some() {
            return Err(AccountError::Exists(name.to_string()));
        }
        self.policy()?.password.check(name.as_str(), password)?;
        let secrets = self.secrets(name.as_str(), password)?;
        let now = to_millis(now);
        self.change(|db| {
            if find(db, name.as_str())?.is_some() {
                return Err(AccountError::Exists(name.to_string()));
            }
            db.execute(
                "INSERT INTO account (name, name_key, created, password_changed, password_hash, nt_hash)
                 VALUES (?1, ?2, ?3, ?3, ?4, ?5)",
                params![name.as_str(), key(name.as_str()), now, secrets.password_hash, secrets.nt_hash],
            )?;
            let id = db.last_insert_rowid();
            remember(db, id, &secrets.password_hash)?;
            find(db, name.as_str())?.ok_or_else(|| AccountError::NotFound(name.to_string()))
        })
    }

    /// Gives an account a new password and unlocks it. Whoever calls this need not know the present one.
    pub fn set_password(&self, name: &str, password: &Secret, now: SystemTime) -> Result<(), AccountError> {
        let account = self.find(name)?.ok_or_else(|| AccountError::NotFound(name.to_owned()))?;
        self.check_new_password(&account, password)?;
        let secrets = self.secrets(&account.name, password)?;
        self.change(|db| {
            let id = "UPDATE account SET password_hash = ?2, nt_hash = ?3, password_changed = ?4,
                         failures = 0, last_failure = NULL, locked_until = NULL
                      WHERE name_key = ?1 RETURNING id";
            let changed = params![key(&account.name), secrets.password_hash, secrets.nt_hash, to_millis(now)];
            let id: Option<i64> = db.query_one(id, changed, |row| row.get(0)).optional()?;
            let id = id.ok_or_else(|| AccountError::NotFound(account.name.clone()))?;
            remember(db, id, &secrets.password_hash)
        })
    }

    /// The same by somebody who proves to know the present password. A wrong one counts, as at every other place.
    pub fn change_password(
        &self,
        name: &str,
        current: &Secret,
        password: &Secret,
        now: SystemTime,
    ) -> Result<(), AccountError> {
        let account = self.find(name)?.ok_or_else(|| AccountError::NotFound(name.to_owned()))?;
        self.prove_password(&account.name, current, now).map_err(AccountError::Current)?;
        self.set_password(&account.name, password, now)
    }

    /// Removes an account: not the built-in one, and not the last one.
    pub fn remove(&self, name: &str) -> Result<Account, AccountError> {
        self.change(|db| {
            let account = find(db, name)?.ok_or_else(|| AccountError::NotFound(name.to_owned()))?;
            if account.built_in {
                return Err(AccountError::BuiltIn(account.name));
            }
            let left: i64 = db.query_one("SELECT count(*) FROM account", [], |row| row.get(0))?;
            if left <= 1 {
                return Err(AccountError::Last(account.name));
            }
            db.execute("DELETE FROM account WHERE name_key = ?1", [key(&account.name)])?;
            Ok(account)
        })
    }

    /// Switches an account off or on.
    pub fn set_enabled(&self, name: &str, enabled: bool) -> Result<(), AccountError> {
        self.change(|db| {
            match db.execute("UPDATE account SET enabled = ?2 WHERE name_key = ?1", params![key(name), enabled])? {
                0 => Err(AccountError::NotFound(name.to_owned())),
                _ => Ok(()),
            }
        })
    }

    fn check_new_password(&self, account: &Account, password: &Secret) -> Result<(), AccountError> {
        let policy = self.policy()?.password;
        policy.check(&account.name, password)?;
        let past: Vec<String> = {
            let db = self.db();
            let mut statement = db.prepare_cached(
                "SELECT past_password.password_hash FROM past_password JOIN account ON account.id = account
                 WHERE name_key = ?1 ORDER BY past_password.id DESC LIMIT ?2",
            )?;
            let past = statement.query_map(params![key(&account.name), policy.history], |row| row.get(0))?;
            past.collect::<Result<_, _>>()?
        };
        for hash in &past {
            if self.hasher.verify(password, Some(hash))? {
                return Err(PasswordRefused { broken: vec![PasswordRule::History(policy.history)] }.into());
            }
        }
        Ok(())
    }

    fn secrets(&self, name: &str, password: &Secret) -> Result<Secrets, StoreError> {
        Ok(Secrets {
            password_hash: self.hasher.hash(password)?,
            nt_hash: self.key.seal(&nt_hash_purpose(name), &*nt_hash(password))?,
        })
    }

    pub(crate) fn db(&self) -> MutexGuard<'_, Connection> {
        // Whoever panicked with the connection in hand left no half change: the transaction was rolled back.
        self.db.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs a change as one transaction that no other writer comes between; an error undoes it.
    pub(crate) fn change<T, E: From<rusqlite::Error>>(
        &self,
        change: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut db = self.db();
        let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let done = change(&transaction)?;
        transaction.commit()?;
        Ok(done)
    }
}

impl std::fmt::Debug for AccountStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AccountStore")
    }
}

struct Secrets {
    password_hash: String,
    nt_hash: Vec<u8>,
}

/// The account's name is sealed in, so that one account's hash does not open as another's.
pub(crate) fn nt_hash_purpose(name: &str) -> String {
    format!("nt-hash:{}", key(name))
}

pub(crate) fn find(db: &Connection, name: &str) -> Result<Option<Account>, StoreError> {
    let mut statement = db.prepare_cached(&format!("SELECT {} FROM account WHERE name_key = ?1", Account::COLUMNS))?;
    Ok(statement.query_one([key(name)], Account::from_row).optional()?)
}

/// Adds a hash to an account's past ones, and forgets those past the longest history that a policy can ask for.
fn remember(db: &Connection, account: i64, password_hash: &str) -> Result<(), AccountError> {
    db.execute("INSERT INTO past_password (account, password_hash) VALUES (?1, ?2)", params![account, password_hash])?;
    db.execute(
        "DELETE FROM past_password WHERE account = ?1 AND id NOT IN
             (SELECT id FROM past_password WHERE account = ?1 ORDER BY id DESC LIMIT ?2)",
        params![account, crate::policy::LONGEST_HISTORY],
    )?;
    Ok(())
}
