//! How fast another implementation reads and writes a CLIXML document: `bench-psrp-rs FILE` prints MB/s of encode and of decode.

use std::time::{Duration, Instant};

use psrp_rs::clixml::{parse_clixml, to_clixml};

fn main() {
    let path = std::env::args().nth(1).expect("a file of CLIXML");
    let text = std::fs::read_to_string(path).expect("it can be read");
    let values = parse_clixml(&text).expect("it is CLIXML");
    let decode = best(|| {
        let read = parse_clixml(&text).expect("it is CLIXML");
        std::hint::black_box(read);
        text.len()
    });
    let encode = best(|| values.iter().map(|value| to_clixml(value).len()).sum());
    println!("{encode:.0} {decode:.0}");
}

fn best(mut round: impl FnMut() -> usize) -> f64 {
    let mut best = Duration::MAX;
    let mut bytes = 0;
    for _ in 0..5 {
        let start = Instant::now();
        bytes = round();
        best = best.min(start.elapsed());
    }
    bytes as f64 / 1e6 / best.as_secs_f64()
}
