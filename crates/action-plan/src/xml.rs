//! `ProgressAsXml`: an Action with Steps, each Step with its Steps.

use std::fmt::Write as _;

use jiff::Timestamp;

use crate::{Plan, Step};

impl Plan {
    /// The plan as an XML document.
    pub fn progress_as_xml(&self) -> String {
        let mut xml = String::from("<Action");
        attribute(&mut xml, "Name", &self.function);
        attribute(&mut xml, "Type", &self.action_type);
        attribute(&mut xml, "ActionPlanInstanceID", &self.id.to_string());
        attribute(&mut xml, "StartTimeUtc", &time(Some(self.started)));
        attribute(&mut xml, "EndTimeUtc", &time(self.ended));
        attribute(&mut xml, "Status", self.status.name());
        if let Some(error) = &self.error {
            attribute(&mut xml, "Error", error);
        }
        xml.push('>');
        steps(&mut xml, &self.steps, "");
        xml.push_str("</Action>");
        xml
    }
}

fn steps(xml: &mut String, of: &[Step], above: &str) {
    if of.is_empty() {
        return;
    }
    xml.push_str("<Steps>");
    for (number, step) in of.iter().enumerate() {
        let number = number + 1;
        let full = if above.is_empty() { number.to_string() } else { format!("{above}.{number}") };
        xml.push_str("<Step");
        attribute(xml, "FullStepIndex", &full);
        attribute(xml, "Index", &number.to_string());
        attribute(xml, "Name", &step.name);
        attribute(xml, "Description", &step.description);
        attribute(xml, "StartTimeUtc", &time(step.started));
        attribute(xml, "EndTimeUtc", &time(step.ended));
        attribute(xml, "Status", step.status.name());
        if let Some(detail) = &step.detail {
            attribute(xml, "Detail", detail);
        }
        xml.push('>');
        steps(xml, &step.steps, &full);
        xml.push_str("</Step>");
    }
    xml.push_str("</Steps>");
}

fn time(time: Option<Timestamp>) -> String {
    time.map_or_else(String::new, |time| time.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string())
}

fn attribute(xml: &mut String, name: &str, value: &str) {
    let _ = write!(xml, " {name}=\"");
    for letter in value.chars() {
        match letter {
            '&' => xml.push_str("&amp;"),
            '<' => xml.push_str("&lt;"),
            '>' => xml.push_str("&gt;"),
            '"' => xml.push_str("&quot;"),
            '\n' | '\r' | '\t' => {
                let _ = write!(xml, "&#{};", u32::from(letter));
            }
            // XML 1.0 has no way to write these
            letter if letter.is_control() || ['\u{fffe}', '\u{ffff}'].contains(&letter) => xml.push('\u{fffd}'),
            letter => xml.push(letter),
        }
    }
    xml.push('"');
}
