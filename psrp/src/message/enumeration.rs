//! The enumerations of MS-PSRP 2.2.3 that messages carry as `Obj`: type names, the member's name, its number.

use clixml::{Object, Str, Value};

use crate::fields::{i32_of, unwrapped};

/// Reads the number of an enumeration that came as `Obj`, as a bare number, or as the name of a member.
pub(crate) fn number_of(value: &Value, members: &[(&str, i32)]) -> Option<i32> {
    if let Some(number) = i32_of(value) {
        return Some(number);
    }
    let Value::String(text) = unwrapped(value) else { return None };
    if let Ok(number) = text.trim().parse() {
        return Some(number);
    }
    text.split(',').try_fold(0, |sum, name| {
        let name = name.trim();
        members.iter().find(|(member, _)| member.eq_ignore_ascii_case(name)).map(|(_, number)| sum | number)
    })
}

macro_rules! enumeration {
    ($(#[$doc:meta])* $name:ident, $type_name:literal, $default:ident { $($member:ident = $number:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(i32)]
        #[allow(missing_docs)] // the names are PowerShell's own
        pub enum $name {
            $($member = $number,)*
        }

        impl $name {
            const MEMBERS: &[(&str, i32)] = &[$((stringify!($member), $number),)*];

            pub(crate) fn to_value(self) -> Value {
                let name = match self {
                    $($name::$member => stringify!($member),)*
                };
                Object::enumeration($type_name, name, self as i32).into()
            }

            /// What it means is of no interest here, so an absent or unknown one is the default.
            pub(crate) fn read(value: Option<&Value>) -> $name {
                match value.and_then(|value| number_of(value, $name::MEMBERS)) {
                    $(Some($number) => $name::$member,)*
                    _ => $name::$default,
                }
            }
        }
    };
}

enumeration! {
    /// MS-PSRP 2.2.3.7, `System.Threading.ApartmentState`.
    ApartmentState, "System.Threading.ApartmentState", Unknown { STA = 0, MTA = 1, Unknown = 2 }
}

enumeration! {
    /// MS-PSRP 2.2.3.6, `System.Management.Automation.Runspaces.PSThreadOptions`.
    PsThreadOptions, "System.Management.Automation.Runspaces.PSThreadOptions", Default {
        Default = 0, UseNewThread = 1, ReuseThread = 2, UseCurrentThread = 3,
    }
}

/// MS-PSRP 2.2.3.8, `System.Management.Automation.RemoteStreamOptions`: which records a client wants with their invocation. We
/// send none with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct RemoteStreamOptions(pub i32);

impl RemoteStreamOptions {
    /// All four kinds of records, as the PowerShell API asks for.
    pub const ADD_INVOCATION_INFO: RemoteStreamOptions = RemoteStreamOptions(15);

    pub(crate) fn to_value(self) -> Value {
        let name: Str = match self.0 {
            1 => "AddInvocationInfoToErrorRecord".into(),
            2 => "AddInvocationInfoToWarningRecord".into(),
            4 => "AddInvocationInfoToDebugRecord".into(),
            8 => "AddInvocationInfoToVerboseRecord".into(),
            15 => "AddInvocationInfo".into(),
            other => other.to_string().into(), // .NET writes 0 as a number too: no member has it
        };
        Object::enumeration("System.Management.Automation.RemoteStreamOptions", &name, self.0).into()
    }

    pub(crate) fn read(value: Option<&Value>) -> RemoteStreamOptions {
        let members = [("AddInvocationInfo", 15)];
        RemoteStreamOptions(value.and_then(|value| number_of(value, &members)).unwrap_or(0))
    }
}

/// MS-PSRP 2.2.3.31, `System.Management.Automation.Runspaces.PipelineResultTypes`: one or several streams. MS-PSRP shows bits;
/// real peers count, and only `Output` and `Error` are also added up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct PipelineResultTypes(pub i32);

#[allow(missing_docs)] // the names are PowerShell's own
impl PipelineResultTypes {
    pub const NONE: PipelineResultTypes = PipelineResultTypes(0);
    pub const OUTPUT: PipelineResultTypes = PipelineResultTypes(1);
    pub const ERROR: PipelineResultTypes = PipelineResultTypes(2);
    pub const WARNING: PipelineResultTypes = PipelineResultTypes(3);
    pub const VERBOSE: PipelineResultTypes = PipelineResultTypes(4);
    pub const DEBUG: PipelineResultTypes = PipelineResultTypes(5);
    pub const INFORMATION: PipelineResultTypes = PipelineResultTypes(6);
    pub const ALL: PipelineResultTypes = PipelineResultTypes(7);
    pub const NULL: PipelineResultTypes = PipelineResultTypes(8);
    /// What the console gives its `Out-Default` as `MergePreviousResults`: the same number as `WARNING`.
    pub const OUTPUT_AND_ERROR: PipelineResultTypes = PipelineResultTypes(3);

    const MEMBERS: &'static [(&'static str, i32)] = &[
        ("None", 0),
        ("Output", 1),
        ("Error", 2),
        ("Warning", 3),
        ("Verbose", 4),
        ("Debug", 5),
        ("Information", 6),
        ("All", 7),
        ("Null", 8),
    ];

    pub(crate) fn to_value(self) -> Value {
        let member = PipelineResultTypes::MEMBERS.iter().find(|(_, number)| *number == self.0);
        let name: Str = member.map_or_else(|| self.0.to_string().into(), |(name, _)| (*name).into());
        Object::enumeration("System.Management.Automation.Runspaces.PipelineResultTypes", &name, self.0).into()
    }

    pub(crate) fn read(value: Option<&Value>) -> PipelineResultTypes {
        PipelineResultTypes(value.and_then(|value| number_of(value, PipelineResultTypes::MEMBERS)).unwrap_or(0))
    }
}

