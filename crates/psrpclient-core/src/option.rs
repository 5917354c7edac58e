use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The options of a session that PowerShell reads or sets (`WSManSessionOption`).
#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) operation: Duration,
    pub(crate) create: Duration,
    pub(crate) signal: Duration,
    pub(crate) close: Duration,
    pub(crate) max_envelope_kilobytes: u32,
    pub(crate) locale: Option<String>,
    pub(crate) data_locale: Option<String>,
    pub(crate) tls: bool,
    pub(crate) skip_authority: bool,
    pub(crate) skip_name: bool,
    pub(crate) utf16: bool,
    pub(crate) port_in_spn: bool,
    pub(crate) redirect: String,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            operation: Duration::from_mins(3),
            create: Duration::from_mins(3),
            signal: Duration::from_mins(1),
            close: Duration::from_mins(1),
            max_envelope_kilobytes: 500,
            locale: None,
            data_locale: None,
            tls: false,
            skip_authority: false,
            skip_name: false,
            utf16: false,
            port_in_spn: false,
            redirect: String::new(),
        }
    }
}

/// The options of a session, for a moment.
pub(crate) fn locked(options: &Mutex<Options>) -> MutexGuard<'_, Options> {
    options.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The options by their numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionOption {
    /// 1, milliseconds: how long an operation may wait at the server.
    OperationTimeout,
    /// 11, milliseconds: how long the client tries to get a lost network back.
    MaxRetryTime,
    /// 12, milliseconds: the same as 1 for Create and Connect.
    CreateTimeout,
    /// 16, milliseconds: the same for Signal.
    SignalTimeout,
    /// 17, milliseconds: the same for closing a shell or a command.
    CloseTimeout,
    /// 18: any authority will do. Asked, it says whether certificates can be validated at all.
    SkipAuthorityCheck,
    /// 19: any name will do.
    SkipNameCheck,
    /// 20: no encryption. Not obeyed: what this client sends is encrypted always.
    NoEncryption,
    /// 21: envelopes in UTF-16.
    Utf16,
    /// 22: the server's Kerberos principal has its port.
    PortInSpn,
    /// 25: the language for data.
    Locale,
    /// 26: the language.
    UiLanguage,
    /// 28, kilobytes: the largest envelope.
    MaxEnvelopeSize,
    /// 29, kilobytes: what of an envelope is left for data.
    MaxDataSize,
    /// 30: where the session is to be had, after a redirect.
    RedirectLocation,
    /// 33: TLS, unless the address has a scheme.
    UseSsl,
    /// 31, 32, 34: taken, and without a meaning here (revocation, implicit credentials, interactive token).
    Ignored,
}

impl SessionOption {
    /// By number.
    pub fn of(number: u32) -> Option<SessionOption> {
        use SessionOption as O;
        Some(match number {
            1 => O::OperationTimeout,
            11 => O::MaxRetryTime,
            12 => O::CreateTimeout,
            16 => O::SignalTimeout,
            17 => O::CloseTimeout,
            18 => O::SkipAuthorityCheck,
            19 => O::SkipNameCheck,
            20 => O::NoEncryption,
            21 => O::Utf16,
            22 => O::PortInSpn,
            25 => O::Locale,
            26 => O::UiLanguage,
            28 => O::MaxEnvelopeSize,
            29 => O::MaxDataSize,
            30 => O::RedirectLocation,
            33 => O::UseSsl,
            31 | 32 | 34 => O::Ignored,
            _ => return None,
        })
    }
}

/// What an option is set to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OptionValue {
    /// A number; 0 is no.
    Number(u32),
    /// A text.
    Text(String),
}

