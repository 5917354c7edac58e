//! How often an account may ask for completions: as often as somebody can press Tab, and not much more.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use clixml::Str;

/// Completions that may follow each other at once.
const BURST: f64 = 30.0;

/// Completions a second after that.
const PER_SECOND: f64 = 10.0;

/// Counts what each account asks for, over all its sessions. A part of the daemon.
#[derive(Debug, Default)]
pub struct CompletionRate(Mutex<HashMap<Str, Left>>);

#[derive(Debug)]
struct Left {
    completions: f64,
    at: Instant,
}

impl CompletionRate {
    /// May this account have one more?
    pub fn admits(&self, account: &str, now: Instant) -> bool {
        let mut accounts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let left = accounts.entry(account.into()).or_insert(Left { completions: BURST, at: now });
        let since = now.saturating_duration_since(left.at).as_secs_f64();
        left.completions = (left.completions + since * PER_SECOND).min(BURST);
        left.at = now;
        let admitted = left.completions >= 1.0;
        if admitted {
            left.completions -= 1.0;
        }
        admitted
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn nobody_who_presses_keys_is_held_up() {
        let (rate, start) = (CompletionRate::default(), Instant::now());
        for press in 0..600 {
            assert!(rate.admits("ann", start + press * Duration::from_millis(100)), "key {press}");
        }
    }

    #[test]
    fn a_program_that_asks_all_the_time_gets_a_few_a_second() {
        let (rate, start) = (CompletionRate::default(), Instant::now());
        let asked = |seconds: u32| {
            (0..1000 * seconds).filter(|at| rate.admits("ann", start + *at * Duration::from_millis(1))).count()
        };
        assert_eq!(asked(4), 30 + 39);
        assert!(rate.admits("bob", start), "another account has its own");
    }
}
