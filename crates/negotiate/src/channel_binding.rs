//! Ties a handshake to the TLS connection it runs in.

use sha2::{Digest, Sha256, Sha384, Sha512};

use crate::der::{self, DerError, Reader, tag};
use crate::ntlm::md5;

const PREFIX: &[u8] = b"tls-server-end-point:";

/// The hash of a TLS server's certificate as GSS channel bindings (RFC 5929 4.1; RFC 4121 4.1.1.2; MS-NLMP 2.2.2.1,
/// MsvAvChannelBindings).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelBinding {
    application_data: Vec<u8>,
    hash: [u8; 16],
}

impl ChannelBinding {
    /// The binding of a connection on which this certificate (DER, the leaf) was presented.
    pub fn tls_server_end_point(certificate: &[u8]) -> Result<ChannelBinding, DerError> {
        let hash = match signature_hash(certificate)? {
            Hash::Sha256 => Sha256::digest(certificate).to_vec(),
            Hash::Sha384 => Sha384::digest(certificate).to_vec(),
            Hash::Sha512 => Sha512::digest(certificate).to_vec(),
        };
        Ok(ChannelBinding::from_application_data([PREFIX, &hash].concat()))
    }

    /// A binding made of other data, such as `tls-server-end-point:` and a hash that somebody else computed.
    pub fn from_application_data(application_data: Vec<u8>) -> ChannelBinding {
        // Types and lengths of the two addresses, all absent, and the length of the data.
        let length = u32::try_from(application_data.len()).unwrap_or(u32::MAX).to_le_bytes();
        let hash = *md5(&[&[0; 16], &length, &application_data]);
        ChannelBinding { application_data, hash }
    }

    /// The data that the hash is over, after the addresses.
    pub fn application_data(&self) -> &[u8] {
        &self.application_data
    }

    /// MD5 over the GSS structure: what NTLM and Kerberos carry.
    pub fn hash(&self) -> &[u8; 16] {
        &self.hash
    }
}

enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

/// The hash that the certificate was signed with; SHA-256 in place of MD5, SHA-1 and whatever says nothing about it
/// (RFC 5929 4.1).
fn signature_hash(certificate: &[u8]) -> Result<Hash, DerError> {
    /// 1.2.840.113549.1.1.12 and .13: RSA with SHA-384 and SHA-512.
    const RSA_SHA384: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0c];
    const RSA_SHA512: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0d];
    /// 1.2.840.10045.4.3.3 and .4: ECDSA with SHA-384 and SHA-512.
    const ECDSA_SHA384: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x03];
    const ECDSA_SHA512: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x04];

    // Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm, signatureValue } (RFC 5280 4.1)
    let mut fields = Reader::new(der::only(certificate, tag::SEQUENCE)?.contents);
    fields.expect(tag::SEQUENCE)?;
    let algorithm = fields.expect(tag::SEQUENCE)?;
    fields.expect(tag::BIT_STRING)?;
    fields.finish()?;
    let algorithm = Reader::new(algorithm.contents).expect(tag::OBJECT_IDENTIFIER)?;
    Ok(match algorithm.contents {
        RSA_SHA384 | ECDSA_SHA384 => Hash::Sha384,
        RSA_SHA512 | ECDSA_SHA512 => Hash::Sha512,
        _ => Hash::Sha256,
    })
}
