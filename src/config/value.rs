//! The values of keys, each refused with a text that says what would do.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::net::SocketAddr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use accounts::AccountName;
use clixml::Version;
use cmdlet::discover::Wildcard;
use cmdlet::format::ErrorView;
use negotiate::BindingPolicy;
use psrp::pool::server::Config as PoolConfig;
use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use transcript::Durability;

/// A whole number between two bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Whole<const LEAST: u32, const MOST: u32>(u32);

impl<const LEAST: u32, const MOST: u32> Whole<LEAST, MOST> {
    /// The number, or the nearest there is.
    pub fn new(number: u32) -> Self {
        Whole(number.clamp(LEAST, MOST))
    }

    /// The number.
    pub fn get(self) -> u32 {
        self.0
    }
}

impl<'de, const LEAST: u32, const MOST: u32> Deserialize<'de> for Whole<LEAST, MOST> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Number<const LEAST: u32, const MOST: u32>;
        impl<const LEAST: u32, const MOST: u32> Visitor<'_> for Number<LEAST, MOST> {
            type Value = Whole<LEAST, MOST>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "a whole number from {LEAST} to {MOST}")
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
                match u32::try_from(number) {
                    Ok(number) if (LEAST..=MOST).contains(&number) => Ok(Whole(number)),
                    _ => Err(E::custom(format!("{number} is not a whole number from {LEAST} to {MOST}"))),
                }
            }
        }
        deserializer.deserialize_i64(Number)
    }
}

struct Text<T, F>(&'static str, F, PhantomData<T>);

impl<T, F: FnOnce(&str) -> Result<T, String>> Visitor<'_> for Text<T, F> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        (self.1)(text).map_err(E::custom)
    }
}

pub(super) fn text<'de, D: Deserializer<'de>, T>(
    deserializer: D,
    expected: &'static str,
    parse: impl FnOnce(&str) -> Result<T, String>,
) -> Result<T, D::Error> {
    deserializer.deserialize_str(Text(expected, parse, PhantomData))
}

/// One of a few words.
fn word<'de, D: Deserializer<'de>, T: Copy>(
    deserializer: D,
    expected: &'static str,
    names: &'static [&'static str],
    values: &[T],
) -> Result<T, D::Error> {
    let given: String = text(deserializer, expected, |given| Ok(given.to_owned()))?;
    let found = names.iter().zip(values).find(|(name, _)| **name == given);
    found.map(|(_, value)| *value).ok_or_else(|| D::Error::unknown_variant(&given, names))
}

pub(super) fn error_view<'de, D: Deserializer<'de>>(deserializer: D) -> Result<ErrorView, D::Error> {
    let views = [ErrorView::Normal51, ErrorView::Concise];
    word(deserializer, "\"normal\" or \"concise\"", &["normal", "concise"], &views)
}

pub(super) fn record<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Durability, D::Error> {
    let durabilities = [Durability::Strict, Durability::Relaxed];
    word(deserializer, "\"strict\" or \"relaxed\"", &["strict", "relaxed"], &durabilities)
}

pub(super) fn protocol_version<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Version, D::Error> {
    word(deserializer, "\"2.4\" or \"2.3\"", &["2.4", "2.3"], &[PoolConfig::V2_4, PoolConfig::V2_3])
}

pub(super) fn channel_binding<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BindingPolicy, D::Error> {
    let policies = [BindingPolicy::None, BindingPolicy::Relaxed, BindingPolicy::Strict];
    word(deserializer, "\"none\", \"relaxed\" or \"strict\"", &["none", "relaxed", "strict"], &policies)
}

pub(super) fn file<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<PathBuf>, D::Error> {
    text(deserializer, "a path in quotes", |path| {
        let path = PathBuf::from(path);
        if path.is_absolute() {
            Ok(Some(path))
        } else {
            Err("the path of the file starts with `/`: a relative one would depend on where pepd starts".into())
        }
    })
}

pub(super) fn yes_or_no<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    struct YesOrNo;
    impl Visitor<'_> for YesOrNo {
        type Value = bool;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("true or false")
        }

        fn visit_bool<E>(self, value: bool) -> Result<bool, E> {
            Ok(value)
        }
    }
    deserializer.deserialize_bool(YesOrNo)
}

pub(super) fn configuration_name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    text(deserializer, "a name in quotes", |name| {
        let fits = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
        if (1..=128).contains(&name.len()) && name.chars().all(fits) {
            Ok(name.to_owned())
        } else {
            Err("a configuration name is 1 to 128 letters, digits, `-`, `_` and `.`".to_owned())
        }
    })
}

/// Bytes that the kernel's address of a Unix socket has room for, the zero at its end left out.
const SOCKET_PATH_LEN: usize = 107;

