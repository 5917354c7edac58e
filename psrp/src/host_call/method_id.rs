use clixml::{Object, Value};

use crate::message::number_of;

/// MS-PSRP 2.2.3.17, the methods of a host. The `bool`: does it answer?
const METHODS: &[(&str, bool)] = &[
    ("GetName", true),
    ("GetVersion", true),
    ("GetInstanceId", true),
    ("GetCurrentCulture", true),
    ("GetCurrentUICulture", true),
    ("SetShouldExit", false),
    ("EnterNestedPrompt", false),
    ("ExitNestedPrompt", false),
    ("NotifyBeginApplication", false),
    ("NotifyEndApplication", false),
    ("ReadLine", true),
    ("ReadLineAsSecureString", true),
    ("Write1", false),
    ("Write2", false),
    ("WriteLine1", false),
    ("WriteLine2", false),
    ("WriteLine3", false),
    ("WriteErrorLine", false),
    ("WriteDebugLine", false),
    ("WriteProgress", false),
    ("WriteVerboseLine", false),
    ("WriteWarningLine", false),
    ("Prompt", true),
    ("PromptForCredential1", true),
    ("PromptForCredential2", true),
    ("PromptForChoice", true),
    ("GetForegroundColor", true),
    ("SetForegroundColor", false),
    ("GetBackgroundColor", true),
    ("SetBackgroundColor", false),
    ("GetCursorPosition", true),
    ("SetCursorPosition", false),
    ("GetWindowPosition", true),
    ("SetWindowPosition", false),
    ("GetCursorSize", true),
    ("SetCursorSize", false),
    ("GetBufferSize", true),
    ("SetBufferSize", false),
    ("GetWindowSize", true),
    ("SetWindowSize", false),
    ("GetWindowTitle", true),
    ("SetWindowTitle", false),
    ("GetMaxWindowSize", true),
    ("GetMaxPhysicalWindowSize", true),
    ("GetKeyAvailable", true),
    ("ReadKey", true),
    ("FlushInputBuffer", false),
    ("SetBufferContents1", false),
    ("SetBufferContents2", false),
    ("GetBufferContents", true),
    ("ScrollBufferContents", false),
    ("PushRunspace", false),
    ("PopRunspace", false),
    ("GetIsRunspacePushed", true),
    ("GetRunspace", true),
    ("PromptForChoiceMultipleSelection", true),
];

/// The number of a host method (MS-PSRP 2.2.3.17).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct HostMethodId(pub i32);

impl HostMethodId {
    fn method(self) -> Option<&'static (&'static str, bool)> {
        METHODS.get(usize::try_from(self.0).ok()?.checked_sub(1)?)
    }

    /// Its name, or nothing if there is no such method.
    pub fn name(self) -> Option<&'static str> {
        self.method().map(|(name, _)| *name)
    }

    /// The method of this name, in any letter case.
    pub fn by_name(name: &str) -> Option<HostMethodId> {
        let found = METHODS.iter().zip(1..).find(|((known, _), _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, id)| HostMethodId(id))
    }

    /// Does the client answer it? The method decides, not the call's id.
    pub fn has_reply(self) -> bool {
        self.method().is_some_and(|(_, has_reply)| *has_reply)
    }

    pub(crate) fn to_value(self) -> Value {
        let name = self.name().unwrap_or_default();
        Object::enumeration("System.Management.Automation.Remoting.RemoteHostMethodId", name, self.0).into()
    }

    pub(crate) fn from_value(value: &Value) -> Option<HostMethodId> {
        let by_name = |text: &str| HostMethodId::by_name(text).map(|method| method.0);
        let number = number_of(value, &[]).or_else(|| by_name(value.as_str()?))?;
        HostMethodId(number).method().map(|_| HostMethodId(number))
    }
}
