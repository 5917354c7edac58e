use clixml::{Object, Str, Value};

use crate::fields::{FieldError, Fields};

/// MS-PSRP 2.2.2.3, PUBLIC_KEY: the client's public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    /// `PublicKey`: base64 of a CAPI PUBLICKEYBLOB.
    pub public_key: Str,
}

/// MS-PSRP 2.2.2.4, ENCRYPTED_SESSION_KEY: the key of the pool's secure strings, for the client's eyes only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncryptedSessionKey {
    /// `EncryptedSessionKey`: base64 of a CAPI SIMPLEBLOB.
    pub encrypted_session_key: Str,
}

impl PublicKey {
    pub(crate) fn to_value(&self) -> Value {
        Object::new().note("PublicKey", self.public_key.clone()).into()
    }

    pub(crate) fn from_value(value: &Value) -> Result<PublicKey, FieldError> {
        Ok(PublicKey { public_key: Fields::new("PUBLIC_KEY", value)?.string("PublicKey")? })
    }
}

impl EncryptedSessionKey {
    pub(crate) fn to_value(&self) -> Value {
        Object::new().note("EncryptedSessionKey", self.encrypted_session_key.clone()).into()
    }

    pub(crate) fn from_value(value: &Value) -> Result<EncryptedSessionKey, FieldError> {
        let fields = Fields::new("ENCRYPTED_SESSION_KEY", value)?;
        Ok(EncryptedSessionKey { encrypted_session_key: fields.string("EncryptedSessionKey")? })
    }
}
