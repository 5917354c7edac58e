use clixml::{Content, Object, Str, Value, Version};

/// What APPLICATION_PRIVATE_DATA (MS-PSRP 2.2.2.13) tells a client about the server. No `DebugMode` or other debugger key stands
/// beside it: one of those makes a client look for a debugger.
#[derive(Clone, Debug, PartialEq)]
pub struct PsVersionTable {
    /// `PSVersion`: clients take decisions by it (≥ 5.1 for `Get-FormatData -PowerShellVersion`, for instance).
    pub ps_version: Version,
    /// `PSEdition`, `Core` or `Desktop`.
    pub ps_edition: Str,
    /// `PSCompatibleVersions`.
    pub compatible_versions: Vec<Version>,
    /// More strings, such as `PSSemanticVersion`, `GitCommitId`, `OS`, `Platform` (which tells a client how paths look).
    pub more: Vec<(Str, Value)>,
}

const DICTIONARY: &[&str] =
    &["System.Management.Automation.PSPrimitiveDictionary", "System.Collections.Hashtable", "System.Object"];

impl PsVersionTable {
    /// The dictionary of the message, for the protocol version that was agreed on; `beside` are further entries.
    pub(crate) fn to_application_private_data(&self, protocol: Version, beside: &[(Str, Value)]) -> Value {
        dictionary([("PSVersionTable".into(), self.to_value(protocol))].into_iter().chain(beside.iter().cloned()))
    }

    fn to_value(&self, protocol: Version) -> Value {
        let compatible = self.compatible_versions.iter().map(|version| Value::Version(*version)).collect();
        let compatible = Object::with_type_names(&["System.Version[]", "System.Array", "System.Object"])
            .content(Content::List(compatible));
        let own = [
            ("PSVersion".into(), self.ps_version.into()),
            ("PSEdition".into(), self.ps_edition.clone().into()),
            ("PSCompatibleVersions".into(), compatible.into()),
            ("PSRemotingProtocolVersion".into(), protocol.into()),
            ("SerializationVersion".into(), super::SessionCapability::new(protocol).serialization.into()),
            ("WSManStackVersion".into(), Version::new(3, 0).into()),
        ];
        dictionary(own.into_iter().chain(self.more.iter().cloned()))
    }

    /// `ApplicationArguments` of a client that says this about itself (MS-PSRP 2.2.2.2).
    pub fn to_application_arguments(&self, protocol: Version) -> Value {
        self.to_application_private_data(protocol, &[])
    }
}

/// The entry `ImplicitRemoting` of application private data: the commands that `Import-PSSession` passes over without a word.
/// They stand instead of the client's own list, so the commands that would break a client's shell must be among them.
pub fn implicit_remoting<S: Into<Str>>(commands_to_skip: impl IntoIterator<Item = S>) -> (Str, Value) {
    let skipped = Value::string_array(commands_to_skip);
    ("ImplicitRemoting".into(), dictionary([("CommandsToSkip".into(), skipped)]))
}

/// A `PSPrimitiveDictionary`.
fn dictionary(entries: impl IntoIterator<Item = (Str, Value)>) -> Value {
    let entries = entries.into_iter().map(|(key, value)| (Value::String(key), value)).collect();
    Object::with_type_names(DICTIONARY).content(Content::Dictionary(entries)).into()
}

/// An entry of the `PSVersionTable` in application arguments or application private data.
pub fn ps_version_table_entry<'a>(dictionary: &'a Value, key: &str) -> Option<&'a Value> {
    dictionary.as_object()?.entry("PSVersionTable")?.as_object()?.entry(key)
}
