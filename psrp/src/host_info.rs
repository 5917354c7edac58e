//! What a client tells about its host when it opens a pool (MS-PSRP 2.2.3.14).

use clixml::{Content, Object, Str, Value};

use crate::fields::{FieldError, Fields, i32_of, str_of};
use crate::host_call::{Coordinates, Size};

/// MS-PSRP 2.2.3.14, which parts of the client's host exist.
#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::struct_excessive_bools)] // the protocol has four flags
pub struct HostInfo {
    /// `_isHostNull`: nobody is there to answer a host call.
    pub is_host_null: bool,
    /// `_isHostUINull`.
    pub is_host_ui_null: bool,
    /// `_isHostRawUINull`.
    pub is_host_raw_ui_null: bool,
    /// `_useRunspaceHost`: in CREATE_PIPELINE, the host that was given when the pool was opened.
    pub use_runspace_host: bool,
    /// `_hostDefaultData`; absent without a raw UI.
    pub default_data: Option<HostDefaultData>,
}

/// The screen when the pool was opened. Clients send no update when a window changes. Any part may be missing.
#[derive(Clone, Debug, PartialEq, Default)]
#[allow(missing_docs)] // the names are PowerShell's own
pub struct HostDefaultData {
    pub foreground_color: Option<i32>,
    pub background_color: Option<i32>,
    pub cursor_position: Option<Coordinates>,
    pub window_position: Option<Coordinates>,
    pub cursor_size: Option<i32>,
    /// Its width is the one to format for.
    pub buffer_size: Option<Size>,
    pub window_size: Option<Size>,
    pub max_window_size: Option<Size>,
    pub max_physical_window_size: Option<Size>,
    pub window_title: Option<Str>,
}

impl HostInfo {
    /// No host at all: host calls would not be answered.
    pub const fn none() -> HostInfo {
        HostInfo {
            is_host_null: true,
            is_host_ui_null: true,
            is_host_raw_ui_null: true,
            use_runspace_host: false,
            default_data: None,
        }
    }

    /// The host that was given when the pool was opened: what clients send with each pipeline.
    pub fn of_runspace() -> HostInfo {
        HostInfo { use_runspace_host: true, ..HostInfo::none() }
    }

    /// A host with a screen.
    pub const fn with_screen(default_data: HostDefaultData) -> HostInfo {
        HostInfo {
            is_host_null: false,
            is_host_ui_null: false,
            is_host_raw_ui_null: false,
            use_runspace_host: false,
            default_data: Some(default_data),
        }
    }

    /// Columns to format for, if the client said.
    pub fn buffer_width(&self) -> Option<i32> {
        self.default_data.as_ref().and_then(|data| data.buffer_size).map(|size| size.width).filter(|width| *width > 0)
    }

    /// The object as clients write it.
    pub fn to_value(&self) -> Value {
        let mut object = Object::new()
            .note("_isHostUINull", self.is_host_ui_null)
            .note("_isHostRawUINull", self.is_host_raw_ui_null)
            .note("_isHostNull", self.is_host_null);
        if let Some(data) = &self.default_data {
            object = object.note("_hostDefaultData", Object::new().note("data", data.to_value()));
        }
        object.note("_useRunspaceHost", self.use_runspace_host).into()
    }

    /// Reads it by name; an absent one is no host.
    pub fn from_value(value: Option<&Value>) -> Result<HostInfo, FieldError> {
        let Some(value) = value else { return Ok(HostInfo::none()) };
        let fields = Fields::new("HostInfo", value)?;
        let default_data = fields.find("_hostDefaultData").and_then(|data| data.property("data"));
        Ok(HostInfo {
            is_host_null: fields.bool_or("_isHostNull", true)?,
            is_host_ui_null: fields.bool_or("_isHostUINull", true)?,
            is_host_raw_ui_null: fields.bool_or("_isHostRawUINull", true)?,
            use_runspace_host: fields.bool_or("_useRunspaceHost", false)?,
            default_data: default_data.map(HostDefaultData::from_value),
        })
    }
}

const CONSOLE_COLOR: &str = "System.ConsoleColor";
const COORDINATES: &str = "System.Management.Automation.Host.Coordinates";
const INT32: &str = "System.Int32";
const SIZE: &str = "System.Management.Automation.Host.Size";
const STRING: &str = "System.String";

impl HostDefaultData {
    /// A console of this size, grey on black, without a title: everything a client can tell.
    pub fn console(size: Size) -> HostDefaultData {
        let origin = Some(Coordinates { x: 0, y: 0 });
        HostDefaultData {
            foreground_color: Some(7),
            background_color: Some(0),
            cursor_position: origin,
            window_position: origin,
            cursor_size: Some(100),
            buffer_size: Some(size),
            window_size: Some(size),
            max_window_size: Some(size),
            max_physical_window_size: Some(size),
            window_title: Some(Str::default()),
        }
    }

    fn to_value(&self) -> Value {
        let entries = [
            (0, CONSOLE_COLOR, self.foreground_color.map(Value::from)),
            (1, CONSOLE_COLOR, self.background_color.map(Value::from)),
            (2, COORDINATES, self.cursor_position.map(Coordinates::to_value)),
            (3, COORDINATES, self.window_position.map(Coordinates::to_value)),
            (4, INT32, self.cursor_size.map(Value::from)),
            (5, SIZE, self.buffer_size.map(Size::to_value)),
            (6, SIZE, self.window_size.map(Size::to_value)),
            (7, SIZE, self.max_window_size.map(Size::to_value)),
            (8, SIZE, self.max_physical_window_size.map(Size::to_value)),
            (9, STRING, self.window_title.clone().map(Value::from)),
        ];
        let entries = entries.into_iter().filter_map(|(key, type_name, value)| {
            let typed = Object::new().note("T", type_name).note("V", value?);
            Some((Value::Int32(key), typed.into()))
        });
        Object::with_type_names(&["System.Collections.Hashtable", "System.Object"])
            .content(Content::Dictionary(entries.collect()))
            .into()
    }

    /// What cannot be read is as good as missing: nothing but the layout of text depends on it.
    fn from_value(value: &Value) -> HostDefaultData {
        let entries = value.as_object().and_then(Object::entries).unwrap_or_default();
        let find = |key: i32| {
            let entry = entries.iter().find(|(k, _)| i32_of(k) == Some(key));
            entry.and_then(|(_, typed)| typed.property("V"))
        };
        HostDefaultData {
            foreground_color: find(0).and_then(i32_of),
            background_color: find(1).and_then(i32_of),
            cursor_position: find(2).and_then(Coordinates::from_value),
            window_position: find(3).and_then(Coordinates::from_value),
            cursor_size: find(4).and_then(i32_of),
            buffer_size: find(5).and_then(Size::from_value),
            window_size: find(6).and_then(Size::from_value),
            max_window_size: find(7).and_then(Size::from_value),
            max_physical_window_size: find(8).and_then(Size::from_value),
            window_title: find(9).and_then(str_of),
        }
    }
}
