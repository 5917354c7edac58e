//! A management controller by Redfish (DMTF DSP0266): the power state of a computer system, and its reset action.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use inventory::Redfish;
use serde_json::{Value, json};
use ureq::tls::{Certificate, RootCerts, TlsConfig};

/// `PowerState` of a computer system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PowerState {
    On,
    Off,
    /// Between the two.
    Other,
}

/// A controller and one computer system that it knows.
pub(super) struct Controller {
    agent: ureq::Agent,
    system: String,
    authorization: String,
}

/// An answer is a few kilobytes.
const LARGEST: u64 = 1 << 20;

impl Controller {
    pub(super) fn new(redfish: &Redfish) -> Result<Controller, String> {
        let failed = |path: &std::path::Path, error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
        let password =
            fs::read_to_string(&redfish.password_file).map_err(|error| failed(&redfish.password_file, &error))?;
        let password = password.lines().next().unwrap_or_default();
        let certificates = match &redfish.certificate {
            Some(file) => {
                let pem = fs::read(file).map_err(|error| failed(file, &error))?;
                let certificate = Certificate::from_pem(&pem).map_err(|error| failed(file, &error))?;
                vec![certificate.to_owned()]
            }
            None => rustls_native_certs::load_native_certs()
                .certs
                .iter()
                .map(|der| Certificate::from_der(der).to_owned())
                .collect(),
        };
        let tls = TlsConfig::builder()
            .root_certs(RootCerts::Specific(Arc::new(certificates)))
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
            .build();
        let agent = ureq::Agent::config_builder()
            .tls_config(tls)
            .https_only(true)
            .proxy(None) // a controller stands in the management network
            .max_redirects(0) // the password goes nowhere else
            .timeout_global(Some(Duration::from_secs(20)))
            .build();
        let authorization = base64::engine::general_purpose::STANDARD.encode(format!("{}:{password}", redfish.user));
        Ok(Controller {
            agent: agent.into(),
            system: redfish.system.clone(),
            authorization: format!("Basic {authorization}"),
        })
    }

    /// The state of the system.
    pub(super) fn power_state(&self) -> Result<PowerState, String> {
        let request = self.agent.get(&self.system).header("Authorization", &self.authorization);
        let mut answer = request.call().map_err(|error| self.failed(&error))?;
        let text =
            answer.body_mut().with_config().limit(LARGEST).read_to_string().map_err(|error| self.failed(&error))?;
        let system: Value =
            serde_json::from_str(&text).map_err(|error| format!("{}: no JSON: {error}", self.system))?;
        match system.get("PowerState").and_then(Value::as_str) {
            Some("On") => Ok(PowerState::On),
            Some("Off") => Ok(PowerState::Off),
            Some(_) => Ok(PowerState::Other),
            None => Err(format!("{} is no computer system: it has no PowerState", self.system)),
        }
    }

    /// `ComputerSystem.Reset` of a type.
    pub(super) fn reset(&self, kind: &str) -> Result<(), String> {
        let action = format!("{}/Actions/ComputerSystem.Reset", self.system);
        let request = self.agent.post(&action).header("Authorization", &self.authorization);
        let request = request.header("Content-Type", "application/json");
        let body = json!({ "ResetType": kind }).to_string();
        request.send(body).map(|_| ()).map_err(|error| self.failed(&error))
    }

    fn failed(&self, error: &ureq::Error) -> String {
        format!("{}: {error}", self.system)
    }
}
