use clixml::{Object, Value};

use super::enumeration::{ApartmentState, PsThreadOptions};
use crate::fields::{FieldError, Fields, i32_of};
use crate::host_info::HostInfo;
use crate::record::ErrorRecord;

/// MS-PSRP 2.2.2.2, INIT_RUNSPACEPOOL: opens the pool.
#[derive(Clone, Debug, PartialEq)]
pub struct InitRunspacePool {
    /// `MinRunspaces`, at least 1.
    pub min_runspaces: i32,
    /// `MaxRunspaces`, at least the former.
    pub max_runspaces: i32,
    /// `PSThreadOptions`; means nothing without .NET.
    pub thread_options: PsThreadOptions,
    /// `ApartmentState`; means nothing without .NET.
    pub apartment_state: ApartmentState,
    /// `ApplicationArguments`: a dictionary with the client's `PSVersionTable` and what `-SessionOption` added, or `Null`.
    pub application_arguments: Value,
    /// The client's host.
    pub host_info: HostInfo,
}

impl InitRunspacePool {
    pub(crate) fn to_value(&self) -> Value {
        Object::new()
            .note("MinRunspaces", self.min_runspaces)
            .note("MaxRunspaces", self.max_runspaces)
            .note("PSThreadOptions", self.thread_options.to_value())
            .note("ApartmentState", self.apartment_state.to_value())
            .note("ApplicationArguments", self.application_arguments.clone())
            .note("HostInfo", self.host_info.to_value())
            .into()
    }

    pub(crate) fn from_value(value: &Value) -> Result<InitRunspacePool, FieldError> {
        let fields = Fields::new("INIT_RUNSPACEPOOL", value)?;
        Ok(InitRunspacePool {
            min_runspaces: fields.i32("MinRunspaces")?,
            max_runspaces: fields.i32("MaxRunspaces")?,
            thread_options: PsThreadOptions::read(fields.find("PSThreadOptions")),
            apartment_state: ApartmentState::read(fields.find("ApartmentState")),
            application_arguments: fields.find("ApplicationArguments").cloned().unwrap_or_default(),
            host_info: HostInfo::from_value(fields.find("HostInfo"))?,
        })
    }
}

/// MS-PSRP 2.2.2.29, CONNECT_RUNSPACEPOOL: a client takes over a pool that another has left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct ConnectRunspacePool {
    /// `MinRunspaces`, if the client cares.
    pub min_runspaces: Option<i32>,
    /// `MaxRunspaces`, if the client cares.
    pub max_runspaces: Option<i32>,
}

impl ConnectRunspacePool {
    pub(crate) fn to_value(self) -> Value {
        if self == ConnectRunspacePool::default() {
            return Value::string("");
        }
        let mut object = Object::new();
        for (name, number) in [("MinRunspaces", self.min_runspaces), ("MaxRunspaces", self.max_runspaces)] {
            if let Some(number) = number {
                object = object.note(name, number);
            }
        }
        object.into()
    }

    pub(crate) fn from_value(value: &Value) -> ConnectRunspacePool {
        ConnectRunspacePool {
            min_runspaces: value.property("MinRunspaces").and_then(i32_of),
            max_runspaces: value.property("MaxRunspaces").and_then(i32_of),
        }
    }
}

/// MS-PSRP 2.2.2.30, RUNSPACEPOOL_INIT_DATA: the answer to a client that connects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunspacePoolInitData {
    /// `MinRunspaces`.
    pub min_runspaces: i32,
    /// `MaxRunspaces`.
    pub max_runspaces: i32,
}

impl RunspacePoolInitData {
    pub(crate) fn to_value(self) -> Value {
        Object::new().note("MinRunspaces", self.min_runspaces).note("MaxRunspaces", self.max_runspaces).into()
    }

    pub(crate) fn from_value(value: &Value) -> Result<RunspacePoolInitData, FieldError> {
        let fields = Fields::new("RUNSPACEPOOL_INIT_DATA", value)?;
        Ok(RunspacePoolInitData {
            min_runspaces: fields.i32("MinRunspaces")?,
            max_runspaces: fields.i32("MaxRunspaces")?,
        })
    }
}

/// MS-PSRP 2.2.2.9, RUNSPACEPOOL_STATE.
#[derive(Clone, Debug, PartialEq)]
pub struct RunspacePoolStateInfo {
    /// `RunspaceState`.
    pub state: RunspacePoolState,
    /// `ExceptionAsErrorRecord`: why, if it is broken.
    pub reason: Option<Box<ErrorRecord>>,
}

/// The states of a pool, with the numbers that are on the wire. MS-PSRP 2.2.3.4 gives other meanings to 6 and up; no peer sends
/// those.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(i32)]
#[allow(missing_docs)] // the names are PowerShell's own
pub enum RunspacePoolState {
    BeforeOpen = 0,
    Opening = 1,
    Opened = 2,
    Closed = 3,
    Closing = 4,
    Broken = 5,
    Disconnecting = 6,
    Disconnected = 7,
    Connecting = 8,
}

impl RunspacePoolState {
    /// By its number.
    pub fn from_i32(number: i32) -> Option<RunspacePoolState> {
        Some(match number {
            0 => RunspacePoolState::BeforeOpen,
            1 => RunspacePoolState::Opening,
            2 => RunspacePoolState::Opened,
            3 => RunspacePoolState::Closed,
            4 => RunspacePoolState::Closing,
            5 => RunspacePoolState::Broken,
            6 => RunspacePoolState::Disconnecting,
            7 => RunspacePoolState::Disconnected,
            8 => RunspacePoolState::Connecting,
            _ => return None,
        })
    }

    /// Is it over?
    pub fn is_final(self) -> bool {
        matches!(self, RunspacePoolState::Closed | RunspacePoolState::Broken)
    }
}

impl RunspacePoolStateInfo {
    pub(crate) fn to_value(&self) -> Value {
        let object = Object::new().note("RunspaceState", self.state as i32);
        match &self.reason {
            Some(reason) => object.note("ExceptionAsErrorRecord", reason.to_value()).into(),
            None => object.into(),
        }
    }

    pub(crate) fn from_value(value: &Value) -> Result<RunspacePoolStateInfo, FieldError> {
        let fields = Fields::new("RUNSPACEPOOL_STATE", value)?;
        let state = RunspacePoolState::from_i32(fields.i32("RunspaceState")?);
        Ok(RunspacePoolStateInfo {
            state: state.ok_or_else(|| fields.wrong("RunspaceState", "a state of a runspace pool"))?,
            reason: fields.find("ExceptionAsErrorRecord").map(ErrorRecord::from_value).transpose()?.map(Box::new),
        })
    }
}
