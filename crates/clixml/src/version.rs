use std::fmt;
use std::str::FromStr;

/// `System.Version`: two to four numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Version {
    /// First number.
    pub major: u32,
    /// Second number.
    pub minor: u32,
    /// Third number, if there is one.
    pub build: Option<u32>,
    /// Fourth number, if there is one.
    pub revision: Option<u32>,
}

impl Version {
    /// A version of two numbers.
    pub const fn new(major: u32, minor: u32) -> Version {
        Version { major, minor, build: None, revision: None }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)?;
        for part in [self.build, self.revision].into_iter().flatten() {
            write!(f, ".{part}")?;
        }
        Ok(())
    }
}

/// Not two to four numbers with dots between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a version is two to four numbers with dots between them")]
pub struct InvalidVersion;

impl FromStr for Version {
    type Err = InvalidVersion;

    fn from_str(text: &str) -> Result<Version, InvalidVersion> {
        let mut parts = text.trim().split('.').map(|part| {
            let digits = !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
            // .NET's parts are Int32
            let number = part.parse::<u32>().ok().filter(|n| digits && i32::try_from(*n).is_ok());
            number.ok_or(InvalidVersion)
        });
        let (Some(major), Some(minor)) = (parts.next(), parts.next()) else { return Err(InvalidVersion) };
        let version = Version {
            major: major?,
            minor: minor?,
            build: parts.next().transpose()?,
            revision: parts.next().transpose()?,
        };
        if parts.next().is_some() { Err(InvalidVersion) } else { Ok(version) }
    }
}
