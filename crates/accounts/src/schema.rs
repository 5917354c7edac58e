//! The database: what it holds, and how an older one becomes the present one.

use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior};

use crate::StoreError;
use crate::sealing::SealingKey;

/// `PRAGMA user_version` of what [`CREATE`] makes.
const VERSION: i64 = 1;

/// Times are milliseconds since 1970, UTC.
const CREATE: &str = "
CREATE TABLE account (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL UNIQUE,        -- the name without letter case
    enabled INTEGER NOT NULL DEFAULT 1,
    created INTEGER NOT NULL,
    password_changed INTEGER NOT NULL,
    last_sign_in INTEGER,
    password_hash TEXT NOT NULL,          -- Argon2id, PHC form
    nt_hash BLOB NOT NULL,                -- sealed for 'nt-hash:' and the name_key
    failures INTEGER NOT NULL DEFAULT 0,  -- wrong passwords since the last right one, within the policy's window
    last_failure INTEGER,
    locked_until INTEGER
) STRICT;
CREATE TABLE past_password (              -- the present one is among them
    account INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    password_hash TEXT NOT NULL
) STRICT;
CREATE INDEX past_password_account ON past_password (account);
CREATE TABLE policy (                     -- one row: what the endpoint's configuration said when it last started
    minimum_length INTEGER NOT NULL,
    complexity INTEGER NOT NULL,
    history INTEGER NOT NULL,
    lockout_threshold INTEGER NOT NULL,
    lockout_window INTEGER NOT NULL,      -- milliseconds
    lockout_duration INTEGER NOT NULL     -- milliseconds
) STRICT;
CREATE TABLE refused (                    -- one row: guesses that were for no account, or for a locked one
    count INTEGER NOT NULL
) STRICT;
CREATE TABLE key_check (                  -- one row: a known text under the key, to tell a wrong key at once
    sealed BLOB NOT NULL
) STRICT;
INSERT INTO refused VALUES (0);
";

/// What `key_check` holds.
const KEY_CHECK: &str = "key-check";

/// Durable and private; a second process may write, too, and is waited for.
pub(crate) fn configure(db: &Connection) -> Result<(), StoreError> {
    db.busy_timeout(std::time::Duration::from_secs(10))?;
    db.pragma_update(None, "journal_mode", "WAL")?;
    db.pragma_update(None, "synchronous", "FULL")?;
    db.pragma_update(None, "foreign_keys", true)?;
    db.pragma_update(None, "secure_delete", true)?;
    db.pragma_update(None, "trusted_schema", false)?;
    Ok(())
}

/// Which version is it? 0 is an empty database.
pub(crate) fn version(db: &Connection) -> Result<i64, StoreError> {
    let found: i64 = db.query_one("PRAGMA user_version", [], |row| row.get(0))?;
    if found > VERSION { Err(StoreError::Newer { found, known: VERSION }) } else { Ok(found) }
}

/// Makes an empty database the present version.
pub(crate) fn create(db: &mut Connection, key: &SealingKey) -> Result<(), StoreError> {
    let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.execute_batch(CREATE)?;
    transaction.execute("INSERT INTO key_check VALUES (?1)", [key.seal(KEY_CHECK, KEY_CHECK.as_bytes())?])?;
    transaction.pragma_update(None, "user_version", VERSION)?;
    transaction.commit()?;
    Ok(())
}

/// Is it the key that sealed the database's secrets?
pub(crate) fn key_fits(db: &Connection, key: &SealingKey) -> Result<bool, StoreError> {
    let sealed = |row: &Row<'_>| row.get::<_, Vec<u8>>(0);
    let sealed = db.query_one("SELECT sealed FROM key_check", [], sealed).optional()?.unwrap_or_default();
    Ok(key.open(KEY_CHECK, &sealed).is_ok_and(|text| **text == *KEY_CHECK.as_bytes()))
}
