//! The messages of MS-PSRP 2.2.2, one file a family: from bytes to closed types, and back.
//!
//! ```text
//! destination u32 │ type u32 │ pool GUID │ pipeline GUID │ UTF-8 CLIXML      (little-endian; GUIDs in .NET's byte order)
//! ```

mod application_private_data;
mod argument;
mod availability;
mod body;
mod capability;
mod command_metadata;
mod create_pipeline;
mod enumeration;
mod header;
mod host;
mod message_type;
mod pipeline_state;
mod runspace_pool;
mod session_key;
mod user_event;

pub use application_private_data::{PsVersionTable, implicit_remoting, ps_version_table_entry};
pub use argument::{Argument, CommandParameter};
pub use availability::{AvailabilityResponse, RunspaceAvailability, RunspaceCall, SetRunspaces};
pub use body::Body;
pub use capability::SessionCapability;
pub use command_metadata::GetCommandMetadata;
pub use create_pipeline::{Command, CreatePipeline, PowerShell};
pub(crate) use enumeration::number_of;
pub use enumeration::{ApartmentState, CommandTypes, PipelineResultTypes, PsThreadOptions, RemoteStreamOptions};
pub use header::{Destination, Header, Message, MessageError};
pub use host::{HostCallMessage, HostResponseMessage, NO_REPLY};
pub use message_type::MessageType;
pub use pipeline_state::{PipelineState, PipelineStateInfo};
pub use runspace_pool::{
    ConnectRunspacePool, InitRunspacePool, RunspacePoolInitData, RunspacePoolState, RunspacePoolStateInfo,
};
pub use session_key::{EncryptedSessionKey, PublicKey};
pub use user_event::UserEvent;