/// A path that a Unix socket can have.
pub(crate) fn check_socket(path: &Path) -> Result<(), String> {
    let length = path.as_os_str().as_bytes().len();
    if length > SOCKET_PATH_LEN {
        return Err(format!("the path of a socket has at most {SOCKET_PATH_LEN} bytes, and this one has {length}"));
    }
    if path.file_name().is_none() {
        return Err("the path of a socket ends with its file name".to_owned());
    }
    Ok(())
}

/// A socket's path on the command line, which may be relative.
pub(crate) fn parse_socket(text: &str) -> Result<PathBuf, String> {
    check_socket(Path::new(text)).map(|()| PathBuf::from(text))
}

pub(super) fn socket<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<PathBuf>, D::Error> {
    text(deserializer, "a path in quotes", |path| {
        let path = PathBuf::from(path);
        if !path.is_absolute() {
            return Err(
                "the path of the socket starts with `/`: a relative one would depend on where pepd starts".into()
            );
        }
        check_socket(&path).map(|()| Some(path))
    })
}

/// An address and a port.
pub(crate) fn parse_listen(text: &str) -> Result<SocketAddr, String> {
    let address: SocketAddr = text.parse().map_err(|_| {
        format!("`{text}` is not an address and a port, such as `127.0.0.1:5985`, `[::1]:5985` or `0.0.0.0:5985`")
    })?;
    if address.port() == 0 { Err(format!("`{text}`: clients cannot know port 0")) } else { Ok(address) }
}

pub(super) fn listen<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<SocketAddr>, D::Error> {
    struct Addresses;
    impl<'de> Visitor<'de> for Addresses {
        type Value = Vec<SocketAddr>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list of addresses with ports, such as [\"127.0.0.1:5985\"]")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Self::Value, A::Error> {
            let mut addresses = Vec::new();
            while let Some(Address(address)) = sequence.next_element()? {
                addresses.push(address);
            }
            Ok(addresses)
        }
    }
    struct Address(SocketAddr);
    impl<'de> Deserialize<'de> for Address {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            text(deserializer, "an address with a port in quotes", parse_listen).map(Address)
        }
    }
    deserializer.deserialize_seq(Addresses)
}

pub(super) fn folders<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<PathBuf>, D::Error> {
    struct Folders;
    impl<'de> Visitor<'de> for Folders {
        type Value = Vec<PathBuf>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list of folders, such as [\"/srv/transcripts\"]")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Self::Value, A::Error> {
            let mut folders = Vec::new();
            while let Some(Folder(folder)) = sequence.next_element()? {
                folders.push(folder);
            }
            Ok(folders)
        }
    }
    struct Folder(PathBuf);
    impl<'de> Deserialize<'de> for Folder {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            text(deserializer, "a path in quotes", |path| match PathBuf::from(path) {
                path if path.is_absolute() => Ok(Folder(path)),
                _ => {
                    Err("the path of a folder starts with `/`: a relative one would depend on where pepd starts".into())
                }
            })
        }
    }
    deserializer.deserialize_seq(Folders)
}

pub(super) fn shares<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Wildcard>, D::Error> {
    struct Shares;
    impl<'de> Visitor<'de> for Shares {
        type Value = Vec<Wildcard>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list of shares, such as [\"//files.example.com/transcripts\"]")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Self::Value, A::Error> {
            let mut shares = Vec::new();
            while let Some(Share(share)) = sequence.next_element()? {
                shares.push(share);
            }
            Ok(shares)
        }
    }
    struct Share(Wildcard);
    impl<'de> Deserialize<'de> for Share {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            text(deserializer, "a share in quotes", |share| match share.replace('\\', "/") {
                share if share == "*" || share.starts_with("//") => Ok(Share(Wildcard::new(&share))),
                _ => {
                    Err("a share starts with `//` or `\\\\`, as in \"//server/share\"; `*` alone is every share".into())
                }
            })
        }
    }
    deserializer.deserialize_seq(Shares)
}

pub(super) fn account_names<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, String>, D::Error> {
    struct Names;
    impl<'de> Visitor<'de> for Names {
        type Value = BTreeMap<String, String>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("local names with accounts, such as { alice = \"CloudAdmin\" }")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut names = BTreeMap::new();
            while let Some((local, Account(account))) = map.next_entry()? {
                names.insert(local, account);
            }
            Ok(names)
        }
    }
    struct Account(String);
    impl<'de> Deserialize<'de> for Account {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            text(deserializer, "the name of an account in quotes", |name| match AccountName::parse(name) {
                Ok(name) => Ok(Account(name.as_str().to_owned())),
                Err(error) => Err(error.to_string()),
            })
        }
    }
    deserializer.deserialize_map(Names)
}

/// A table of Kerberos principals, with their accounts.
pub(super) fn principals<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, String>, D::Error> {
    let names = account_names(deserializer)?;
    match names
        .keys()
        .find(|name| name.rsplit_once('@').is_none_or(|(user, realm)| user.is_empty() || realm.is_empty()))
    {
        Some(name) => Err(D::Error::custom(format!("`{name}` is not a Kerberos principal: write `user@REALM`"))),
        None => Ok(names),
    }
}
