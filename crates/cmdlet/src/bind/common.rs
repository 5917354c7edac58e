//! The common parameters that every command has, and the two of those that change something (jea.md 3.8).

use clixml::{Content, Value};

use crate::convert::{FromValue, ParameterKind, enum_member};
use crate::{CommonParameters, EnumInfo, ParameterInfo, ParameterSet, ParameterType, Validation};

/// `System.Management.Automation.ActionPreference`: what happens with a record of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the names are PowerShell's own
pub enum ActionPreference {
    SilentlyContinue = 0,
    Stop = 1,
    Continue = 2,
    Inquire = 3,
    Ignore = 4,
    Suspend = 5,
    Break = 6,
}

/// Names and values of [`ActionPreference`].
pub static ACTION_PREFERENCE: EnumInfo = EnumInfo {
    type_name: "System.Management.Automation.ActionPreference",
    members: &[
        ("SilentlyContinue", 0),
        ("Stop", 1),
        ("Continue", 2),
        ("Inquire", 3),
        ("Ignore", 4),
        ("Suspend", 5),
        ("Break", 6),
    ],
    flags: false,
};

impl crate::convert::EnumMember for ActionPreference {
    const ENUM: &'static EnumInfo = &ACTION_PREFERENCE;

    fn from_number(number: i32) -> Option<ActionPreference> {
        Some(match number {
            0 => ActionPreference::SilentlyContinue,
            1 => ActionPreference::Stop,
            2 => ActionPreference::Continue,
            3 => ActionPreference::Inquire,
            4 => ActionPreference::Ignore,
            5 => ActionPreference::Suspend,
            6 => ActionPreference::Break,
            _ => return None,
        })
    }

    fn number(&self) -> i32 {
        *self as i32
    }
}

impl ParameterKind for ActionPreference {
    const KIND: ParameterType = ParameterType::Enum(&ACTION_PREFERENCE);
}

impl FromValue for ActionPreference {
    fn from_value(value: &Value) -> Option<ActionPreference> {
        enum_member(value)
    }
}

const fn common(
    name: &'static str,
    aliases: &'static [&'static str],
    kind: ParameterType,
    validation: &'static [Validation],
) -> ParameterInfo {
    const EVERYWHERE: &[ParameterSet] = &[ParameterSet {
        name: ParameterSet::ALL,
        mandatory: false,
        position: None,
        from_pipeline: false,
        from_pipeline_by_property_name: false,
        from_remaining_arguments: false,
    }];
    ParameterInfo {
        name,
        kind,
        aliases,
        sets: EVERYWHERE,
        validation,
        help: "",
        help_message: "",
        default_value: "",
        secret: false,
        allow_null: false,
        allow_empty_string: false,
        allow_empty_collection: false,
        accepts_wildcards: false,
        completer: None,
    }
}

/// The twelve common parameters in the order that `Get-Command` lists them.
pub static COMMON_PARAMETERS: [ParameterInfo; 12] = [
    common("Verbose", &["vb"], ParameterType::Switch, &[]),
    common("Debug", &["db"], ParameterType::Switch, &[]),
    common("ErrorAction", &["ea"], ActionPreference::KIND, &[]),
    common("WarningAction", &["wa"], ActionPreference::KIND, &[]),
    common("InformationAction", &["infa"], ActionPreference::KIND, &[]),
    common("ProgressAction", &["proga"], ActionPreference::KIND, &[]),
    common("ErrorVariable", &["ev"], ParameterType::String, &[]),
    common("WarningVariable", &["wv"], ParameterType::String, &[]),
    common("InformationVariable", &["iv"], ParameterType::String, &[]),
    common("OutVariable", &["ov"], ParameterType::String, &[]),
    common("OutBuffer", &["ob"], ParameterType::Int32, &[Validation::Range(0, i32::MAX as i64)]),
    common("PipelineVariable", &["pv"], ParameterType::String, &[]),
];

/// `-WhatIf` and `-Confirm`, which only commands with `SupportsShouldProcess` have.
pub static SHOULD_PROCESS_PARAMETERS: [ParameterInfo; 2] =
    [common("WhatIf", &["wi"], ParameterType::Switch, &[]), common("Confirm", &["cf"], ParameterType::Switch, &[])];

/// The common parameters of a command.
pub fn common_parameters(supports_should_process: bool) -> impl Iterator<Item = &'static ParameterInfo> {
    let should_process: &'static [ParameterInfo] =
        if supports_should_process { &SHOULD_PROCESS_PARAMETERS } else { &[] };
    COMMON_PARAMETERS.iter().chain(should_process)
}

impl CommonParameters {
    /// Takes a converted value; answers whether it names a variable, which this session does not have.
    pub(super) fn set(&mut self, name: &str, value: &Value) -> bool {
        let preference = || match value.as_object().map(|object| &object.content) {
            Some(Content::Primitive(_)) => enum_member::<ActionPreference>(value),
            _ => None,
        };
        let truth = value.as_bool();
        match name {
            "Verbose" => self.verbose = truth,
            "Debug" => self.debug = truth,
            "ErrorAction" => self.error_action = preference(),
            "WarningAction" => self.warning_action = preference(),
            "InformationAction" => self.information_action = preference(),
            "ProgressAction" => self.progress_action = preference(),
            "OutBuffer" => self.out_buffer = value.as_i32(),
            "WhatIf" => self.what_if = truth.unwrap_or(false),
            "Confirm" => self.confirm = truth,
            _ => return true,
        }
        false
    }
}
