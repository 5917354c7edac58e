use std::fmt;

use crate::Half;

macro_rules! message_types {
    ($($(#[$doc:meta])* $name:ident = $number:literal, $wire_name:literal, $to:ident, $scope:ident;)*) => {
        /// The kinds of messages (MS-PSRP 2.2.1).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u32)]
        #[allow(missing_docs)] // the names are the protocol's own
        pub enum MessageType {
            $($(#[$doc])* $name = $number,)*
        }

        impl MessageType {
            /// All of them.
            pub const ALL: &[MessageType] = &[$(MessageType::$name,)*];

            /// By the number in a header.
            pub fn from_u32(number: u32) -> Option<MessageType> {
                match number {
                    $($number => Some(MessageType::$name),)*
                    _ => None,
                }
            }

            /// The name that MS-PSRP gives it.
            pub fn name(self) -> &'static str {
                match self {
                    $(MessageType::$name => $wire_name,)*
                }
            }

            /// May it be sent to this half?
            pub fn goes_to(self, half: Half) -> bool {
                let to = match self {
                    $(MessageType::$name => To::$to,)*
                };
                matches!((to, half), (To::Both, _) | (To::Server, Half::Server) | (To::Client, Half::Client))
            }

            /// Does it concern one pipeline, rather than the pool?
            pub fn is_of_pipeline(self) -> bool {
                match self {
                    $(MessageType::$name => matches!(Scope::$scope, Scope::Pipeline),)*
                }
            }
        }
    };
}

enum To {
    Server,
    Client,
    Both,
}

enum Scope {
    Pool,
    Pipeline,
}

message_types! {
    SessionCapability = 0x0001_0002, "SESSION_CAPABILITY", Both, Pool;
    /// Not in MS-PSRP: a client that gets it closes the session.
    CloseSession = 0x0001_0003, "CLOSE_SESSION", Client, Pool;
    InitRunspacePool = 0x0001_0004, "INIT_RUNSPACEPOOL", Server, Pool;
    PublicKey = 0x0001_0005, "PUBLIC_KEY", Server, Pool;
    EncryptedSessionKey = 0x0001_0006, "ENCRYPTED_SESSION_KEY", Client, Pool;
    PublicKeyRequest = 0x0001_0007, "PUBLIC_KEY_REQUEST", Client, Pool;
    ConnectRunspacePool = 0x0001_0008, "CONNECT_RUNSPACEPOOL", Server, Pool;
    SetMaxRunspaces = 0x0002_1002, "SET_MAX_RUNSPACES", Server, Pool;
    SetMinRunspaces = 0x0002_1003, "SET_MIN_RUNSPACES", Server, Pool;
    RunspaceAvailability = 0x0002_1004, "RUNSPACE_AVAILABILITY", Client, Pool;
    RunspacePoolState = 0x0002_1005, "RUNSPACEPOOL_STATE", Client, Pool;
    CreatePipeline = 0x0002_1006, "CREATE_PIPELINE", Server, Pipeline;
    GetAvailableRunspaces = 0x0002_1007, "GET_AVAILABLE_RUNSPACES", Server, Pool;
    UserEvent = 0x0002_1008, "USER_EVENT", Client, Pool;
    ApplicationPrivateData = 0x0002_1009, "APPLICATION_PRIVATE_DATA", Client, Pool;
    GetCommandMetadata = 0x0002_100A, "GET_COMMAND_METADATA", Server, Pipeline;
    RunspacePoolInitData = 0x0002_100B, "RUNSPACEPOOL_INIT_DATA", Client, Pool;
    ResetRunspaceState = 0x0002_100C, "RESET_RUNSPACE_STATE", Server, Pool;
    RunspacePoolHostCall = 0x0002_1100, "RUNSPACEPOOL_HOST_CALL", Client, Pool;
    RunspacePoolHostResponse = 0x0002_1101, "RUNSPACEPOOL_HOST_RESPONSE", Server, Pool;
    PipelineInput = 0x0004_1002, "PIPELINE_INPUT", Server, Pipeline;
    EndOfPipelineInput = 0x0004_1003, "END_OF_PIPELINE_INPUT", Server, Pipeline;
    PipelineOutput = 0x0004_1004, "PIPELINE_OUTPUT", Client, Pipeline;
    ErrorRecord = 0x0004_1005, "ERROR_RECORD", Client, Pipeline;
    PipelineState = 0x0004_1006, "PIPELINE_STATE", Client, Pipeline;
    DebugRecord = 0x0004_1007, "DEBUG_RECORD", Client, Pipeline;
    VerboseRecord = 0x0004_1008, "VERBOSE_RECORD", Client, Pipeline;
    WarningRecord = 0x0004_1009, "WARNING_RECORD", Client, Pipeline;
    ProgressRecord = 0x0004_1010, "PROGRESS_RECORD", Client, Pipeline;
    InformationRecord = 0x0004_1011, "INFORMATION_RECORD", Client, Pipeline;
    PipelineHostCall = 0x0004_1100, "PIPELINE_HOST_CALL", Client, Pipeline;
    PipelineHostResponse = 0x0004_1101, "PIPELINE_HOST_RESPONSE", Server, Pipeline;
}

impl fmt::Display for MessageType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
