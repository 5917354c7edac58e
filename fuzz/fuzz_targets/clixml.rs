//! Any text: it is refused, or what it says can be written, and reads the same then.
#![no_main]

use clixml::{Limits, Plain, read, to_string};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(value) = read(text, &Limits::default(), &Plain) {
        let written = to_string(&value, &Plain);
        let limits = Limits { depth: 250, elements: 10_000_000, bytes: 1 << 30, references: 10_000_000 };
        let again = read(&written, &limits, &Plain).expect("what was written can be read");
        assert_eq!(to_string(&again, &Plain), written);
    }
});