impl Options {
    /// Sets one; `false` if it takes no such value.
    pub(crate) fn set(&mut self, option: SessionOption, value: OptionValue) -> bool {
        use SessionOption as O;
        let time = |milliseconds: u32| Duration::from_millis(u64::from(milliseconds.max(1)));
        match (option, value) {
            (O::OperationTimeout, OptionValue::Number(n)) => self.operation = time(n),
            (O::CreateTimeout, OptionValue::Number(n)) => self.create = time(n),
            (O::SignalTimeout, OptionValue::Number(n)) => self.signal = time(n),
            (O::CloseTimeout, OptionValue::Number(n)) => self.close = time(n),
            (O::SkipAuthorityCheck, OptionValue::Number(n)) => self.skip_authority = n != 0,
            (O::SkipNameCheck, OptionValue::Number(n)) => self.skip_name = n != 0,
            (O::Utf16, OptionValue::Number(n)) => self.utf16 = n != 0,
            (O::PortInSpn, OptionValue::Number(n)) => self.port_in_spn = n != 0,
            (O::UseSsl, OptionValue::Number(n)) => self.tls = n != 0,
            (O::MaxEnvelopeSize, OptionValue::Number(n)) if (8..=65536).contains(&n) => self.max_envelope_kilobytes = n,
            (O::Locale, OptionValue::Text(text)) => self.data_locale = Some(text).filter(|text| !text.is_empty()),
            (O::UiLanguage, OptionValue::Text(text)) => self.locale = Some(text).filter(|text| !text.is_empty()),
            (O::NoEncryption | O::Ignored, OptionValue::Number(_)) => {}
            _ => return false,
        }
        true
    }

    /// Reads a number; none if it is none.
    pub(crate) fn number(&self, option: SessionOption) -> Option<u32> {
        use SessionOption as O;
        let milliseconds = |time: Duration| u32::try_from(time.as_millis()).unwrap_or(u32::MAX);
        Some(match option {
            O::OperationTimeout => milliseconds(self.operation),
            O::CreateTimeout => milliseconds(self.create),
            O::SignalTimeout => milliseconds(self.signal),
            O::CloseTimeout => milliseconds(self.close),
            O::MaxRetryTime => 240_000,
            O::MaxEnvelopeSize => self.max_envelope_kilobytes,
            // what base64 leaves of it, beside 4 KB of envelope; 0 would hang the client
            O::MaxDataSize => ((self.max_envelope_kilobytes * 1024).saturating_sub(4096) / 4 * 3 / 1024).max(1),
            O::SkipAuthorityCheck | O::NoEncryption | O::Ignored => 0,
            O::SkipNameCheck => u32::from(self.skip_name),
            O::Utf16 => u32::from(self.utf16),
            O::PortInSpn => u32::from(self.port_in_spn),
            O::UseSsl => u32::from(self.tls),
            O::Locale | O::UiLanguage | O::RedirectLocation => return None,
        })
    }

    /// Reads a text; none if it is none.
    pub(crate) fn text(&self, option: SessionOption) -> Option<&str> {
        match option {
            SessionOption::Locale => self.data_locale.as_deref().or(Some("")),
            SessionOption::UiLanguage => self.locale.as_deref().or(Some("")),
            SessionOption::RedirectLocation => Some(&self.redirect),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn l_010_the_room_for_data_follows_the_envelope_and_is_never_0() {
        let mut options = Options::default();
        assert_eq!(options.number(SessionOption::MaxEnvelopeSize), Some(500));
        assert_eq!(options.number(SessionOption::MaxDataSize), Some(372));
        assert!(options.set(SessionOption::MaxEnvelopeSize, OptionValue::Number(150)));
        assert_eq!(options.number(SessionOption::MaxDataSize), Some(109));
        assert!(options.set(SessionOption::MaxEnvelopeSize, OptionValue::Number(8)));
        assert_eq!(options.number(SessionOption::MaxDataSize), Some(3));
        assert!(!options.set(SessionOption::MaxEnvelopeSize, OptionValue::Number(0)));
        assert_eq!(options.number(SessionOption::SkipAuthorityCheck), Some(0));
        assert_eq!(options.number(SessionOption::MaxRetryTime), Some(240_000));
    }

    #[test]
    fn l_011_what_is_not_known_or_of_another_type_is_refused() {
        assert_eq!(SessionOption::of(23), None);
        assert_eq!(SessionOption::of(0), None);
        let mut options = Options::default();
        assert!(!options.set(SessionOption::OperationTimeout, OptionValue::Text("1".into())));
        assert!(!options.set(SessionOption::Locale, OptionValue::Number(1)));
        assert!(!options.set(SessionOption::RedirectLocation, OptionValue::Text("http://h".into())));
    }

    #[test]
    fn l_015_languages_may_be_left_out() {
        let mut options = Options::default();
        assert_eq!(options.text(SessionOption::Locale), Some(""));
        assert!(options.set(SessionOption::Locale, OptionValue::Text("de-DE".into())));
        assert_eq!(options.text(SessionOption::Locale), Some("de-DE"));
    }
}
