//! The embedded account store: passwords, policy, lockout.
