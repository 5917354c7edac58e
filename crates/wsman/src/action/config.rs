use std::time::Duration;

use crate::envelope::{Element, Writer};
use crate::namespace::{CONFIG, Namespace};

/// `cfg:Config`, the answer to Get on `winrm/config` (MS-WSMV 2.2.4.9): the limits that a client may want to know, and
/// nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServiceConfig {
    /// Octets of an envelope.
    pub max_envelope_size: u32,
    /// The longest that an operation waits.
    pub max_timeout: Duration,
    /// Items of a list.
    pub max_batch_items: u32,
    /// Operations of one user.
    pub operations_per_user: usize,
    /// How long a list is kept.
    pub enumeration_timeout: Duration,
    /// How long a shell may be left alone.
    pub idle_timeout: Duration,
    /// Users with shells.
    pub users: usize,
    /// Commands of one shell.
    pub commands_per_shell: usize,
    /// Shells of one user.
    pub shells_per_user: usize,
}

impl ServiceConfig {
    pub(crate) fn write(&self, writer: &mut Writer) {
        let milliseconds = |time: Duration| time.as_millis().to_string();
        writer.open("cfg:Config", &[("xmlns:cfg", CONFIG)]);
        writer.leaf("cfg:MaxEnvelopeSizekb", &(self.max_envelope_size / 1024).to_string());
        writer.leaf("cfg:MaxTimeoutms", &milliseconds(self.max_timeout));
        writer.leaf("cfg:MaxBatchItems", &self.max_batch_items.to_string());
        writer.leaf("cfg:MaxProviderRequests", &u32::MAX.to_string());
        writer.open("cfg:Service", &[]);
        writer.leaf("cfg:MaxConcurrentOperations", &u32::MAX.to_string());
        writer.leaf("cfg:MaxConcurrentOperationsPerUser", &self.operations_per_user.to_string());
        writer.leaf("cfg:EnumerationTimeoutms", &milliseconds(self.enumeration_timeout));
        writer.leaf("cfg:AllowUnencrypted", "false");
        writer.close("cfg:Service");
        writer.open("cfg:Winrs", &[]);
        writer.leaf("cfg:AllowRemoteShellAccess", "true");
        writer.leaf("cfg:IdleTimeout", &milliseconds(self.idle_timeout));
        writer.leaf("cfg:MaxConcurrentUsers", &self.users.to_string());
        writer.leaf("cfg:MaxProcessesPerShell", &self.commands_per_shell.to_string());
        writer.leaf("cfg:MaxShellsPerUser", &self.shells_per_user.to_string());
        writer.close("cfg:Winrs");
        writer.close("cfg:Config");
    }

    /// Reads what is there; the rest is nought.
    pub(crate) fn read(config: &Element<'_>) -> ServiceConfig {
        fn number<T: std::str::FromStr + Default>(element: Option<&Element<'_>>, name: &str) -> T {
            let text = element.and_then(|e| e.child_text(&Namespace::Config, name));
            text.and_then(|text| text.parse().ok()).unwrap_or_default()
        }
        let service = config.child(&Namespace::Config, "Service");
        let winrs = config.child(&Namespace::Config, "Winrs");
        let config = Some(config);
        ServiceConfig {
            max_envelope_size: number::<u32>(config, "MaxEnvelopeSizekb").saturating_mul(1024),
            max_timeout: Duration::from_millis(number(config, "MaxTimeoutms")),
            max_batch_items: number(config, "MaxBatchItems"),
            operations_per_user: number(service, "MaxConcurrentOperationsPerUser"),
            enumeration_timeout: Duration::from_millis(number(service, "EnumerationTimeoutms")),
            idle_timeout: Duration::from_millis(number(winrs, "IdleTimeout")),
            users: number(winrs, "MaxConcurrentUsers"),
            commands_per_shell: number(winrs, "MaxProcessesPerShell"),
            shells_per_user: number(winrs, "MaxShellsPerUser"),
        }
    }
}
