use std::fmt;
use std::ops::BitOr;

/// The options both sides agree on (NEGOTIATE, MS-NLMP 2.2.2.5).
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Flags(pub(crate) u32);

impl Flags {
    /// Strings are UTF-16.
    pub const UNICODE: Flags = Flags(0x0000_0001);
    /// Strings are in the code page of the client.
    pub const OEM: Flags = Flags(0x0000_0002);
    /// The challenge must name its target.
    pub const REQUEST_TARGET: Flags = Flags(0x0000_0004);
    /// Messages are signed.
    pub const SIGN: Flags = Flags(0x0000_0010);
    /// Messages are encrypted.
    pub const SEAL: Flags = Flags(0x0000_0020);
    /// Connectionless: not for HTTP.
    pub const DATAGRAM: Flags = Flags(0x0000_0040);
    /// Session keys of the LAN Manager.
    pub const LM_KEY: Flags = Flags(0x0000_0080);
    /// NTLM as such.
    pub const NTLM: Flags = Flags(0x0000_0200);
    /// The client wants to stay anonymous.
    pub const ANONYMOUS: Flags = Flags(0x0000_0800);
    /// A domain name is in the first message.
    pub const OEM_DOMAIN_SUPPLIED: Flags = Flags(0x0000_1000);
    /// A workstation name is in the first message.
    pub const OEM_WORKSTATION_SUPPLIED: Flags = Flags(0x0000_2000);
    /// There is a session key even without signing.
    pub const ALWAYS_SIGN: Flags = Flags(0x0000_8000);
    /// The target is a domain.
    pub const TARGET_TYPE_DOMAIN: Flags = Flags(0x0001_0000);
    /// The target is a server.
    pub const TARGET_TYPE_SERVER: Flags = Flags(0x0002_0000);
    /// The session security of NTLM version 2.
    pub const EXTENDED_SESSIONSECURITY: Flags = Flags(0x0008_0000);
    /// The client wants a token that only identifies.
    pub const IDENTIFY: Flags = Flags(0x0010_0000);
    /// The challenge carries attributes of its target.
    pub const TARGET_INFO: Flags = Flags(0x0080_0000);
    /// Messages carry a version of their sender.
    pub const VERSION: Flags = Flags(0x0200_0000);
    /// Keys of 128 bits.
    pub const KEY_128: Flags = Flags(0x2000_0000);
    /// The client chooses the session key.
    pub const KEY_EXCH: Flags = Flags(0x4000_0000);
    /// Keys of 56 bits.
    pub const KEY_56: Flags = Flags(0x8000_0000);

    /// No option.
    pub const NONE: Flags = Flags(0);

    const NAMES: [(Flags, &str); 21] = [
        (Flags::UNICODE, "UNICODE"),
        (Flags::OEM, "OEM"),
        (Flags::REQUEST_TARGET, "REQUEST_TARGET"),
        (Flags::SIGN, "SIGN"),
        (Flags::SEAL, "SEAL"),
        (Flags::DATAGRAM, "DATAGRAM"),
        (Flags::LM_KEY, "LM_KEY"),
        (Flags::NTLM, "NTLM"),
        (Flags::ANONYMOUS, "ANONYMOUS"),
        (Flags::OEM_DOMAIN_SUPPLIED, "OEM_DOMAIN_SUPPLIED"),
        (Flags::OEM_WORKSTATION_SUPPLIED, "OEM_WORKSTATION_SUPPLIED"),
        (Flags::ALWAYS_SIGN, "ALWAYS_SIGN"),
        (Flags::TARGET_TYPE_DOMAIN, "TARGET_TYPE_DOMAIN"),
        (Flags::TARGET_TYPE_SERVER, "TARGET_TYPE_SERVER"),
        (Flags::EXTENDED_SESSIONSECURITY, "EXTENDED_SESSIONSECURITY"),
        (Flags::IDENTIFY, "IDENTIFY"),
        (Flags::TARGET_INFO, "TARGET_INFO"),
        (Flags::VERSION, "VERSION"),
        (Flags::KEY_128, "128"),
        (Flags::KEY_EXCH, "KEY_EXCH"),
        (Flags::KEY_56, "56"),
    ];

    /// Flags from their number.
    pub const fn from_bits(bits: u32) -> Flags {
        Flags(bits)
    }

    /// The number on the wire.
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// All of `others` are here.
    pub const fn contains(self, others: Flags) -> bool {
        self.0 & others.0 == others.0
    }

    /// At least one of `others` is here.
    pub const fn intersects(self, others: Flags) -> bool {
        self.0 & others.0 != 0
    }

    /// What both have.
    #[must_use]
    pub const fn and(self, others: Flags) -> Flags {
        Flags(self.0 & others.0)
    }

    /// What is here and not in `others`.
    #[must_use]
    pub const fn without(self, others: Flags) -> Flags {
        Flags(self.0 & !others.0)
    }
}

impl BitOr for Flags {
    type Output = Flags;

    fn bitor(self, others: Flags) -> Flags {
        Flags(self.0 | others.0)
    }
}

impl fmt::Display for Flags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut unnamed = self.0;
        let mut separator = "";
        for (flag, name) in Flags::NAMES {
            if self.contains(flag) {
                write!(f, "{separator}{name}")?;
                separator = "|";
                unnamed &= !flag.0;
            }
        }
        if unnamed != 0 || self.0 == 0 {
            write!(f, "{separator}{unnamed:#010x}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Flags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_print_their_names_and_what_has_none() {
        assert_eq!((Flags::SIGN | Flags::KEY_128).to_string(), "SIGN|128");
        assert_eq!(Flags(0x0100_0001).to_string(), "UNICODE|0x01000000");
        assert_eq!(Flags::NONE.to_string(), "0x00000000");
    }
}
