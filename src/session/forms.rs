//! What lies beside a journal that was handed over, for people and for PowerShell.

use std::io::{self, BufRead, Write};

use jiff::tz::TimeZone;
use transcript::Forms;

use crate::over_the_shoulder::Transcript;
use crate::record_objects;

/// A transcript, and a file for `Import-Clixml`.
pub(crate) const FORMS: Forms = &[(".txt", transcript), (".clixml", objects)];

/// A journal in the layout of PowerShell's transcripts.
fn transcript(journal: &mut dyn BufRead, out: &mut dyn Write) -> io::Result<()> {
    let mut transcript = Transcript::new(commands::table().views().to_vec(), TimeZone::system());
    for line in journal.lines() {
        let line = line?;
        match line.split_once(' ').and_then(|(_, json)| serde_json::from_str(json).ok()) {
            Some(entry) => out.write_all(transcript.lines(&entry).as_bytes())?,
            None => writeln!(out, "[this line of the journal is damaged]")?,
        }
    }
    Ok(())
}

/// How many objects are in memory at a time.
const TOGETHER: usize = 256;

/// A journal's records as objects. Their references are numbered anew for each part, which `Import-Clixml` takes.
fn objects(journal: &mut dyn BufRead, out: &mut dyn Write) -> io::Result<()> {
    const END: &str = "</Objs>";
    let frame = record_objects::document(&[]);
    let start = frame.strip_suffix(END).unwrap_or(&frame);
    out.write_all(start.as_bytes())?;
    let mut lines = journal.lines();
    loop {
        let mut objects = Vec::new();
        let mut over = true;
        for line in lines.by_ref().take(TOGETHER) {
            over = false;
            objects.extend(line?.split_once(' ').and_then(|(_, json)| record_objects::object(json)));
        }
        if over {
            return out.write_all(END.as_bytes());
        }
        let part = record_objects::document(&objects);
        let inside = part.strip_prefix(start).and_then(|part| part.strip_suffix(END)).unwrap_or_default();
        out.write_all(inside.as_bytes())?;
    }
}
