//! Windows' names of time zones, by the Unicode project's table of them.

/// A line a zone: its IANA name, a tab, its Windows name. A line that begins with `=` says which of them a Windows name means.
const ZONES: &str = include_str!("zones.txt");

/// The Windows name of a zone; its IANA name if Windows has none.
pub fn windows(iana: &str) -> &str {
    let pairs = ZONES.lines().filter_map(|line| line.split_once('\t'));
    let mut plain = pairs.filter(|(name, _)| !name.starts_with('='));
    plain.find(|(name, _)| *name == iana).map_or(iana, |(_, windows)| windows)
}

/// The zone that a Windows name means, letter case aside.
pub(crate) fn iana(windows: &str) -> Option<&'static str> {
    let pairs = ZONES.lines().filter_map(|line| line.strip_prefix('=')?.split_once('\t'));
    pairs.into_iter().find(|(_, name)| name.eq_ignore_ascii_case(windows)).map(|(iana, _)| iana)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_windows_name_of_a_zone_and_back() {
        assert_eq!(windows("Europe/Berlin"), "W. Europe Standard Time");
        assert_eq!(windows("Asia/Tokyo"), "Tokyo Standard Time");
        assert_eq!(windows("Nowhere/Land"), "Nowhere/Land");
        assert_eq!(iana("pacific standard time"), Some("America/Los_Angeles"));
        assert_eq!(iana("Europe/Berlin"), None);
    }
}
