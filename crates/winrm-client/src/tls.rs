use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_name;
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

/// Whom to trust over HTTPS.
#[derive(Clone, Debug)]
pub enum Trust {
    /// Any certificate (`-SkipCACheck -SkipCNCheck`): only the logon tells whether the server knows the password.
    Anybody,
    /// Those that one of these authorities signed, under the name that was asked for.
    Roots(Arc<RootCertStore>),
    /// Those that one of these authorities signed, under any name (`-SkipCNCheck`).
    AnyName(Arc<RootCertStore>),
    /// Whoever has the name that was asked for, says who will (`-SkipCACheck`). A certificate that is out of date is refused.
    AnyAuthority,
}

impl Trust {
    /// The authorities that this machine trusts; `SSL_CERT_FILE` and `SSL_CERT_DIR` say others.
    pub fn platform() -> Arc<RootCertStore> {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        Arc::new(roots)
    }

    pub(crate) fn config(&self) -> Result<ClientConfig, Error> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])?;
        let verifier = Verifier { trust: self.clone(), provider };
        let mut config = builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(config)
    }
}

/// Takes the certificates that [`Trust`] says, but never a handshake that was not made with their key.
#[derive(Debug)]
struct Verifier {
    trust: Trust,
    provider: Arc<CryptoProvider>,
}

impl Verifier {
    fn chain(
        &self,
        roots: &Arc<RootCertStore>,
        leaf: &CertificateDer<'_>,
        more: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let unknown = Error::InvalidCertificate(CertificateError::UnknownIssuer);
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::clone(roots), Arc::clone(&self.provider));
        // without a single root nobody is known
        let verifier = verifier.build().map_err(|_| unknown)?;
        verifier.verify_server_cert(leaf, more, name, &[], now)
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        more: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        _: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        use CertificateError as C;
        match &self.trust {
            Trust::Anybody => Ok(ServerCertVerified::assertion()),
            Trust::Roots(roots) => self.chain(roots, leaf, more, name, now),
            Trust::AnyName(roots) => match self.chain(roots, leaf, more, name, now) {
                // the chain is looked at before the name
                Err(Error::InvalidCertificate(C::NotValidForName | C::NotValidForNameContext { .. })) => {
                    Ok(ServerCertVerified::assertion())
                }
                verified => verified,
            },
            Trust::AnyAuthority => {
                let mut roots = RootCertStore::empty();
                // its own authority: what is left to check are its dates, its use and its name
                roots.add(leaf.clone().into_owned())?;
                match self.chain(&Arc::new(roots), leaf, more, name, now) {
                    Err(Error::InvalidCertificate(C::UnknownIssuer | C::Other(_))) => {
                        verify_server_name(&ParsedCertificate::try_from(leaf)?, name)?;
                        Ok(ServerCertVerified::assertion())
                    }
                    verified => verified,
                }
            }
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
