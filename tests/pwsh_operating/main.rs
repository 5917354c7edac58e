//! Operators at work as they are used to it, by stock PowerShell: facts of the stamp, stop and start, accounts, and what is told of it to
//! those who watch (work flows W3, W11 and W12).

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod accounts;
mod power;
mod site;
mod stamp;

/// The prompt of the endpoint.
const PROMPT: &str = r"^\[\w+\]: PS>$";

/// The prompt of the user's own PowerShell.
const LOCAL: &str = r"^PS LOCAL>$";

/// Clients whose numbers, dates and lists are written otherwise: what `LANG` says.
const ELSEWHERE: [&str; 2] = ["de_DE.UTF-8", "ja_JP.UTF-8"];
