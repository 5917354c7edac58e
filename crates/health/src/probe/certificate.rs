//! Certificates that end.

use std::sync::Arc;
use std::time::Duration;

use inventory::{Certificate, CertificateSource, Limits};
use jiff::Timestamp;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use x509_parser::parse_x509_certificate;
use x509_parser::pem::Pem;

use super::judge;
use crate::Finding;

/// A certificate's file is no larger.
const FILE_BYTES: u64 = 1024 * 1024;

pub(super) async fn look(certificates: &[Certificate], limits: Limits) -> Vec<Finding> {
    if certificates.is_empty() {
        return vec![Finding::pass("the inventory names no certificate")];
    }
    let mut findings = Vec::new();
    for certificate in certificates {
        let der = match &certificate.source {
            CertificateSource::File(path) => {
                let path = path.clone();
                tokio::task::spawn_blocking(move || read(&path)).await.unwrap_or_else(|error| Err(error.to_string()))
            }
            CertificateSource::Address(address) => shown(address).await,
        };
        let name = &certificate.name;
        findings.push(match der.and_then(|der| days_left(&der)) {
            Ok((days, until)) if days < 0.0 => Finding::fail(format!("{name} expired on {until}")),
            Ok((days, until)) => {
                Finding::new(judge(days, limits), format!("{name} expires in {days:.0} days, on {until}"))
            }
            Err(text) => Finding::fail(format!("{name}: {text}")),
        });
    }
    findings
}

fn read(path: &std::path::Path) -> Result<Vec<u8>, String> {
    use std::io::Read as _;

    let file = std::fs::File::open(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let mut text = Vec::new();
    file.take(FILE_BYTES).read_to_end(&mut text).map_err(|error| format!("{}: {error}", path.display()))?;
    let blocks = Pem::iter_from_buffer(&text).filter_map(Result::ok);
    let first = blocks.into_iter().find(|block| block.label == "CERTIFICATE");
    first.map(|block| block.contents).ok_or_else(|| format!("{} holds no certificate", path.display()))
}

/// Days until it ends, and that day.
fn days_left(der: &[u8]) -> Result<(f64, String), String> {
    let (_, certificate) = parse_x509_certificate(der).map_err(|error| format!("it is no certificate: {error}"))?;
    let ends = certificate.validity().not_after.timestamp();
    #[allow(clippy::cast_precision_loss, reason = "days")]
    let days = (ends - Timestamp::now().as_second()) as f64 / 86_400.0;
    let day = Timestamp::from_second(ends).map_or_else(|_| "?".into(), |time| time.strftime("%Y-%m-%d").to_string());
    Ok((days, day))
}

/// What an address shows. Nothing is said to it, so nothing need be trusted: any certificate will do to be looked at.
async fn shown(address: &str) -> Result<Vec<u8>, String> {
    let text = |error: &dyn std::fmt::Display| format!("{address}: {error}");
    let host = address.rsplit_once(':').map_or(address, |(host, _)| host).trim_matches(['[', ']']).to_owned();
    let name = ServerName::try_from(host).map_err(|error| text(&error))?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| text(&error))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(LookOnly(provider)))
        .with_no_client_auth();
    let shake = async {
        let stream = TcpStream::connect(address).await?;
        TlsConnector::from(Arc::new(config)).connect(name, stream).await
    };
    let stream = timeout(Duration::from_secs(10), shake).await.map_err(|_| text(&"it does not answer"))?;
    let stream = stream.map_err(|error| text(&error))?;
    let first = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
    first.map(|certificate| certificate.to_vec()).ok_or_else(|| text(&"it shows no certificate"))
}

#[derive(Debug)]
struct LookOnly(Arc<CryptoProvider>);

impl ServerCertVerifier for LookOnly {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        rustls::crypto::verify_tls12_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        rustls::crypto::verify_tls13_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use rcgen::{CertificateParams, KeyPair};

    use super::*;
    use crate::Verdict;

    fn worst(findings: &[Finding]) -> Verdict {
        findings.iter().map(|finding| finding.verdict).max().unwrap()
    }

    const LIMITS: Limits = Limits { warn: 90.0, fail: 30.0 };

    #[tokio::test]
    async fn a_certificate_warns_at_ninety_days_and_fails_at_thirty_and_when_it_is_not_there() {
        let place = tempfile::tempdir().unwrap();
        for (days, expected) in [(400, Verdict::Pass), (60, Verdict::Warn), (10, Verdict::Fail), (-1, Verdict::Fail)] {
            let mut parameters = CertificateParams::new(vec!["localhost".into()]).unwrap();
            let now = std::time::SystemTime::now();
            let day = Duration::from_hours(24);
            parameters.not_before = (now - day * 10).into();
            parameters.not_after = match u32::try_from(days) {
                Ok(days) => (now + day * days).into(),
                Err(_) => (now - day).into(),
            };
            let file = place.path().join(format!("{days}.pem"));
            fs::write(&file, parameters.self_signed(&KeyPair::generate().unwrap()).unwrap().pem()).unwrap();
            let certificate = Certificate { name: "Portal".into(), source: CertificateSource::File(file) };
            let findings = look(&[certificate], LIMITS).await;
            assert_eq!(worst(&findings), expected, "{findings:?}");
        }
        let missing =
            Certificate { name: "Gone".into(), source: CertificateSource::File(place.path().join("nothing.pem")) };
        assert_eq!(worst(&look(&[missing], LIMITS).await), Verdict::Fail);
        let address = CertificateSource::Address("127.0.0.1:1".into());
        let refused = look(&[Certificate { name: "Refused".into(), source: address }], LIMITS).await;
        assert_eq!(worst(&refused), Verdict::Fail);
    }
}