/// MS-PSRP 2.2.3.19, `System.Management.Automation.CommandTypes`: a set of kinds of commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct CommandTypes(pub i32);

#[allow(missing_docs)] // the names are PowerShell's own
impl CommandTypes {
    pub const ALIAS: CommandTypes = CommandTypes(1);
    pub const FUNCTION: CommandTypes = CommandTypes(2);
    pub const FILTER: CommandTypes = CommandTypes(4);
    pub const CMDLET: CommandTypes = CommandTypes(8);
    /// Alias, Function, Filter, Cmdlet, Configuration: what Import-PSSession and Enter-PSSession of PowerShell 7 ask for.
    pub const IMPORTABLE: CommandTypes = CommandTypes(271);
    /// Every kind, as PowerShell 7 knows them.
    pub const ALL: CommandTypes = CommandTypes(383);

    const MEMBERS: &'static [(&'static str, i32)] = &[
        ("Alias", 1),
        ("Function", 2),
        ("Filter", 4),
        ("Cmdlet", 8),
        ("ExternalScript", 16),
        ("Application", 32),
        ("Script", 64),
        ("Workflow", 128),
        ("Configuration", 256),
        ("All", 383),
    ];

    /// Is one of the kinds of `other` in this set? Bits that nobody knows are no harm.
    pub fn has(self, other: CommandTypes) -> bool {
        self.0 & other.0 != 0
    }

    /// The enumeration object, for instance as `CommandType` of a command's metadata.
    pub fn to_value(self) -> Value {
        let name = if self == CommandTypes::ALL {
            "All".to_owned()
        } else {
            let members = CommandTypes::MEMBERS.iter().filter(|(_, bit)| bit.count_ones() == 1 && self.0 & bit != 0);
            members.map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
        };
        Object::enumeration("System.Management.Automation.CommandTypes", &name, self.0).into()
    }

    pub(crate) fn read(value: Option<&Value>) -> Option<CommandTypes> {
        value.and_then(|value| number_of(value, CommandTypes::MEMBERS)).map(CommandTypes)
    }
}
