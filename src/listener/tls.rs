//! The certificate of HTTPS: the site's own, or one that is made at the first start. Files that change are read again, and nobody is
//! dropped for it.

use std::fs;
use std::io::Write as _;
use std::net::IpAddr;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use negotiate::ChannelBinding;
use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use sha2::{Digest as _, Sha256};
use thiserror::Error;
use tokio_rustls::TlsAcceptor;
use tracing::{info, warn};

/// How often the files are looked at.
const LOOK: Duration = Duration::from_secs(1);

/// Why there is no TLS.
#[derive(Debug, Error)]
pub enum TlsError {
    /// A file cannot be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file holds no certificate or no key.
    #[error("{}: {reason}", path.display())]
    Pem {
        /// Which.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The certificate and the key do not belong together, or their kind is not known.
    #[error("{}: {source}", path.display())]
    Unusable {
        /// The certificate.
        path: PathBuf,
        /// Why.
        source: rustls::Error,
    },
    /// A channel cannot be bound to the certificate.
    #[error("{}: no certificate that a logon could be bound to", .0.display())]
    Binding(PathBuf),
    /// No certificate could be made.
    #[error("a certificate could not be made: {0}")]
    Making(#[from] rcgen::Error),
}

/// The files of a certificate and its key, PEM both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateFiles {
    /// The certificate, and those between it and its authority.
    pub certificate: PathBuf,
    /// Its key.
    pub key: PathBuf,
}

impl CertificateFiles {
    /// Those in a state directory, made if they are not there: an ECDSA P-256 key, ten years, for this host's names and addresses.
    ///
    /// # Errors
    /// If they cannot be made or written.
    pub fn own(state: &Path, host: &str) -> Result<CertificateFiles, TlsError> {
        let directory = state.join("tls");
        let files = CertificateFiles { certificate: directory.join("certificate.pem"), key: directory.join("key.pem") };
        if files.certificate.exists() && files.key.exists() {
            return Ok(files);
        }
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| TlsError::File { path, source }
        };
        fs::create_dir_all(&directory).map_err(failed(&directory))?;
        let key = KeyPair::generate()?;
        let mut parameters = CertificateParams::new(names(host))?;
        parameters.distinguished_name.push(rcgen::DnType::CommonName, host);
        parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let now = SystemTime::now();
        parameters.not_before = (now - Duration::from_hours(24)).into();
        parameters.not_after = (now + Duration::from_hours(24 * 3650)).into();
        let certificate = parameters.self_signed(&key)?;
        write(&files.key, 0o600, &key.serialize_pem()).map_err(failed(&files.key))?;
        write(&files.certificate, 0o644, &certificate.pem()).map_err(failed(&files.certificate))?;
        Ok(files)
    }

    fn changed(&self) -> (Option<SystemTime>, Option<SystemTime>) {
        let changed = |path| fs::metadata(path).and_then(|found| found.modified()).ok();
        (changed(&self.certificate), changed(&self.key))
    }
}

fn write(path: &Path, mode: u32, text: &str) -> std::io::Result<()> {
    let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(mode).open(path)?;
    file.write_all(text.as_bytes())
}

/// What people may call this host: its name, long and short, and its addresses.
fn names(host: &str) -> Vec<String> {
    let mut names = vec![host.to_owned(), "localhost".to_owned()];
    names.extend(host.split_once('.').map(|(short, _)| short.to_owned()));
    let addresses = if_addrs::get_if_addrs().unwrap_or_default();
    names
        .extend(addresses.iter().map(if_addrs::Interface::ip).filter(|ip| !is_link_local(ip)).map(|ip| ip.to_string()));
    names.extend(["127.0.0.1".to_owned(), "::1".to_owned()]);
    names.sort();
    names.dedup();
    names
}

fn is_link_local(ip: &IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_unicast_link_local(),
    }
}

/// TLS with the certificate as it stands now.
pub struct Tls {
    files: CertificateFiles,
    current: Mutex<Current>,
}

struct Current {
    acceptor: TlsAcceptor,
    binding: ChannelBinding,
    fingerprint: String,
    changed: (Option<SystemTime>, Option<SystemTime>),
    looked: Instant,
}

impl Tls {
    /// Reads the files.
    ///
    /// # Errors
    /// If they are no certificate and its key.
    pub fn open(files: CertificateFiles) -> Result<Arc<Tls>, TlsError> {
        let current = Current::read(&files)?;
        Ok(Arc::new(Tls { files, current: Mutex::new(current) }))
    }

    /// SHA-256 over the certificate, in the form that tools print.
    pub fn fingerprint(&self) -> String {
        self.current.lock().unwrap_or_else(PoisonError::into_inner).fingerprint.clone()
    }

    /// For a connection that begins now. Files that cannot be read any more change nothing.
    pub(crate) fn current(&self) -> (TlsAcceptor, ChannelBinding) {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if current.looked.elapsed() >= LOOK {
            current.looked = Instant::now();
            let changed = self.files.changed();
            if changed != current.changed {
                match Current::read(&self.files) {
                    Ok(read) => {
                        info!(fingerprint = read.fingerprint, "the certificate was read again");
                        *current = read;
                    }
                    Err(error) => {
                        warn!(%error, "the certificate has changed, but cannot be used");
                        current.changed = changed;
                    }
                }
            }
        }
        (current.acceptor.clone(), current.binding.clone())
    }
}

impl Current {
    fn read(files: &CertificateFiles) -> Result<Current, TlsError> {
        let pem = |path: &Path| {
            let path = path.to_owned();
            move |error: rustls::pki_types::pem::Error| TlsError::Pem { path, reason: error.to_string() }
        };
        let changed = files.changed();
        let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(&files.certificate)
            .and_then(Iterator::collect)
            .map_err(pem(&files.certificate))?;
        let key = PrivateKeyDer::from_pem_file(&files.key).map_err(pem(&files.key))?;
        let leaf = chain.first().ok_or_else(|| TlsError::Binding(files.certificate.clone()))?;
        let binding =
            ChannelBinding::tls_server_end_point(leaf).map_err(|_| TlsError::Binding(files.certificate.clone()))?;
        let fingerprint: Vec<String> = Sha256::digest(leaf).iter().map(|byte| format!("{byte:02X}")).collect();
        let unusable = |source| TlsError::Unusable { path: files.certificate.clone(), source };
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
            .map_err(unusable)?
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .map_err(unusable)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()]; // a handshake belongs to a connection: no HTTP/2
        Ok(Current {
            acceptor: TlsAcceptor::from(Arc::new(config)),
            binding,
            fingerprint: fingerprint.join(":"),
            changed,
            looked: Instant::now(),
        })
    }
}
